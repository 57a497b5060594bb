/**
 * The control room: alerts, people's actions and the clock go in; alarms, cards and what changed of them come out. One
 * card a machine or area; in a flood one card a channel. It works in memory on what is live and neither stores, posts
 * nor asks: the desk does.
 */
import type { Alert, AlertAction, Priority } from '../types.ts';
import { activate, age, alarmId, isAtRest, isBack, isSilent, nameOf, newAlarm, returnToNormal, told } from './alarm.ts';
import type { AlertRules, Route } from './config.ts';
import { PRIORITIES } from './config.ts';
import { createRates } from './flood.ts';
import { channelOf, placeOf } from './place.ts';
import { createRouting } from './route.ts';
import type { Activation, Alarm, CardRecord, DeskState, Machine } from './types.ts';

export interface RoomOptions {
  rules: AlertRules;
  /** The register's line of a tag, however it is written. */
  machineOf: (tag: string) => Machine | undefined;
  newId: (now: Date) => string;
}

/** What was live when the room was left. */
export interface Left {
  state: DeskState;
  alarms: readonly Alarm[];
  cards: readonly CardRecord[];
}

export interface Room {
  /** Of these alarms the room must know the past before their alerts come. */
  unknown(alerts: readonly Alert[]): string[];
  know(alarms: readonly Alarm[]): void;
  alert(alert: Alert, now: Date): void;
  act(action: AlertAction, now: Date): void;
  tick(now: Date): void;
  /** What changed since the last call. */
  changes(): { state: DeskState; alarms: Alarm[]; cards: CardRecord[]; activations: Activation[] };
  cards(): Iterable<CardRecord>;
  has(cardId: string): boolean;
  alarmsOf(card: CardRecord): Alarm[];
  /** Has the card shown once more, as it is. */
  again(cardId: string, now: Date): void;
  /** Its channel takes nothing: from now on it is shown in another, by a post of its own. */
  move(card: CardRecord, to: string, now: Date): void;
  /** Came and went, and nobody can be shown it: the handover tells. */
  fold(card: CardRecord): void;
  /** Something that people must know about the card, whatever its alarms do. */
  remark(card: CardRecord, text: string, now: Date): void;
  /** Something about how a card is shown was changed by the desk: to be saved. */
  touched(card: CardRecord): void;
  inFlood(channel: string): boolean;
}

const LOG_LINES = 20;

export function createRoom({ rules, machineOf, newId }: RoomOptions, left: Left): Room {
  const routing = createRouting(rules);
  const rates = createRates(rules.flood, left.state.rates);
  const alarms = new Map(left.alarms.map((alarm) => [alarm.id, alarm]));
  const cards = new Map(left.cards.map((card) => [card.id, card]));
  /** `channel key` of cards that alarms may still join. */
  const joinable = new Map<string, CardRecord>();
  const floods = new Map<string, CardRecord>();
  for (const card of cards.values()) {
    if (card.folded) continue;
    joinable.set(joinKey(channelOf(card), card.key), card);
    if (card.form === 'flood' && !card.calmAt) floods.set(channelOf(card), card);
  }
  const changed = { alarms: new Set<Alarm>(), cards: new Set<CardRecord>(), activations: [] as Activation[] };
  const reopenMs = rules.reopenMinutes * 60_000;

  // -------------------------------------------------------------------------------------------- alerts

  function alert(alert: Alert, now: Date): void {
    const machine = machineOf(alert.tag) ?? null;
    const id = alarmId(alert);
    const alarm = alarms.get(id) ?? newAlarm(alert, machine, now.toISOString());
    alarms.set(id, alarm);
    // A delivery that was overtaken by a newer one tells nothing of the present.
    const newer = alert.at >= alarm.sourceAt;
    if (!newer && !isBack(alarm, alert)) return;
    Object.assign(alarm, told(alert, machine), { updatedAt: now.toISOString() });
    if (newer) alarm.sourceAt = alert.at;
    if (alert.began && alert.status === 'active') alarm.beganAt = alert.began;
    changed.alarms.add(alarm);
    const quietThere = alert.status === 'suppressed' || alert.status === 'out of service';
    alarm.quieted = quietThere
      ? { state: alert.status as 'suppressed' | 'out of service', because: `by ${alert.source}` }
      : routing.silencedBy(alarm);
    if (alert.status === 'normal') {
      if (alarm.active) {
        returnToNormal(alarm, now);
        redraw(alarm, now);
      }
      return;
    }
    if (quietThere) {
      redraw(alarm, now);
      return;
    }
    if (alarm.active) redraw(alarm, now);
    else becameActive(alarm, alert, now);
  }

  function becameActive(alarm: Alarm, alert: Alert, now: Date): void {
    const route = routing.routeOf(alarm, now);
    const announced = activate(alarm, now, rules);
    changed.activations.push({ at: now.getTime(), alarmId: alarm.id, channel: route.to, announced });
    if (isSilent(alarm)) {
      redraw(alarm, now);
      return;
    }
    if (announced) rates.count(route.to, now);
    if (!floods.has(route.to) && rates.begins(route.to, routing.operators(now), now)) beginFlood(route.to, now);
    const card = cardFor(alarm, route, now);
    if (alert.truncated) card.truncated = Math.max(card.truncated, alert.truncated);
    if (card.heldUntil && !routing.heldUntil(route, alarm, now)) card.heldUntil = null;
    card.fired = (card.fired ?? 0) + 1;
    show(card, now);
  }

  /** The card that shows the alarm from now on. */
  function cardFor(alarm: Alarm, route: Route, now: Date): CardRecord {
    const own = alarm.cardId === null ? undefined : cards.get(alarm.cardId);
    if (own && channelOf(own) === route.to && canJoin(own, now)) {
      reopen(own, now);
      return own;
    }
    const flood = floods.get(route.to);
    const key = flood?.key ?? groupKey(alarm, route);
    const former = flood ?? joinable.get(joinKey(route.to, key));
    const card = former && canJoin(former, now) ? former : openCard(alarm, route, key, now);
    if (former === card) reopen(card, now);
    card.alarmIds.push(alarm.id);
    card.grewAt = now.toISOString();
    alarm.cardId = card.id;
    alarm.timesOnCard = 1;
    return card;
  }

  function canJoin(card: CardRecord, now: Date): boolean {
    if (card.folded) return false;
    if (card.state === 'open') return true;
    return card.form === 'alarms' && now.getTime() - Date.parse(card.resolvedAt ?? card.updatedAt) < reopenMs;
  }

  function reopen(card: CardRecord, now: Date): void {
    if (card.state === 'open') return;
    card.state = 'open';
    card.resolvedAt = null;
    card.acknowledgedBy = null;
    log(card, 'Active again', now);
  }

  function openCard(alarm: Alarm, route: Route, key: string, now: Date): CardRecord {
    const held = routing.heldUntil(route, alarm, now);
    const card = newCard(newId(now), { key, form: 'alarms', to: route.to, area: alarm.area, now });
    card.heldUntil = held?.toISOString() ?? null;
    adopt(card);
    return card;
  }

  function adopt(card: CardRecord): void {
    cards.set(card.id, card);
    joinable.set(joinKey(channelOf(card), card.key), card);
    changed.cards.add(card);
  }

  // -------------------------------------------------------------------------------------------- floods

  function beginFlood(channel: string, now: Date): void {
    const flood = newCard(newId(now), { key: `flood:${now.toISOString()}`, form: 'flood', to: channel, area: '', now });
    floods.set(channel, flood);
    adopt(flood);
    log(flood, `Flood: more than ${rules.flood.begin} alarms in ${rules.flood.minutes} min an operator`, now);
    // What no one has seen yet comes with the flood instead of as a message of its own.
    for (const card of cards.values()) {
      if (card === flood || channelOf(card) !== channel || card.folded || card.state !== 'open') continue;
      // What may be on show already goes on being edited there: folded, it would stand open for ever.
      if (card.postId !== null || card.posting) continue;
      card.folded = true;
      joinable.delete(joinKey(channel, card.key));
      changed.cards.add(card);
      for (const alarm of alarmsOf(card)) {
        alarm.cardId = flood.id;
        flood.alarmIds.push(alarm.id);
        changed.alarms.add(alarm);
      }
    }
  }

  function endFloods(now: Date): void {
    for (const [channel, flood] of floods) {
      const chattering = [...cards.values()]
        .filter((card) => channelOf(card) === channel && !card.folded)
        .flatMap(alarmsOf)
        .filter((alarm) => alarm.chattering && !isSilent(alarm)).length;
      if (!rates.ends(channel, routing.operators(now), chattering, now)) continue;
      floods.delete(channel);
      flood.calmAt = now.toISOString();
      log(flood, `Flood over: fewer than ${rules.flood.end} alarms in ${rules.flood.minutes} min an operator`, now);
      note(flood, 'The flood is over: new alarms come on cards of their own again.', now);
      show(flood, now);
    }
  }

  // -------------------------------------------------------------------------------------------- people

  function act(action: AlertAction, now: Date): void {
    const card = cards.get(action.cardId);
    if (!card) return;
    const { author } = action;
    const list = alarmsOf(card);
    for (const alarm of list) changed.alarms.add(alarm);
    switch (action.kind) {
      case 'acknowledge':
        for (const alarm of list) alarm.acknowledged ??= { by: author, at: now.toISOString() };
        card.acknowledgedBy = author;
        say(card, `Acknowledged by ${author.name}`, now);
        break;
      case 'shelve': {
        const until = new Date(now.getTime() + action.minutes * 60_000).toISOString();
        for (const alarm of list) alarm.shelved = { until, by: author, reason: action.reason };
        say(card, `Shelved for ${spanOf(action.minutes)} by ${author.name}: ${action.reason}`, now);
        break;
      }
      case 'unshelve':
        for (const alarm of list) alarm.shelved = null;
        say(card, `Taken off the shelf by ${author.name}`, now);
        break;
      case 'assign':
        card.assignedTo = action.to;
        say(
          card,
          action.to.id === author.id ? `${author.name} has it` : `${author.name} gave it to ${action.to.name}`,
          now,
        );
        break;
      case 'explain': {
        const fault = card.triage?.faults[0]?.fault ?? '';
        if (!card.explain.includes(fault)) card.explain.push(fault);
        log(card, `${author.name} asked for an explanation`, now);
        break;
      }
      case 'wrong':
        card.wrong += 1;
        say(card, `${author.name} says that the diagnosis is wrong: ${action.reason}`, now);
        break;
    }
    show(card, now);
  }

  // -------------------------------------------------------------------------------------------- time

  function tick(now: Date): void {
    for (const alarm of alarms.values()) {
      if (isAtRest(alarm)) {
        if (!alarm.cardId || !cards.has(alarm.cardId)) alarms.delete(alarm.id);
        continue;
      }
      const happened = age(alarm, now, rules);
      if (happened.length === 0) continue;
      changed.alarms.add(alarm);
      const card = alarm.cardId === null ? undefined : cards.get(alarm.cardId);
      if (!card || card.folded) {
        // It became active while shelved and has no card yet.
        if (alarm.active && !isSilent(alarm)) show(cardFor(alarm, routing.routeOf(alarm, now), now), now);
        continue;
      }
      for (const line of happened) {
        if (card.form === 'flood') log(card, line, now);
        else say(card, line, now);
      }
      show(card, now);
    }
    endFloods(now);
    for (const card of cards.values()) {
      if (card.heldUntil && Date.parse(card.heldUntil) <= now.getTime()) {
        card.heldUntil = null;
        // What came and went in the quiet hours is told by the handover.
        card.folded = card.state === 'resolved';
        show(card, now);
      }
      remind(card, now);
      if (isOver(card, now)) forget(card);
    }
  }

  /** Unacknowledged for long: said at the top of the channel, a limited number of times, each after twice the wait. */
  function remind(card: CardRecord, now: Date): void {
    const { afterMinutes, most, priorities } = rules.remind;
    if (card.state !== 'open' || card.postId === null || card.form === 'flood' || card.reminders >= most) return;
    const since = Date.parse(card.remindedAt ?? card.openedAt);
    if (now.getTime() - since < afterMinutes * 60_000 * 2 ** card.reminders) return;
    const waiting = alarmsOf(card).filter(
      (alarm) =>
        alarm.active &&
        !alarm.acknowledged &&
        !isSilent(alarm) &&
        priorities.includes(alarm.priority) &&
        routing.heldUntil(routing.routeOf(alarm, now), alarm, now) === null,
    );
    const [first] = waiting.sort(byUrgency);
    if (!first) return;
    card.reminders += 1;
    card.remindedAt = now.toISOString();
    const minutes = Math.round((now.getTime() - Date.parse(first.since)) / 60_000);
    const more = waiting.length > 1 ? ` and ${waiting.length - 1} more` : '';
    const text = `${nameOf(first)}${more} (${first.priority}) unacknowledged for ${minutes} min. Reminder ${card.reminders} of ${most}.`;
    log(card, text, now);
    card.notes.push({ at: now.toISOString(), text, top: true });
    show(card, now);
  }

  function isOver(card: CardRecord, now: Date): boolean {
    if (card.folded) return true;
    if (card.toTell?.length) return false;
    return card.state === 'resolved' && !canJoin(card, now) && card.notes.length === 0 && card.shown >= card.version;
  }

  function forget(card: CardRecord): void {
    cards.delete(card.id);
    if (joinable.get(joinKey(channelOf(card), card.key)) === card) joinable.delete(joinKey(channelOf(card), card.key));
  }

  // -------------------------------------------------------------------------------------------- cards

  function alarmsOf(card: CardRecord): Alarm[] {
    // One that has come back since may be on another card.
    return card.alarmIds.flatMap((id) => alarms.get(id) ?? []).filter((alarm) => alarm.cardId === card.id);
  }

  /** The alarm looks different: so does its card. */
  function redraw(alarm: Alarm, now: Date): void {
    const card = alarm.cardId === null ? undefined : cards.get(alarm.cardId);
    if (card && !card.folded) show(card, now);
  }

  /** Judges anew whether it is resolved, and has it shown. */
  function show(card: CardRecord, now: Date): void {
    // A flood's card stays open while the flood lasts, whatever comes and goes.
    const lasts = card.form === 'flood' && !card.calmAt;
    if (card.state === 'open' && !lasts && !alarmsOf(card).some((alarm) => alarm.active)) {
      card.state = 'resolved';
      card.resolvedAt = now.toISOString();
      say(card, 'Returned to normal', now);
    }
    card.version += 1;
    card.updatedAt = now.toISOString();
    changed.cards.add(card);
  }

  /** Kept on the card, and said in its thread where it has been posted. */
  function say(card: CardRecord, text: string, now: Date): void {
    log(card, text, now);
    note(card, text, now);
  }

  function note(card: CardRecord, text: string, now: Date): void {
    if (card.postId !== null) card.notes.push({ at: now.toISOString(), text, top: false });
  }

  function log(card: CardRecord, text: string, now: Date): void {
    card.log = [...card.log, { at: now.toISOString(), text }].slice(-LOG_LINES);
  }

  return {
    alert,
    act,
    tick,
    alarmsOf,
    cards: () => cards.values(),
    has: (cardId) => cards.has(cardId),
    again(cardId, now) {
      const card = cards.get(cardId);
      if (card && !card.folded) show(card, now);
    },
    move(card, to, now) {
      card.shownIn = to;
      card.postId = null;
      card.posting = false;
      log(card, `${channelOf(card)} takes no messages: shown here`, now);
      show(card, now);
    },
    fold(card) {
      card.folded = true;
      changed.cards.add(card);
    },
    remark(card, text, now) {
      say(card, text, now);
      show(card, now);
    },
    touched: (card) => void changed.cards.add(card),
    inFlood: (channel) => floods.has(channel),
    unknown: (alerts) => [...new Set(alerts.map(alarmId))].filter((id) => !alarms.has(id)),
    know(found) {
      for (const alarm of found) if (!alarms.has(alarm.id)) alarms.set(alarm.id, alarm);
    },
    changes() {
      const drained = {
        state: { rates: rates.state() },
        alarms: [...changed.alarms],
        cards: [...changed.cards],
        activations: changed.activations,
      };
      changed.alarms.clear();
      changed.cards.clear();
      changed.activations = [];
      return drained;
    },
  };
}

/** Critical first; of one priority the oldest. */
export function byUrgency(a: { priority: Priority; since: string }, b: { priority: Priority; since: string }): number {
  return PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || (a.since < b.since ? -1 : 1);
}

/** 15 min, 1 h, 8 h. */
export function spanOf(minutes: number): string {
  return minutes < 60 ? `${minutes} min` : `${minutes / 60} h`;
}

/** What the alarm has in common with others: its machine, what its source groups it by, its area. */
function groupKey(alarm: Alarm, route: Route): string {
  if (route.group === 'area' && alarm.area) return `area:${alarm.area}`;
  if (alarm.tag) return `tag:${alarm.tag.toLowerCase()}`;
  if (alarm.group) return `group:${alarm.source}:${alarm.group}`;
  return alarm.area ? `area:${alarm.area}` : `alarm:${alarm.id}`;
}

function joinKey(channel: string, key: string): string {
  return `${channel} ${key}`;
}

function newCard(
  id: string,
  { key, form, to, area, now }: { key: string; form: CardRecord['form']; to: string; area: string; now: Date },
): CardRecord {
  const at = now.toISOString();
  return {
    ...{ id, key, form, ...placeOf(to), area, alarmIds: [] },
    ...{ state: 'open', openedAt: at, updatedAt: at, resolvedAt: null, grewAt: at, heldUntil: null, calmAt: null },
    ...{
      folded: false,
      postId: null,
      posting: false,
      version: 0,
      shown: 0,
      assignedTo: null,
      acknowledgedBy: null,
      truncated: 0,
    },
    ...{ log: [], notes: [], reminders: 0, remindedAt: null },
    ...{ triage: null, triageOf: '', triages: 0, explain: [], wrong: 0 },
  };
}
