/**
 * The life of one alarm in ISA-18.2's states: it becomes active, is acknowledged, returns to normal; is shelved for a
 * time; chatters; grows stale. It does not know of cards and channels.
 */
import { createHash } from 'node:crypto';
import type { AlarmState, Alert } from '../types.ts';
import type { AlertRules } from './config.ts';
import type { Alarm, Machine } from './types.ts';

const MINUTE_MS = 60_000;

export function alarmId(alert: Pick<Alert, 'source' | 'fingerprint'>): string {
  return createHash('sha256')
    .update(JSON.stringify([alert.source, alert.fingerprint]))
    .digest('hex')
    .slice(0, 24);
}

export function newAlarm(alert: Alert, machine: Machine | null, now: string): Alarm {
  return {
    id: alarmId(alert),
    source: alert.source,
    fingerprint: alert.fingerprint,
    ...told(alert, machine),
    active: false,
    quieted: null,
    acknowledged: null,
    shelved: null,
    since: now,
    returnedAt: null,
    sourceAt: '',
    times: 0,
    recent: [],
    chattering: false,
    stale: false,
    cardId: null,
    timesOnCard: 0,
    updatedAt: now,
  };
}

/** What the newest alert says of the alarm, whatever its state. */
export function told(alert: Alert, machine: Machine | null) {
  return {
    tag: machine?.tag ?? alert.tag,
    condition: alert.condition,
    priority: alert.priority,
    text: alert.text,
    ...(alert.value ? { value: alert.value } : {}),
    ...(alert.link ? { link: alert.link } : {}),
    ...(alert.group ? { group: alert.group } : {}),
    area: machine?.area || (alert.area ?? ''),
    class: machine?.class || (alert.class ?? ''),
    machine,
  };
}

export function stateOf(alarm: Alarm): AlarmState {
  if (alarm.quieted) return alarm.quieted.state;
  if (alarm.shelved) return 'shelved';
  if (!alarm.active) return 'returned to normal';
  return alarm.acknowledged ? 'acknowledged' : 'unacknowledged';
}

/**
 * The source ended it and says now that it goes on. Nothing in its words tells that from a delivery that was on its way for
 * long: in doubt the alarm is shown. Only what began before an activation that we know of is old for certain.
 */
export function isBack(alarm: Alarm, { status, began }: Pick<Alert, 'status' | 'began'>): boolean {
  return status === 'active' && !alarm.active && began !== undefined && began >= (alarm.beganAt ?? '');
}

/** Nobody is to be told of it. */
export function isSilent(alarm: Alarm): boolean {
  return alarm.quieted !== null || alarm.shelved !== null;
}

/** It became active. Gives whether that is news for a person: a chattering alarm's next time is none. */
export function activate(alarm: Alarm, now: Date, rules: Pick<AlertRules, 'chattering'>): boolean {
  const ms = now.getTime();
  const chattered = alarm.chattering;
  alarm.active = true;
  alarm.since = now.toISOString();
  alarm.returnedAt = null;
  alarm.times += 1;
  alarm.timesOnCard += 1;
  alarm.recent = [...alarm.recent.filter((at) => ms - at < MINUTE_MS), ms].slice(-rules.chattering);
  alarm.chattering = chattered || alarm.recent.length >= rules.chattering;
  alarm.stale = false;
  // Who has seen it chatter need not acknowledge it at every turn.
  if (!chattered) alarm.acknowledged = null;
  return !isSilent(alarm) && !chattered;
}

export function returnToNormal(alarm: Alarm, now: Date): void {
  alarm.active = false;
  alarm.stale = false;
  alarm.returnedAt = now.toISOString();
}

/** What time does: shelving ends, chattering ends, staleness begins. Gives what happened, in words. */
export function age(alarm: Alarm, now: Date, rules: Pick<AlertRules, 'staleHours' | 'flood'>): string[] {
  const ms = now.getTime();
  const happened: string[] = [];
  if (alarm.shelved && Date.parse(alarm.shelved.until) <= ms) {
    alarm.shelved = null;
    happened.push(`Shelving of ${nameOf(alarm)} ended`);
  }
  // As long as a flood is looked back for.
  if (alarm.chattering && ms - (alarm.recent.at(-1) ?? 0) >= rules.flood.minutes * MINUTE_MS) {
    alarm.chattering = false;
    alarm.recent = [];
    happened.push(`${nameOf(alarm)} chatters no more`);
  }
  if (
    alarm.active &&
    !alarm.stale &&
    !isSilent(alarm) &&
    ms - Date.parse(alarm.since) >= rules.staleHours * 60 * MINUTE_MS
  ) {
    alarm.stale = true;
    happened.push(`${nameOf(alarm)} has been active for ${rules.staleHours} h: stale`);
  }
  return happened;
}

/** Nothing about it can change but by an alert. */
export function isAtRest(alarm: Alarm): boolean {
  return !alarm.active && !alarm.shelved && !alarm.chattering;
}

export function nameOf({ tag, condition }: Pick<Alarm, 'tag' | 'condition'>): string {
  return tag ? `${tag} ${condition}` : condition;
}
