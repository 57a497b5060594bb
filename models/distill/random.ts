/** Seeded randomness: the same seed and step give the same data on every machine. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  chance(p: number): boolean;
  /** Throws on an empty list: a caller that may have none must say what happens then. */
  pick<T>(items: readonly T[]): T;
  /** A new array, Fisher–Yates. */
  shuffle<T>(items: readonly T[]): T[];
  /** Up to `n` distinct items. */
  sample<T>(items: readonly T[], n: number): T[];
  /** One key, with probability in proportion to its weight. */
  weighted<K extends string>(weights: Record<K, number>): K;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, ample for drawing examples. */
export function random(...seeds: number[]): Random {
  let state = seeds.reduce((hash, seed) => Math.imul(hash ^ (seed | 0), 0x9e3779b1) + 0x85ebca6b, 0x2545f491) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  for (let i = 0; i < 4; i++) next();
  const below = (n: number): number => Math.floor(next() * n);
  const shuffle = <T>(items: readonly T[]): T[] => {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [out[i], out[j]] = [out[j]!, out[i]!];
    }
    return out;
  };
  return {
    next,
    below,
    chance: (p) => next() < p,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('random.pick: nothing to pick from');
      return items[below(items.length)]!;
    },
    shuffle,
    sample: (items, n) => shuffle(items).slice(0, n),
    weighted: (weights) => {
      const entries = Object.entries(weights) as [keyof typeof weights, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [key, weight] of entries) {
        left -= weight;
        if (left < 0) return key;
      }
      return entries.at(-1)![0];
    },
  };
}
