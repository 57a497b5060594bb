/**
 * Keeps an order over work that waits for other things: who comes takes a turn, and has it when those before are through,
 * or have held it up for long: then something is broken, and order matters less than an answer.
 */
import { after } from './queue/time.ts';

export interface Turn {
  /** Resolves when all turns of this key that were taken before are over, `mostMs` after it was taken at the latest. */
  come: Promise<void>;
  /** The next may go. Must be called, whatever happened; a second time does nothing. */
  over(): void;
}

export interface Turns {
  take(key: string): Turn;
}

/** `mostMs`: default 10,000. */
export function createTurns(mostMs = 10_000): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(key) {
      const before = last.get(key);
      const come = before ? after(mostMs, before) : Promise.resolve();
      let over = () => {};
      const through = new Promise<void>((resolve) => {
        over = resolve;
      });
      last.set(key, through);
      // The last one leaves nothing behind.
      void through.then(() => last.get(key) === through && last.delete(key));
      return { come, over };
    },
  };
}
