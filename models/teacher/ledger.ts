/** A ledger in memory, for those without a store, and what ledgers have in common. The durable one is bot/store/teaching.ts. */
import type { Cost, DailyLimit, Departure, Ledger, Spent } from './types.ts';

export type { Cost, DailyLimit, Departure, Ledger, Spent } from './types.ts';

/** The outcome of a call that was of use; any other is a failure, in words. */
export const ANSWERED = 'answered';

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
