/** When a card's alarms are put to the chain for a diagnosis, and which of them. It does not know how one is made. */
import type { Exchange } from '../types.ts';
import type { Alarm, CardRecord } from './types.ts';

export type { Triager } from '../../chains/types.ts';

/** Alarms that come within this time of each other are diagnosed together. */
const TOGETHER_MS = 2000;
/** At most this long after the first, however many still come. */
const LATEST_MS = 15_000;
/** A card is diagnosed again when more alarms have joined, this often at most. */
const MOST = 3;

/** The alarms to diagnose next and what tells them from the last time; undefined: nothing now. */
export function nextDiagnosis(
  record: CardRecord,
  alarms: readonly Alarm[],
  { now, flood }: { now: Date; flood: boolean },
): { alarms: Alarm[]; signature: string } | undefined {
  if (record.state !== 'open' || record.triages >= (record.form === 'flood' ? 1 : MOST)) return undefined;
  // In a flood the questions of people come first: only its first-out alarm is diagnosed.
  if (flood && record.form === 'alarms') return undefined;
  const ms = now.getTime();
  const opened = ms - Date.parse(record.openedAt);
  const quietFor = ms - Date.parse(record.grewAt);
  if (quietFor < TOGETHER_MS && opened < LATEST_MS) return undefined;
  const chosen = record.form === 'flood' ? aboutFirstOut(alarms) : alarms.filter((alarm) => alarm.active);
  const signature = chosen
    .map(({ id }) => id)
    .sort()
    .join(' ');
  return chosen.length === 0 || signature === record.triageOf ? undefined : { alarms: chosen, signature };
}

/** It has an answer, people are being asked, or it was refused. */
export function isDiagnosed(exchange: Exchange): boolean {
  return exchange.state === 'done';
}

/** The alarm that came first, and those of the same machine. */
function aboutFirstOut(alarms: readonly Alarm[]): Alarm[] {
  const [first] = alarms;
  return first ? alarms.filter((alarm) => alarm.id === first.id || (first.tag !== '' && alarm.tag === first.tag)) : [];
}
