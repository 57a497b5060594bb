/** Our log in the form that Slack's libraries write to: what they call info is of no use to a plant. */
import type { Logger, LogLevel } from '@slack/bolt';

/** What is used of a pino logger. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export function slackLog(log: Log): Logger {
  const line = (said: unknown[]) =>
    `Slack: ${said.map((part) => (part instanceof Error ? part.message : String(part))).join(' ')}`;
  return {
    debug() {},
    info() {},
    warn: (...said) => log.warn({}, line(said)),
    error: (...said) => log.error({}, line(said)),
    setLevel() {},
    getLevel: () => 'warn' as LogLevel,
    setName() {},
  };
}
