/**
 * The alert desk: takes alerts in (on disk before they are acknowledged), lets the control room work them off, has a
 * diagnosis asked for, and keeps every card's one message up to date. Of several processes one has the desk, by a lease in
 * the store; whatever process dies, the next one finds in the store what was not worked off, asked or shown.
 */
import { randomUUID } from 'node:crypto';
import { ChannelClosed, RoundsError } from '../../models/errors.ts';
import { newId } from '../ids.ts';
import { type Logger, quiet } from '../logger.ts';
import { auditEntry } from '../middleware/audit.ts';
import type {
  ActionResult,
  Alert,
  AlertAction,
  AlertCard,
  AlertDoor,
  AlertSource,
  AuditEntry,
  Card,
  Exchange,
  Place,
  Role,
} from '../types.ts';
import { denied, doneNotice, unfitAction } from './act.ts';
import { cardOf } from './card.ts';
import { closedChannels } from './closed.ts';
import type { AlertRules } from './config.ts';
import { channelOf, placeOf, shownAt } from './place.ts';
import { createRoom, type Room } from './room.ts';
import { createTeller } from './tell.ts';
import { isDiagnosed, nextDiagnosis, type Triager } from './triage.ts';
import type { AlertStore, CardRecord, Machine } from './types.ts';

/** What the desk asks of the bot. */
export interface AlertOut {
  post(place: Place, card: Card): Promise<string>;
  /** Resolves to another id where it had to be posted anew. */
  update(place: Place, postId: string, card: Card): Promise<string | undefined>;
  /** Says something at the top of a channel, once. */
  announce(news: { id: string; adapter: string; channel: string; title: string; text: string }): Promise<void>;
  /** The channel is configured, here. */
  has(adapter: string): boolean;
  /** A question of the desk's own, in a card's thread; the same id twice is one question. Gives its exchange. */
  ask(question: { id: string; place: Place; text: string; options?: string[] }): Promise<string>;
  exchange(id: string): Promise<Exchange | undefined>;
}

export interface AlertDeskOptions {
  store: AlertStore;
  /** Keeps what was denied. */
  audit: (entry: AuditEntry) => Promise<void>;
  rules: AlertRules;
  machineOf: (tag: string) => Machine | undefined;
  triager: Triager;
  sources?: readonly AlertSource[];
  /** Whether this process may have the desk and open sources; one that may not only shows what another has worked off. Default true. */
  works?: boolean;
  /** Channels that every process shows by itself, under the card's own id: the page. */
  everywhere?: readonly string[];
  clock?: () => Date;
  logger?: Logger;
  /** Looks after time, leases and what other processes stored this often. Default 1,000. */
  everyMs?: number;
  /** Least time between two edits of one message; of a flood's four times as much. Default 1,000. */
  editEveryMs?: number;
  leaseMs?: number;
}

export interface AlertDesk extends AlertDoor {
  act(action: AlertAction, roles: readonly Role[]): Promise<ActionResult>;
  card(id: string): Promise<AlertCard | undefined>;
  cards(query: { adapter?: string; channel?: string; limit?: number }): Promise<AlertCard[]>;
  /** An exchange was answered, corrected or flagged: the card whose diagnosis it is may look different. */
  heard(exchangeId: string): void;
  status(): Promise<DeskStatus>;
  start(out: AlertOut): Promise<void>;
  stop(): Promise<void>;
}

export interface DeskStatus {
  /** Since this process started. */
  received: number;
  stored: number;
  open: number;
  floods: number;
  /** Stored and not worked off. */
  waiting: number;
  problems: string[];
}

interface Held {
  epoch: number;
  room: Room;
  renewedAt: number;
  /** Cards as they were saved last. */
  drawn: Map<string, Drawing>;
}

interface Drawing {
  card: AlertCard;
  version: number;
  /** As CardRecord.fired. */
  fired: number;
}

/** Log entries worked off in one transaction. */
const BATCH = 1000;
/** Alerts stored in one transaction. */
const APPEND = 1000;
const RETRY_MS = 5000;
const TOGETHER_MS = 100;
/** Differences of clocks, and of the order in which changes get to the disk. */
const FOLLOW_BACK_MS = 10_000;
/** Messages that are being shown may take this long when stopping. */
const STOP_MS = 2000;

export function createAlertDesk(options: AlertDeskOptions): AlertDesk {
  const { store, rules, machineOf, triager, sources = [], works = true, everywhere = [] } = options;
  const { clock = () => new Date(), logger = quiet, everyMs = 1000, editEveryMs = 1000, leaseMs = 15_000 } = options;
  const holder = randomUUID();
  const counted = { received: 0, stored: 0 };
  let out: AlertOut | undefined;
  let held: Held | undefined;
  let lastTick = 0;
  const teller = createTeller({ sources, clock, logger, wake: () => wake() });

  // -------------------------------------------------------------------------------------------- in

  /** Whoever comes while a transaction is under way shares the next one. */
  const arriving: { alerts: readonly Alert[]; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let storing: Promise<void> | undefined;

  function handleAlerts(alerts: readonly Alert[]): Promise<void> {
    counted.received += alerts.length;
    return new Promise((resolve, reject) => {
      arriving.push({ alerts, resolve, reject });
      storing ??= storeArriving().finally(() => {
        storing = undefined;
      });
    });
  }

  async function storeArriving(): Promise<void> {
    // Those who come within this turn of the event loop are stored together.
    await new Promise((resolve) => setImmediate(resolve));
    while (arriving.length > 0) {
      const batch = [arriving.shift()!];
      let size = batch[0]!.alerts.length;
      while (arriving[0] && size + arriving[0].alerts.length <= APPEND) {
        size += arriving[0].alerts.length;
        batch.push(arriving.shift()!);
      }
      try {
        counted.stored += await store.append(
          batch.flatMap(({ alerts }) => alerts),
          clock().toISOString(),
        );
        for (const { resolve } of batch) resolve();
        wake();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async function act(action: AlertAction, roles: readonly Role[]): Promise<ActionResult> {
    const { author, kind, cardId } = action;
    const no = denied(action, roles);
    const note = { what: `alert ${kind}`, target: cardId, before: '' };
    if (no) {
      await options.audit(auditEntry(author, { ...note, after: no, allowed: false }, clock()));
      return { kind: 'denied', notice: no };
    }
    const card = await store.card(cardId);
    const unfit = unfitAction(action, card);
    if (unfit || !card) return { kind: 'invalid', notice: unfit ?? 'There is no such alert here.' };
    const notice = doneNotice(action, card);
    const entry = auditEntry(
      author,
      { ...note, before: card.title, after: notice, allowed: true },
      clock(),
      `alert/${action.id}`,
    );
    await store.appendAction(action, clock().toISOString(), entry);
    wake();
    return { kind: 'done', id: action.id, notice };
  }

  // -------------------------------------------------------------------------------------------- work

  let working: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  /** In a storm, what comes within a moment is worked off together. */
  let restUntil = 0;

  function wake(): void {
    if (!out) return;
    if (working) {
      again = true;
      return;
    }
    const rest = restUntil - performance.now();
    if (rest > 0) {
      clearTimeout(timer);
      timer = setTimeout(wake, rest);
      return;
    }
    working = work()
      .catch((error) => {
        if (error instanceof RoundsError && error.code === 'desk_lost') logger.info({ holder }, error.message);
        else logger.error({ error }, 'the alert desk will try again');
        // What is in memory may be ahead of the store: begin anew from there.
        held = undefined;
      })
      .finally(() => {
        working = undefined;
        if (!out) return;
        const rests = Math.min(TOGETHER_MS, everyMs);
        restUntil = performance.now() + rests;
        clearTimeout(timer);
        timer = setTimeout(wake, again ? rests : everyMs);
        again = false;
      });
  }

  async function work(): Promise<void> {
    const desk = works ? await hold() : undefined;
    if (!desk) {
      await closeAlone();
      await handOver();
      await follow();
      return;
    }
    await openAlone();
    const { room } = desk;
    for (;;) {
      const entries = await store.unhandled(BATCH);
      const alerts = entries.flatMap(({ entry }) => (entry.kind === 'alert' ? [entry.alert] : []));
      room.know(await store.alarms(room.unknown(alerts)));
      for (const { at, entry } of entries) {
        if (entry.kind === 'alert') room.alert(entry.alert, new Date(at));
        else if (entry.kind === 'act') {
          room.act(entry.action, new Date(at));
          teller.plan(entry.action, room, at);
        } else room.again(entry.cardId, new Date(at));
      }
      if (entries.length === 0) break;
      await save(
        desk,
        entries.map(({ seq }) => seq),
      );
      if (entries.length < BATCH) break;
    }
    const now = clock();
    if (now.getTime() - lastTick >= everyMs) {
      lastTick = now.getTime();
      room.tick(now);
    }
    await diagnose(room, now);
    await save(desk, []);
    teller.tell(room);
    showAll(desk, now);
  }

  /** The desk, taken if it is free; undefined while another process has it. */
  async function hold(): Promise<Held | undefined> {
    const now = clock().getTime();
    if (held && now - held.renewedAt > leaseMs / 3) {
      if (await store.renew(held.epoch, now + leaseMs)) held.renewedAt = now;
      else held = undefined;
    }
    if (held) return held;
    const taken = await store.take(holder, now, leaseMs);
    if (!taken) return undefined;
    const since = new Date(now - rules.reopenMinutes * 60_000).toISOString();
    const cards = await store.liveCards(since);
    const alarms = await store.liveAlarms();
    // Whoever had the desk may have been ended between a post and its being saved.
    for (const card of cards) card.posting = card.postId === null && card.heldUntil === null;
    const known = new Set(alarms.map(({ id }) => id));
    const resting = [...new Set(cards.flatMap(({ alarmIds }) => alarmIds))].filter((id) => !known.has(id));
    const room = createRoom(
      { rules, machineOf, newId },
      { state: taken.state, cards, alarms: [...alarms, ...(await store.alarms(resting))] },
    );
    held = { epoch: taken.epoch, room, renewedAt: now, drawn: new Map() };
    for (const card of cards) room.touched(card);
    for (const id of lately.keys()) room.again(id, clock());
    return held;
  }

  /** What this process showed last, on its way for long perhaps, may have come after what the one that has the desk now shows. */
  async function handOver(): Promise<void> {
    if (lately.size === 0 || showing.size > 0) return;
    await store.showAgain([...lately.keys()], clock().toISOString());
    lately.clear();
  }

  async function save(desk: Held, handled: number[]): Promise<void> {
    const { state, alarms, cards, activations } = desk.room.changes();
    if (handled.length + alarms.length + cards.length + activations.length === 0) return;
    const drawn = cards.map((record) => ({ record, card: cardOf(record, desk.room.alarmsOf(record)) }));
    const drawings = drawn.map(({ record: { version, fired = 0 }, card }) => ({ card, version, fired }));
    await store.save(desk.epoch, { handled, state, alarms, cards: drawn, activations });
    for (const [i, { record }] of drawn.entries()) {
      if (record.folded) desk.drawn.delete(record.id);
      else desk.drawn.set(record.id, drawings[i]!);
    }
    for (const { id, postId } of cards) if (postId !== null) posts.delete(id);
  }

  // -------------------------------------------------------------------------------------------- diagnosis

  const heardOf = new Set<string>();

  async function diagnose(room: Room, now: Date): Promise<void> {
    const news = new Set(heardOf);
    heardOf.clear();
    for (const record of room.cards()) {
      if (record.postId === null || record.folded || !out) continue;
      const { ask, exchange: find } = out;
      const place = { ...shownAt(record), thread: record.postId };
      const alarms = room.alarmsOf(record);
      const { triage } = record;
      if (triage?.exchangeId && (triage.state === 'asking' || news.has(triage.exchangeId))) {
        const exchange = await find(triage.exchangeId);
        if (exchange && isDiagnosed(exchange))
          redraw(room, record, now, { ...triager.read(alarms, exchange), exchangeId: triage.exchangeId });
      }
      for (const fault of record.explain.splice(0)) {
        const text = triager.explain(alarms, fault);
        await ask({ id: `explain/${record.id}/${fault}`, place, text });
        room.touched(record);
      }
      const next = nextDiagnosis(record, alarms, { now, flood: room.inFlood(channelOf(record)) });
      if (!next) continue;
      const question = triager.question(next.alarms);
      record.triageOf = next.signature;
      record.triages += 1;
      if (question.kind === 'none') {
        if (!record.triage) redraw(room, record, now, question.triage);
        continue;
      }
      const id = `triage/${record.id}/${record.triages}`;
      const exchangeId = await ask({
        id,
        place,
        text: question.text,
        ...(question.options ? { options: question.options } : {}),
      });
      redraw(room, record, now, { ...question.triage, exchangeId });
    }
  }

  function redraw(room: Room, record: CardRecord, now: Date, triage: CardRecord['triage']): void {
    record.triage = triage;
    record.version += 1;
    record.updatedAt = now.toISOString();
    room.touched(record);
  }

  // -------------------------------------------------------------------------------------------- out

  /** Cards that are being shown, and when those that were may be shown again. */
  const showing = new Map<string, Promise<void>>();
  /** Posts that may not be on disk yet: should the desk have to begin anew, they are not made again. */
  const posts = new Map<string, string>();
  const notBefore = new Map<string, number>();
  /** Cards shown within two leases, and when: should the desk have been lost meanwhile, they may stand as they were. */
  const lately = new Map<string, number>();
  const closed = closedChannels(rules.fallback);

  function showAll({ room, drawn }: Held, now: Date): void {
    for (const id of drawn.keys()) if (!room.has(id)) drawn.delete(id);
    for (const record of room.cards()) {
      if (record.folded || record.heldUntil || showing.has(record.id)) continue;
      // Only what is on disk is shown.
      const drawing = drawn.get(record.id);
      if (!drawing || (record.shown >= drawing.version && record.notes.length === 0)) continue;
      if (!out || !isHere(out, shownAt(record).adapter)) continue;
      const settled = now.getTime() - Date.parse(record.openedAt) >= rules.settleSeconds * 1000;
      if (record.postId === null && !settled) continue;
      if (now.getTime() < (notBefore.get(record.id) ?? 0)) continue;
      const channel = channelOf(shownAt(record));
      if (!closed.lets(channel, now)) {
        elsewhere(out, room, record, now);
        continue;
      }
      const shown = show(out, record, drawing)
        .then(() => {
          if (closed.took(channel)) logger.info({ channel }, 'takes alerts again');
          const pause = record.form === 'flood' && !record.calmAt ? 4 * editEveryMs : editEveryMs;
          notBefore.set(record.id, clock().getTime() + pause);
        })
        .catch((error) => {
          if (error instanceof ChannelClosed) {
            record.posting = false;
            if (closed.refused(channel, error.message, clock())) logger.error({ error }, closed.problems().at(-1)!);
            return;
          }
          logger.warn({ error, card: record.id }, 'an alert is not shown yet');
          notBefore.set(record.id, clock().getTime() + RETRY_MS);
        })
        .finally(() => {
          showing.delete(record.id);
          room.touched(record);
          wake();
        });
      showing.set(record.id, shown);
    }
    for (const [id, at] of notBefore) if (at < now.getTime() && !showing.has(id)) notBefore.delete(id);
    for (const [id, at] of lately) if (at < now.getTime() - 2 * leaseMs) lately.delete(id);
  }

  function isHere(to: AlertOut, adapter: string): boolean {
    return to.has(adapter) || everywhere.includes(adapter);
  }

  /** What to do with a card whose channel takes nothing now. */
  function elsewhere(to: AlertOut, room: Room, record: CardRecord, now: Date): void {
    const isOver = record.state === 'resolved';
    const { fallback } = rules;
    // Whoever saw it while it was open need not be told of its end in another place.
    if (isOver && record.postId !== null) return;
    if (fallback && fallback !== channelOf(shownAt(record)) && isHere(to, placeOf(fallback).adapter)) {
      posts.delete(record.id);
      room.move(record, fallback, now);
      again = true;
    } else if (isOver && !record.posting && !record.toTell?.length) room.fold(record);
  }

  async function show(to: AlertOut, record: CardRecord, { card, version, fired }: Drawing): Promise<void> {
    const at = shownAt(record);
    if (record.shown < version) {
      record.postId ??= posts.get(record.id) ?? null;
      if (!to.has(at.adapter)) record.postId ??= record.id;
      else if (record.postId === null) {
        record.posting = true;
        record.postId = await to.post({ ...at, thread: '' }, card);
      } else record.postId = (await to.update({ ...at, thread: '' }, record.postId, card)) ?? record.postId;
      record.posting = false;
      posts.set(record.id, record.postId);
      lately.set(record.id, clock().getTime());
      record.shown = version;
      record.firedShown = fired;
    }
    const notes = [...record.notes];
    for (const note of notes.filter(({ top }) => top)) {
      const news = { id: `note/${record.id}/${note.at}`, title: 'Reminder', text: note.text };
      await to.announce({ ...at, ...news });
    }
    const lines = notes.filter(({ top }) => !top);
    record.notes = record.notes.filter((note) => !notes.includes(note));
    // The page shows what happened on the card itself.
    if (lines.length === 0 || !to.has(at.adapter)) return;
    // One message, however much happened meanwhile.
    const notice = lines.map(({ text }) => text).join('\n');
    const exchangeId = `note/${record.id}/${lines[0]!.at}`;
    const place = { ...at, thread: record.postId! };
    await to.post(place, { exchangeId, final: true, stage: 'received', notice });
  }

  /** Where another process has the desk: what changed lately is shown in the channels that every process shows. */
  let followedTo = clock().getTime() - FOLLOW_BACK_MS;
  const followed = new Map<string, { version: number; at: string }>();
  async function follow(): Promise<void> {
    // Clocks differ and changes overtake each other: it looks back a little, and shows each state once.
    const since = new Date(followedTo - FOLLOW_BACK_MS).toISOString();
    for (const adapter of everywhere) {
      if (!out?.has(adapter)) continue;
      for (const { channel, card, version } of await store.changed(adapter, since)) {
        if (followed.get(card.id)?.version === version) continue;
        await out.update({ adapter, channel, thread: '' }, card.id, card);
        followed.set(card.id, { version, at: card.updatedAt });
        followedTo = Math.max(followedTo, Date.parse(card.updatedAt));
      }
    }
    for (const [id, { at }] of followed) if (at < since) followed.delete(id);
  }

  /** Sources that bear one listener only are open where the desk is. */
  const alone = sources.filter((source) => source.alone);
  let aloneOpen = false;
  async function openAlone(): Promise<void> {
    if (aloneOpen) return;
    aloneOpen = true;
    for (const source of alone) await source.start(door);
  }
  async function closeAlone(): Promise<void> {
    if (!aloneOpen) return;
    aloneOpen = false;
    for (const source of alone) await stopSource(source);
  }

  async function stopSource(source: AlertSource): Promise<void> {
    await source.stop().catch((error) => logger.warn({ error, source: source.name }, 'source did not stop well'));
  }

  const door: AlertDoor = {
    handleAlerts,
    rejectAlerts: (source, reason) => store.reject(source, reason, clock().toISOString()),
  };

  return {
    ...door,
    act,
    card: (id) => store.card(id),
    cards: (query) => store.cards(query),
    heard(exchangeId) {
      heardOf.add(exchangeId);
      wake();
    },

    async status() {
      const { waiting } = await store.counts();
      const cards = held ? [...held.room.cards()].filter(({ state, folded }) => state === 'open' && !folded) : [];
      return {
        ...counted,
        open: cards.length,
        floods: cards.filter(({ form, calmAt }) => form === 'flood' && !calmAt).length,
        waiting,
        problems: [...sources.flatMap((source) => source.problem() ?? []), ...closed.problems()],
      };
    },

    async start(given) {
      out = given;
      const started: AlertSource[] = [];
      try {
        for (const source of works ? sources.filter((one) => !one.alone) : []) {
          await source.start(door);
          started.push(source);
        }
        // What is wrong with a source is said at the start, not when the first alert is missed.
        if (works && (await hold())) await openAlone();
      } catch (error) {
        out = undefined;
        await Promise.all([...started, ...alone].map(stopSource));
        throw error;
      }
      wake();
    },

    async stop() {
      if (works) for (const source of sources) await stopSource(source);
      await storing;
      out = undefined;
      clearTimeout(timer);
      await working;
      await Promise.race([Promise.all(showing.values()), new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
      if (held) {
        await save(held, []).catch((error) => logger.warn({ error }, 'the alert desk was not saved'));
        await store.leave(held.epoch).catch(() => {});
      }
      held = undefined;
    },
  };
}
