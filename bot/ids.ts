/** Ids that sort by time of birth: 48 bits of milliseconds, then 80 bits of chance, in lower-case base 32 (Crockford). */
import { randomBytes } from 'node:crypto';

const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** 26 characters; two ids of the same millisecond are in no particular order. */
export function newId(now: Date): string {
  let time = '';
  for (let left = now.getTime(), i = 0; i < 10; i++, left = Math.floor(left / 32)) time = DIGITS[left % 32] + time;
  let chance = '';
  for (const byte of randomBytes(16)) chance += DIGITS[byte % 32];
  return time + chance;
}
