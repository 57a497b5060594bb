/**
 * What leaves the machine is written down before it leaves, and what it may cost is booked before it is spent; both
 * durable, so that neither a crash nor a restart makes the plant forget. The store keeps it (bot/store/teaching.ts). Types,
 * and a ledger in memory for those without a store.
 */
/** A text on its way out, as it goes: redacted. */
export interface Departure {
  id: string;
  /** The teacher: `openai:NAME`. */
  teacher: string;
  /** `https://api.openai.com` */
  destination: string;
  /** The messages as JSON. */
  text: string;
  /** What was taken out of it, by kind. */
  taken: Readonly<Record<string, number>>;
}

/** Tokens, and millionths of the currency that prices are given in. */
export interface Cost {
  tokens: number;
  micros: number;
}

/** Most that may be spent a day (UTC), by all teachers together. Absent: no limit. */
export interface DailyLimit {
  tokens?: number;
  micros?: number;
}

/** The outcome of a call that was of use; any other is a failure, in words. */
export const ANSWERED = 'answered';

export interface Spent extends Cost {
  calls: number;
  /** Calls that were refused, broke off or gave nothing that could be read. */
  failures: number;
}

export type Booking = { kind: 'booked' } | { kind: 'over'; spent: Cost };

export interface Ledger {
  /** Books the most that it can cost and records the departure, in one transaction; over the limit neither is done. */
  book(departure: Departure, most: Cost, limit: DailyLimit): Promise<Booking>;
  /** Puts what it did cost in place of what was booked. Without it, the booking stands: better too much than too little. */
  settle(id: string, actual: Cost, outcome: string): Promise<void>;
  today(): Promise<Spent>;
}

export function memoryLedger(clock: () => Date = () => new Date()): Ledger & { departures: Departure[] } {
  const departures: Departure[] = [];
  const booked = new Map<string, { day: string; cost: Cost; outcome: string }>();
  const spent = (): Spent => {
    const day = dayOf(clock());
    const sum: Spent = { tokens: 0, micros: 0, calls: 0, failures: 0 };
    for (const { cost, outcome } of [...booked.values()].filter((one) => one.day === day)) {
      sum.tokens += cost.tokens;
      sum.micros += cost.micros;
      sum.calls += 1;
      sum.failures += outcome === ANSWERED || outcome === '' ? 0 : 1;
    }
    return sum;
  };
  return {
    departures,
    async book(departure, most, limit) {
      if (isOver(spent(), most, limit)) return { kind: 'over', spent: spent() };
      booked.set(departure.id, { day: dayOf(clock()), cost: most, outcome: '' });
      departures.push(departure);
      return { kind: 'booked' };
    },
    async settle(id, cost, outcome) {
      const one = booked.get(id);
      if (one) Object.assign(one, { cost, outcome });
    },
    today: async () => spent(),
  };
}

export function isOver(spent: Cost, more: Cost, { tokens, micros }: DailyLimit): boolean {
  return (
    (tokens !== undefined && spent.tokens + more.tokens > tokens) ||
    (micros !== undefined && spent.micros + more.micros > micros)
  );
}

/** `2026-11-21`, UTC. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
