/** The log of the commands: pino on stderr, so that stdout holds results only. */
import { pino } from 'pino';
import type { Config } from '../config.ts';
import type { Logger } from '../logger.ts';

/** Commands that end by themselves say only what is amiss, unless LOG_LEVEL asks for more. */
export function openLog(config: Pick<Config, 'logLevel'>, kind: 'service' | 'command' = 'command'): Logger {
  const level = kind === 'command' && config.logLevel === 'info' ? 'error' : config.logLevel;
  return pino(
    { level, base: null, serializers: { error: pino.stdSerializers.err } },
    pino.destination({ dest: 2, sync: true }),
  );
}
