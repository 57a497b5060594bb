/** Who may deliver: whoever shows the source's secret or user and password. Nobody else, and nobody without. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface Access {
  /** As `Authorization: Bearer …` or `X-Rounds-Secret: …`. */
  secret?: string | undefined;
  basic?: { user: string; password: string } | undefined;
}

export function isAllowed(
  access: Access,
  headers: { authorization?: string | undefined; secret?: string | undefined },
): boolean {
  const [scheme = '', given = ''] = (headers.authorization ?? '').split(/ +(.*)/s);
  const bearer = scheme.toLowerCase() === 'bearer' ? given.trim() : undefined;
  const basic = scheme.toLowerCase() === 'basic' ? Buffer.from(given, 'base64').toString('utf8') : undefined;
  // All are looked at, whichever was given: time tells nothing.
  const bySecret = access.secret !== undefined && same(access.secret, bearer ?? headers.secret);
  const byBasic = access.basic !== undefined && same(`${access.basic.user}:${access.basic.password}`, basic);
  return bySecret || byBasic;
}

function same(wanted: string, given: string | undefined): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(wanted), hash(given ?? '')) && given !== undefined;
}
