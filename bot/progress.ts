/**
 * Shows a reply while it grows: one update under way at a time. A new stage is shown at once, so that a person sees each;
 * text that grows within a stage at least `everyMs` apart, always the newest. Faults are told to `onError` and do not stop
 * the work: the final reply is sent by someone else.
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
  /** At most one reply a stage. */
  const waiting: Reply[] = [];
  let sent: Reply | undefined;
  let running: Promise<void> | undefined;
  let ended = false;
  let wake = () => {};

  const run = async (): Promise<void> => {
    for (let reply = waiting.shift(); reply && !ended; reply = waiting.shift()) {
      sent = reply;
      await send(reply).catch(options.onError);
      if (ended || (waiting[0] && waiting[0].stage !== reply.stage)) continue;
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
      if (waiting.at(-1)?.stage === reply.stage) waiting[waiting.length - 1] = reply;
      else waiting.push(reply);
      if (sent && sent.stage !== reply.stage) wake();
      running ??= run().finally(() => {
        running = undefined;
      });
    },
    async end() {
      ended = true;
      waiting.length = 0;
      wake();
      await running;
    },
  };
}
