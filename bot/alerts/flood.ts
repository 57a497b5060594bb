/**
 * How many alarms a channel was told of lately, second by second, against what its operators can take: above `begin` an
 * operator a flood begins, below `end` it is over (ISA-18.2: 10 and 5 in 10 minutes). It does not know what a flood is
 * shown as.
 */
import type { AlertRules } from './config.ts';
import type { DeskState } from './types.ts';

export interface Rates {
  /** One more alarm was announced. */
  count(channel: string, now: Date): void;
  /** Announced within the window. */
  recent(channel: string, now: Date): number;
  begins(channel: string, operators: number, now: Date): boolean;
  /** `chattering`: alarms that still come and go unannounced; each counts once. */
  ends(channel: string, operators: number, chattering: number, now: Date): boolean;
  state(): DeskState['rates'];
}

export function createRates(rules: AlertRules['flood'], saved: DeskState['rates'] = {}): Rates {
  const channels = new Map(Object.entries(saved).map(([channel, counts]) => [channel, counts.map(copy)]));
  const windowS = rules.minutes * 60;

  const recent = (channel: string, now: Date): number => {
    const counts = channels.get(channel);
    if (!counts) return 0;
    const oldest = Math.floor(now.getTime() / 1000) - windowS;
    while (counts.length > 0 && counts[0]![0] <= oldest) counts.shift();
    if (counts.length === 0) channels.delete(channel);
    return counts.reduce((sum, [, count]) => sum + count, 0);
  };

  return {
    recent,
    count(channel, now) {
      const second = Math.floor(now.getTime() / 1000);
      const counts = channels.get(channel) ?? [];
      const last = counts.at(-1);
      if (last?.[0] === second) last[1] += 1;
      else counts.push([second, 1]);
      channels.set(channel, counts);
    },
    begins: (channel, operators, now) => recent(channel, now) > rules.begin * operators,
    ends: (channel, operators, chattering, now) => recent(channel, now) + chattering < rules.end * operators,
    state: () => Object.fromEntries([...channels].map(([channel, counts]) => [channel, counts.map(copy)])),
  };
}

function copy([second, count]: [number, number]): [number, number] {
  return [second, count];
}
