/** Keeps an order over work that waits for other things: who comes takes a turn, has it when those before are through. */
export interface Turn {
  /** Resolves when all turns of this key that were taken before are over. */
  come: Promise<void>;
  /** The next may go. Must be called, whatever happened; a second time does nothing. */
  over(): void;
}

export interface Turns {
  take(key: string): Turn;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return {
    take(key) {
      const come = last.get(key) ?? Promise.resolve();
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
