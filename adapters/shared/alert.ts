/**
 * An alert of what a source says: lengths kept, unseen characters taken out, times and priorities read in the forms that
 * are about. What a source writes is data: nothing here looks at what its words mean.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Alert, Priority } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { clip } from './fold.ts';
import { plain } from './text.ts';

/** What a source gives, none of it looked at yet. Empty texts are left out. */
export interface RawAlert {
  /** Without one, alerts with the same time are told apart by it; without a time too, every delivery is a new one. */
  id?: string | undefined;
  source: string;
  /** Default: tag and condition. */
  fingerprint?: string | undefined;
  tag: string;
  condition: string;
  priority: Priority;
  status: Alert['status'];
  text?: string | undefined;
  value?: string | undefined;
  area?: string | undefined;
  class?: string | undefined;
  group?: string | undefined;
  truncated?: number | undefined;
  link?: string | undefined;
  /** By the source's clock: ISO 8601, or seconds or milliseconds since 1970. */
  at?: string | number | undefined;
  /** Of a source that says what is, again and again. */
  began?: string | undefined;
}

/** @throws BadInput where nothing says what is the matter */
export function alertOf(raw: RawAlert, now: Date = new Date()): Alert {
  const tag = line(raw.tag, 100);
  const condition = line(raw.condition, 200);
  if (condition === '') throw new BadInput('an alert without a condition: say what is the matter');
  const fingerprint = raw.fingerprint ? hashed(raw.fingerprint) : hashed(tag, condition);
  const at = timeOf(raw.at, now);
  const id = raw.id ? hashed(raw.id) : at === undefined ? randomUUID() : hashed(fingerprint, raw.status, at);
  const link = httpLink(raw.link);
  return {
    ...{ id, source: raw.source, fingerprint, tag, condition, priority: raw.priority, status: raw.status },
    text: clip(plain(raw.text ?? ''), 1000),
    ...some('value', line(raw.value ?? '', 100)),
    ...some('area', line(raw.area ?? '', 100)),
    ...some('class', line(raw.class ?? '', 100)),
    ...some('group', raw.group ? hashed(raw.group) : ''),
    ...(raw.truncated && raw.truncated > 0 ? { truncated: Math.round(raw.truncated) } : {}),
    ...(link ? { link } : {}),
    at: at ?? now.toISOString(),
    ...some('began', timeOf(raw.began, now) ?? ''),
  };
}

const PRIORITY_WORDS: Record<Priority, readonly string[]> = {
  critical: ['critical', 'page', 'emergency', 'fatal', 'disaster', 'highest', 'urgent', '1', 'p1'],
  high: ['high', 'error', 'major', 'severe', '2', 'p2'],
  medium: ['medium', 'warning', 'warn', 'minor', 'average', '3', 'p3'],
  low: ['low', 'info', 'information', 'informational', 'none', 'notice', 'debug', '4', 'p4'],
};

/** A source's word for how urgent it is; the configuration's own words first. */
export function priorityOf(word: string, own: Readonly<Record<string, Priority>>, otherwise: Priority): Priority {
  const folded = word.trim().toLowerCase();
  const named = Object.entries(own).find(([key]) => key.toLowerCase() === folded)?.[1];
  if (named) return named;
  const known = (Object.keys(PRIORITY_WORDS) as Priority[]).find((one) => PRIORITY_WORDS[one].includes(folded));
  return known ?? otherwise;
}

/** ISO 8601; undefined where none was given or it is none. A clock that runs ahead must not outrun what comes after. */
function timeOf(at: string | number | undefined, now: Date): string | undefined {
  if (at === undefined || at === '') return undefined;
  const number = typeof at === 'number' ? at : /^\d{9,14}(\.\d+)?$/.test(at) ? Number(at) : undefined;
  const ms = number === undefined ? Date.parse(String(at)) : number < 1e11 ? number * 1000 : number;
  if (!Number.isFinite(ms) || ms <= 0) return undefined;
  return new Date(Math.min(ms, now.getTime())).toISOString();
}

function httpLink(link: string | undefined): string | undefined {
  if (!link || link.length > 1000 || !URL.canParse(link)) return undefined;
  const { protocol, href, username, password } = new URL(link);
  return (protocol === 'http:' || protocol === 'https:') && !username && !password ? href : undefined;
}

function line(text: string, max: number): string {
  return clip(plain(text).replace(/\s+/g, ' '), max);
}

function some<Key extends string>(key: Key, value: string): Partial<Record<Key, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<Key, string>);
}

function hashed(...parts: string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
