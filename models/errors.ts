/** The one error of Rounds. `message` says what is wrong, where, and the mend; `code` is for programs. */
export class RoundsError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RoundsError';
    this.code = code;
  }
}

/** It waits for something outside (a channel that takes nothing now): no failure, to be tried again as often as it takes. */
export class NotYet extends RoundsError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('not_yet', message, options);
    this.name = 'NotYet';
  }
}

/** A channel takes nothing from us, and time will not mend it: archived, deleted, closed to the bot. */
export class ChannelClosed extends RoundsError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('channel_closed', message, options);
    this.name = 'ChannelClosed';
  }
}

/** A person's input is wrong: exit 2 on the command line, 4xx over HTTP, a plain reply in chat. */
export class BadInput extends RoundsError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('bad_input', message, options);
    this.name = 'BadInput';
  }
}
