/**
 * How many questions are thought about at once: a few, in the order they came, and none is begun while messages are being
 * taken in, so that taking them stays quick whatever waits. Showing an answer in a slow channel takes no hand.
 */
export interface Hands {
  /** Resolves to how the hand is given back, once there is one. Rejects when the signal comes first. */
  take(signal: AbortSignal): Promise<() => void>;
  /** Questions in a hand or waiting for one. */
  wanted(): number;
  /** Of those, the ones that wait. */
  waiting(): number;
  /** A message is being taken in while the promise is pending. */
  taking<T>(message: Promise<T>): Promise<T>;
}

/** Longest that thinking gives way to messages coming in. */
const GIVES_WAY_MS = 1000;

export function createHands(count: number): Hands {
  const waiting: (() => void)[] = [];
  let busy = 0;
  let coming = 0;
  const quiet: (() => void)[] = [];

  /** To whoever waits longest, who then has it. */
  function give(): void {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }

  async function quietness(): Promise<void> {
    if (coming === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GIVES_WAY_MS);
      quiet.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (busy < count) busy += 1;
      else {
        await new Promise<void>((resolve, reject) => {
          const begin = () => {
            signal.removeEventListener('abort', leave);
            resolve();
          };
          const leave = () => {
            waiting.splice(waiting.indexOf(begin), 1);
            reject(signal.reason);
          };
          waiting.push(begin);
          signal.addEventListener('abort', leave, { once: true });
        });
      }
      await quietness();
      let given = false;
      return () => {
        if (!given) give();
        given = true;
      };
    },

    wanted: () => busy + waiting.length,
    waiting: () => waiting.length,

    async taking(message) {
      coming += 1;
      try {
        return await message;
      } finally {
        coming -= 1;
        if (coming === 0) for (const resume of quiet.splice(0)) resume();
      }
    },
  };
}
