/** What the bot asks of a log: pino fits. The quiet one is for tests and for those who give none. */
export interface Logger {
  debug(what: object, message: string): void;
  info(what: object, message: string): void;
  warn(what: object, message: string): void;
  error(what: object, message: string): void;
}

export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };
