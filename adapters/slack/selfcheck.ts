/**
 * Whether Slack's events arrive: a socket can be open and deaf. Slack sends an app the events of its own messages too, so
 * each own message that does not come back in time shows deafness, and while nothing is posted, a small own message in a
 * channel kept for that is edited now and then. It does not know how one listens anew.
 */
export interface SelfCheckOptions {
  /** Makes Slack send us an event of our own; undefined where no channel is kept for it. */
  provoke: (() => Promise<void>) | undefined;
  /** Own event wanted at least so often. */
  everyMs: number;
  /** Time for an event to come back. */
  withinMs: number;
  /** Whoever mends it calls `ask` when that is done: what is asked before would be lost, and show deafness for ever. */
  onDeaf: (sinceMs: number) => void;
  onError: (error: unknown) => void;
}

export interface SelfCheck {
  start(): void;
  stop(): void;
  /** Has an own event sent now. */
  ask(): void;
  /** We posted or edited a message; the call began then, in ms since 1970. Its event may come before its answer. */
  sent(beganAt: number): void;
  /** An own message came back. */
  heard(): void;
  /** Since when our own messages do not come back, in ms since 1970; null while they do. */
  deafSince(): number | null;
  /** When an own message last came back. */
  heardAt(): number | null;
}

export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  let waitingSince: number | null = null;
  let heardAt: number | null = null;
  let deaf: number | null = null;
  let due: NodeJS.Timeout | undefined;
  let beat: NodeJS.Timeout | undefined;

  /** Each time nothing comes back in time is told: the listener may have been renewed in between, in vain. */
  function expect(beganAt: number): void {
    if (heardAt !== null && heardAt >= beganAt) return;
    waitingSince ??= beganAt;
    due ??= setTimeout(() => {
      due = undefined;
      if (waitingSince === null) return;
      deaf ??= waitingSince;
      waitingSince = null;
      options.onDeaf(deaf);
    }, options.withinMs);
  }

  function ask(): void {
    if (!options.provoke) return;
    const beganAt = Date.now();
    options.provoke().then(() => expect(beganAt), options.onError);
  }

  return {
    start() {
      ask();
      beat = setInterval(() => {
        if (waitingSince === null && Date.now() - (heardAt ?? 0) >= options.everyMs / 2) ask();
      }, options.everyMs);
    },
    stop() {
      clearInterval(beat);
      clearTimeout(due);
      due = undefined;
      waitingSince = null;
    },
    ask,
    sent: expect,
    heard() {
      heardAt = Date.now();
      waitingSince = null;
      deaf = null;
      clearTimeout(due);
      due = undefined;
    },
    deafSince: () => deaf,
    heardAt: () => heardAt,
  };
}
