/**
 * Remembers the keys and values of the last prompts, so that a prompt that begins like one of them is not run from its
 * first token: scoring after generating, the second option order, a follow-up question. It knows no text.
 *
 * An answer never depends on what happened to be remembered. A token alone takes another kernel, with other last digits,
 * and attention cuts a run into tiles of tokens, so that the last of 65 can be alone as well. No prompt is read in such
 * runs, but for one of a single token, which is not used again.
 */
import type { Decoder, KvCache, Readout } from './decoding.ts';

export interface Prefixes {
  /** A cache that holds exactly `ids`, and what the decoder expects next. */
  prefill(ids: readonly number[]): Promise<{ cache: KvCache; next: Readout }>;
  /** The same for when nothing needs to be read out; nothing runs when the tokens are all there. */
  hold(ids: readonly number[]): Promise<KvCache>;
}

/**
 * Caches are handed out to one caller at a time: the next call may change them. `slots` says how many prompts are worth
 * remembering just now: with many callers, each comes back to a prompt of its own after the others have had their turn.
 */
export function prefixes(decoder: Decoder, slots: () => number = () => 4): Prefixes {
  /** Oldest first. `kept`: how many tokens of the cache may be used again. */
  const remembered: { cache: KvCache; kept: number }[] = [];

  /** A cache that shares as much as possible of `ids`, at most `most` tokens, and no more. */
  const nearest = (ids: readonly number[], most: number): KvCache => {
    let source: { cache: KvCache; kept: number } | undefined;
    let shared = 0;
    for (const slot of remembered) {
      const length = Math.min(common(slot.cache.ids, ids), slot.kept, most);
      if (length >= shared) [source, shared] = [slot, length];
    }
    // Going on where a prompt ended, or inside it, keeps its place; a fork gets a place of its own.
    const goesOn = source && (shared === source.kept || common(source.cache.ids, ids) === ids.length);
    const slot = goesOn && source ? source : place(source);
    if (source && slot !== source) decoder.copy(source.cache, shared, slot.cache);
    else slot.cache.ids.length = shared;
    remembered.splice(remembered.indexOf(slot), 1);
    remembered.push(slot);
    slot.kept = ids.length > 1 ? ids.length : 0;
    return slot.cache;
  };

  const place = (not: object | undefined) => {
    const most = Math.max(1, slots());
    if (remembered.length > most) remembered.splice(0, remembered.length - most); // the callers have gone
    const oldest = remembered.find((slot) => slot !== not);
    if (remembered.length >= most && oldest) return oldest;
    const fresh = { cache: decoder.newCache(), kept: 0 };
    remembered.push(fresh);
    return fresh;
  };

  /** Runs `ids` behind the cache, in two parts if the last would be alone otherwise. */
  const read = async (cache: KvCache, ids: readonly number[]): Promise<Readout> => {
    const lone = ids.length > 1 && ids.length % TILE === 1;
    if (lone) await decoder.run(cache, ids.slice(0, -2));
    const [next] = await decoder.run(cache, lone ? ids.slice(-2) : ids);
    return next!;
  };

  const fail = (cache: KvCache, error: unknown): never => {
    const at = remembered.findIndex((slot) => slot.cache === cache);
    if (at >= 0) remembered.splice(at, 1);
    throw error;
  };

  return {
    prefill: async (ids) => {
      const cache = nearest(ids, Math.max(0, ids.length - 2));
      const next = await read(cache, ids.slice(cache.ids.length)).catch((error) => fail(cache, error));
      return { cache, next };
    },
    hold: async (ids) => {
      const known = remembered.some((slot) => slot.kept >= ids.length && common(slot.cache.ids, ids) === ids.length);
      const cache = nearest(ids, known ? ids.length : Math.max(0, ids.length - 2));
      const rest = ids.slice(cache.ids.length);
      if (rest.length) await read(cache, rest).catch((error) => fail(cache, error));
      return cache;
    },
  };
}

/** Tiles of 64 tokens were seen, at a headDim of 32; this divides them and larger ones. */
const TILE = 32;

function common(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  for (let i = 0; i < most; i++) if (a[i] !== b[i]) return i;
  return most;
}
