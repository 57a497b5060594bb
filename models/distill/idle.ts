/**
 * Keeps a round from the machine while somebody waits for an answer: it looks now and then whether that is so, holds work
 * that asks first, and tells work that cannot ask. It knows neither the round nor the answers.
 */

export interface Idle {
  /** Resolves at once, or when nobody waits any more. */
  turn(): Promise<void>;
  /** Called with true when work shall pause, with false when it may go on. */
  onChange(listener: (paused: boolean) => void): () => void;
  close(): void;
}

/** @param busy whether somebody waits now; where that cannot be told, nobody does */
export function idleWatch(busy: () => Promise<boolean>, everyMs = 250): Idle {
  const listeners = new Set<(paused: boolean) => void>();
  let paused = false;
  let free = Promise.resolve();
  let release = (): void => {};
  let closed = false;
  const set = (now: boolean): void => {
    if (now === paused) return;
    paused = now;
    if (now) {
      free = new Promise((resolve) => {
        release = resolve;
      });
    } else release();
    for (const listener of listeners) listener(now);
  };
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    set(await busy().catch(() => false));
    if (closed) set(false);
    else timer = setTimeout(look, everyMs);
  };
  void look();
  return {
    turn: () => free,
    onChange(listener) {
      listeners.add(listener);
      if (paused) listener(true);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      set(false);
    },
  };
}
