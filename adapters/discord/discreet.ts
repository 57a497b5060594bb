/** Errors of discord.js carry the address of the request, an interaction's token in it, and its text: a log gets neither. */
import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import type { Logger } from './discord.ts';

export function discreet(logger: Logger): Logger {
  const told = (details: object) => ('error' in details ? { ...details, error: plain(details.error) } : details);
  return {
    info: (details, message) => logger.info(told(details), message),
    warn: (details, message) => logger.warn(told(details), message),
    error: (details, message) => logger.error(told(details), message),
  };
}

function plain(error: unknown): unknown {
  const ours = error instanceof DiscordAPIError || error instanceof HTTPError || error instanceof RateLimitError;
  if (!ours) return error;
  const address = error.url
    .replace(/^https?:\/\/[^/]+/, '')
    .replace(/\/(interactions|webhooks)\/(\d+)\/[^/?]+/, '/$1/$2/…');
  return new Error(`${error.name}: ${error.message} (${error.method} ${address})`);
}
