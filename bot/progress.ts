/**
 * Shows a reply while it grows: at most one update under way, at least `everyMs` apart, always the newest state. What was
 * overtaken is left out. Faults are told to `onError` and do not stop the work: the final reply is sent by someone else.
 */
import type { Reply } from './types.ts';

export interface Progress {
  show(reply: Reply): void;
  /** Resolves when nothing more will be sent. */
  end(): Promise<void>;
}

export function progress(
  send: (reply: Reply) => Promise<void>,
  options: { everyMs: number; onError: (error: unknown) => void },
): Progress {
  let newest: Reply | undefined;
  let running: Promise<void> | undefined;
  let ended = false;
  let wake = () => {};

  const run = async (): Promise<void> => {
    while (newest && !ended) {
      const reply = newest;
      newest = undefined;
      await send(reply).catch(options.onError);
      if (ended) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, options.everyMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };

  return {
    show(reply) {
      if (ended) return;
      newest = reply;
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    async end() {
      ended = true;
      newest = undefined;
      wake();
      await running;
    },
  };
}
