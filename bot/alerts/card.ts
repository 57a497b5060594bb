/** What people are shown of a card: its alarms, most urgent first, counts, first-out alarm, diagnosis and what can be done. */
import type { AlarmLine, AlertAction, AlertCard } from '../types.ts';
import { nameOf, stateOf } from './alarm.ts';
import { PRIORITIES } from './config.ts';
import { byUrgency } from './room.ts';
import type { Alarm, CardRecord } from './types.ts';

/** Alarms that a card lists; the rest is counted. */
const LISTED = 10;
const TITLE = 120;
const TEXT = 300;

export function cardOf(record: CardRecord, alarms: readonly Alarm[]): AlertCard {
  const ordered = [...alarms].sort((a, b) => Number(b.active) - Number(a.active) || byUrgency(a, b));
  const active = alarms.filter((alarm) => alarm.active);
  const shelved = alarms.filter((alarm) => alarm.shelved !== null);
  const unacknowledged = active.filter((alarm) => stateOf(alarm) === 'unacknowledged');
  // In the order in which they joined.
  const firstOut = alarms.length > 1 ? alarms[0] : undefined;
  const machine = ordered[0]?.machine;
  const oneMachine = machine && alarms.every((alarm) => alarm.machine?.tag === machine.tag);
  return {
    kind: 'alert',
    id: record.id,
    form: record.form,
    state: record.state,
    priority:
      PRIORITIES.find((one) => (active.length ? active : alarms).some(({ priority }) => priority === one)) ?? 'low',
    title: titleOf(record, ordered, active).slice(0, TITLE),
    area: record.form === 'flood' ? '' : (ordered[0]?.area ?? record.area),
    ...(oneMachine && record.form === 'alarms' ? { machine: pick(machine) } : {}),
    alarms: ordered.slice(0, LISTED).map(lineOf),
    more: Math.max(0, ordered.length - LISTED),
    counts: {
      active: active.length,
      unacknowledged: unacknowledged.length,
      shelved: shelved.length,
      total: alarms.length,
      times: alarms.reduce((sum, alarm) => sum + alarm.timesOnCard, 0),
    },
    ...(record.form === 'flood' ? { areas: byArea(alarms) } : {}),
    ...(firstOut ? { firstOut: lineOf(firstOut) } : {}),
    ...(record.triage ? { triage: record.triage } : {}),
    ...(record.assignedTo ? { assignedTo: record.assignedTo } : {}),
    ...(record.acknowledgedBy && unacknowledged.length === 0 ? { acknowledgedBy: record.acknowledgedBy } : {}),
    notices: noticesOf(record, alarms),
    log: record.log,
    ...((record.fired ?? 0) > (record.firedShown ?? 0) ? { news: true } : {}),
    actions: actionsOf(record, { unacknowledged: unacknowledged.length, shelved: shelved.length }),
    openedAt: record.openedAt,
    updatedAt: record.updatedAt,
    ...(record.resolvedAt ? { resolvedAt: record.resolvedAt } : {}),
  };
}

function titleOf(record: CardRecord, ordered: readonly Alarm[], active: readonly Alarm[]): string {
  if (record.form === 'flood') {
    const what = record.calmAt ? 'Alarm flood, over' : 'Alarm flood';
    return `${what}: ${count(ordered.length, 'alarm')}, ${active.length} active`;
  }
  const [first] = ordered;
  if (!first) return 'Alert';
  const others = ordered.length - 1;
  const rest = others > 0 ? ` and ${others} more` : '';
  const place = first.tag || first.area;
  return `${place ? `${place} · ` : ''}${first.condition}${rest}`;
}

function noticesOf(record: CardRecord, alarms: readonly Alarm[]): string[] {
  const notices: string[] = [];
  const shelved = alarms.filter((alarm) => alarm.shelved);
  for (const [until, list] of grouped(shelved, (alarm) => alarm.shelved!.until)) {
    const { by, reason } = list[0]!.shelved!;
    const what = list.length === alarms.length ? 'Shelved' : `${count(list.length, 'alarm')} shelved`;
    notices.push(`${what} until ${until} by ${by.name}: ${reason}`);
  }
  for (const alarm of alarms) {
    if (notices.length >= 5) break;
    if (alarm.chattering) notices.push(`${nameOf(alarm)} chatters: active ${alarm.timesOnCard} times so far`);
    if (alarm.stale) notices.push(`${nameOf(alarm)} is stale: active since ${alarm.since}`);
    if (alarm.quieted) notices.push(`${nameOf(alarm)} is ${alarm.quieted.state}: ${alarm.quieted.because}`);
  }
  if (record.truncated > 0)
    notices.push(`${count(record.truncated, 'more alert')} of this group left out by the source`);
  return notices;
}

function actionsOf(
  record: CardRecord,
  { unacknowledged, shelved }: { unacknowledged: number; shelved: number },
): AlertAction['kind'][] {
  const open = record.state === 'open';
  return [
    ...(open && unacknowledged > 0 ? (['acknowledge'] as const) : []),
    // Hundreds at once are not put on a shelf.
    ...(open && shelved === 0 && record.form === 'alarms' ? (['shelve'] as const) : []),
    ...(shelved > 0 ? (['unshelve'] as const) : []),
    ...(open ? (['assign'] as const) : []),
    ...(record.triage ? (['explain'] as const) : []),
    ...(record.triage?.state === 'answered' && record.triage.exchangeId ? (['wrong'] as const) : []),
  ];
}

function byArea(alarms: readonly Alarm[]): { area: string; active: number; total: number }[] {
  return [...grouped(alarms, ({ area }) => area || 'no area')]
    .map(([area, list]) => ({ area, active: list.filter((alarm) => alarm.active).length, total: list.length }))
    .sort((a, b) => b.total - a.total || (a.area < b.area ? -1 : 1));
}

export function lineOf(alarm: Alarm): AlarmLine {
  return {
    id: alarm.id,
    tag: alarm.tag,
    condition: alarm.condition,
    priority: alarm.priority,
    state: stateOf(alarm),
    ...(alarm.value ? { value: alarm.value } : {}),
    text: alarm.text.slice(0, TEXT),
    since: alarm.since,
    times: alarm.timesOnCard,
    chattering: alarm.chattering,
    stale: alarm.stale,
  };
}

/** Items by what `keyOf` says of each, in order of first appearance. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function pick({ tag, class: kind, description, owner }: NonNullable<Alarm['machine']>) {
  return { tag, class: kind, description, owner };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
