/** The log of the commands: pino on stderr, so that stdout holds results only. */
import { pino } from 'pino';
import { RoundsError } from '../../models/errors.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** Commands that end by themselves speak for themselves: they log nothing, unless LOG_LEVEL asks for more. */
export function openLog(config: Pick<Config, 'logLevel'>, kind: 'service' | 'command' = 'command'): Logger {
  const level = kind === 'command' && config.logLevel === 'info' ? 'fatal' : config.logLevel;
  return pino({ level, base: null, serializers: { error: plainError } }, pino.destination({ dest: 2, sync: true }));
}

/** Foreseen errors say what, where and the mend; only of the others does one want to know where in the code. */
function plainError(error: unknown): unknown {
  if (!(error instanceof RoundsError) || process.env.DEBUG) return pino.stdSerializers.err(error as Error);
  return { code: error.code, message: error.message };
}
