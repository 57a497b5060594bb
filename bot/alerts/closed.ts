/**
 * Channels that take nothing, whoever waits: archived, deleted, or the bot was thrown out. Each is looked at again ever more
 * rarely, one card at a time. It is kept in memory: after a change of the configuration, which takes a start, all are open.
 */
export interface ClosedChannels {
  /** Whether a card may be tried there now. Of a closed channel one may, when its time has come. */
  lets(channel: string, now: Date): boolean;
  /** It took nothing. True: that is news. */
  refused(channel: string, reason: string, now: Date): boolean;
  /** It took something. True: it was closed. */
  took(channel: string): boolean;
  /** One line each. */
  problems(): string[];
}

interface Closed {
  reason: string;
  since: Date;
  tries: number;
  /** Milliseconds since 1970. */
  notBefore: number;
}

const FIRST_MS = 60_000;
const LONGEST_MS = 3_600_000;

export function closedChannels(fallback: string | undefined): ClosedChannels {
  const closed = new Map<string, Closed>();
  return {
    lets(channel, now) {
      const one = closed.get(channel);
      if (!one) return true;
      if (now.getTime() < one.notBefore) return false;
      one.tries += 1;
      one.notBefore = now.getTime() + Math.min(LONGEST_MS, FIRST_MS * 2 ** one.tries);
      return true;
    },
    refused(channel, reason, now) {
      const known = closed.get(channel);
      if (known) known.reason = reason;
      else closed.set(channel, { reason, since: now, tries: 0, notBefore: now.getTime() + FIRST_MS });
      return !known;
    },
    took: (channel) => closed.delete(channel),
    problems: () =>
      [...closed].map(([channel, { reason, since, notBefore }]) => {
        const goes = fallback && fallback !== channel ? `go to ${fallback}` : 'wait (alerts.fallback names none other)';
        const times = `since ${minuteOf(since)}, tried again after ${minuteOf(new Date(notBefore))} UTC`;
        return `${channel} takes no alerts ${times}: ${reason}. They ${goes}`;
      }),
  };
}

/** `2026-11-21 10:00` */
function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ');
}
