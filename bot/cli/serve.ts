/** `rounds serve`: the bot on all configured channels, until SIGTERM or SIGINT. */
import { loadConfig } from '../config.ts';
import { assemble } from '../main.ts';
import { openLog } from './log.ts';

export async function serve(): Promise<void> {
  const config = loadConfig();
  const logger = openLog(config, 'service');
  const app = await assemble(config, logger);
  try {
    await app.start();
  } catch (error) {
    await app.stop();
    throw error;
  }
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: app.url() })}\n`);
  const signal = await stopSignal();
  logger.info({ signal }, 'stopping; once more to stop at once');
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  await app.stop();
  process.exit(0);
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}
