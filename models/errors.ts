/** The one error of Rounds. `message` says what is wrong, where, and the mend; `code` is for programs. */
export class RoundsError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'RoundsError';
    this.code = code;
  }
}

/** A person's input is wrong: exit 2 on the command line, 4xx over HTTP, a plain reply in chat. */
export class BadInput extends RoundsError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('bad_input', message, options);
    this.name = 'BadInput';
  }
}
