/** `rounds serve`: the bot on all configured channels, until SIGTERM or SIGINT. */
import { BadInput } from '../../models/errors.ts';
import { loadConfig } from '../config.ts';
import { PROCESS_ROLES, type ProcessRole } from '../foundation.ts';
import { assemble } from '../main.ts';
import { openLog } from './log.ts';

/** `role`: as given, with commas; all without. */
export async function serve({ role }: { role?: string } = {}): Promise<void> {
  const roles = role === undefined || role === 'all' ? PROCESS_ROLES : rolesOfLine(role);
  const config = loadConfig();
  const logger = openLog(config, 'service');
  const app = await assemble(config, logger, roles);
  try {
    await app.start();
  } catch (error) {
    await app.stop();
    throw error;
  }
  const url = app.url();
  const begun = url === undefined ? { event: 'working', roles } : { event: 'listening', url };
  process.stdout.write(`${JSON.stringify(begun)}\n`);
  const signal = await stopSignal();
  logger.info({ signal }, 'stopping; once more to stop at once');
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  await app.stop();
  process.exit(0);
}

function rolesOfLine(line: string): ProcessRole[] {
  const roles = [...new Set(line.split(',').map((role) => role.trim()))];
  const unknown = roles.find((role) => !(PROCESS_ROLES as readonly string[]).includes(role));
  if (unknown !== undefined) {
    throw new BadInput(
      `--role ${line}: "${unknown}" is none; give ${PROCESS_ROLES.join(', ')}, several with commas, or all`,
    );
  }
  return roles as ProcessRole[];
}

function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
  });
}
