/** What the alert desk keeps and works with: alarms, cards, the log of what came in, and the store's verbs for them. No code. */
import type { AlarmState, Alert, AlertAction, AlertCard, AuditEntry, Person, Priority, Triage } from '../types.ts';

/** A line of the asset register. */
export interface Machine {
  tag: string;
  class: string;
  area: string;
  owner: string;
  description: string;
}

/** One alarm: a condition of a tag, as one source tells it, over all the times that it came and went. */
export interface Alarm {
  /** Of source and fingerprint. */
  id: string;
  source: string;
  fingerprint: string;
  tag: string;
  condition: string;
  priority: Priority;
  text: string;
  value?: string;
  link?: string;
  group?: string;
  /** By the register, else by the source. */
  area: string;
  class: string;
  machine: Machine | null;
  /** The condition is there. */
  active: boolean;
  /** Kept quiet by its source or by configuration. */
  quieted: { state: Extract<AlarmState, 'suppressed' | 'out of service'>; because: string } | null;
  acknowledged: { by: Person; at: string } | null;
  shelved: { until: string; by: Person; reason: string } | null;
  /** When we heard that it became active last. ISO 8601, UTC, as all times here. */
  since: string;
  returnedAt: string | null;
  /** Newest time by the source's own clock: what comes late changes nothing. */
  sourceAt: string;
  /** Of a source that says what is, again and again: when the newest activation began, by its clock. */
  beganAt?: string;
  /** Activations in all. */
  times: number;
  /** Activations within the last minute, milliseconds since 1970. */
  recent: number[];
  chattering: boolean;
  stale: boolean;
  /** The card that shows it, or showed it last. */
  cardId: string | null;
  timesOnCard: number;
  updatedAt: string;
}

/** A card as the desk keeps it; `AlertCard` is what is made of it for people. */
export interface CardRecord {
  id: string;
  /** What its alarms have in common, within its channel. */
  key: string;
  form: AlertCard['form'];
  adapter: string;
  channel: string;
  /** Where it is shown instead, `adapter:channel`: its own channel took nothing. */
  shownIn?: string;
  area: string;
  alarmIds: string[];
  state: AlertCard['state'];
  openedAt: string;
  updatedAt: string;
  resolvedAt: string | null;
  /** The newest alarm joined then. */
  grewAt: string;
  /** Quiet hours: not posted before. */
  heldUntil: string | null;
  /** Of a flood: when fewer alarms came again. */
  calmAt: string | null;
  /** Folded into a flood before it was posted: it is never shown. */
  folded: boolean;
  postId: string | null;
  /** A post of it was begun: it may be on show though its id is not known yet. */
  posting: boolean;
  /** Rises with every change. */
  version: number;
  /** The version that the channel has seen. */
  shown: number;
  /** How often an alarm became active on it, and how many of these the channel has seen. */
  fired?: number;
  firedShown?: number;
  assignedTo: Person | null;
  acknowledgedBy: Person | null;
  truncated: number;
  log: { at: string; text: string }[];
  /** Lines that are still to be said: in the card's thread, or at the top of the channel. */
  notes: { at: string; text: string; top: boolean }[];
  reminders: number;
  remindedAt: string | null;
  triage: Triage | null;
  /** For which alarms a diagnosis was asked for, and how often. */
  triageOf: string;
  triages: number;
  /** Faults that somebody wants explained in the thread: asked, not yet put to the chain. */
  explain: string[];
  /** What sources are still to be told of presses on it, in order. */
  toTell?: Telling[];
  /** Diagnoses of this card that people said were wrong. */
  wrong: number;
}

/** A press that a source's own system is to be told of, for one alarm. */
export interface Telling {
  id: string;
  alarmId: string;
  source: string;
  fingerprint: string;
  action: AlertAction;
  /** When it was pressed. */
  at: string;
  /** It was said on the card that it takes time. */
  said?: boolean;
}

/** An alarm became active. */
export interface Activation {
  /** Milliseconds since 1970. */
  at: number;
  alarmId: string;
  /** `adapter:channel` of its route. */
  channel: string;
  /** A person was meant to notice: not shelved, suppressed or chattering. */
  announced: boolean;
}

/** What came in, in order: stored once, worked off by the desk. */
export type Entry =
  | { kind: 'alert'; alert: Alert }
  | { kind: 'act'; action: AlertAction }
  /** A process that has lost the desk may have shown the card as it was before. */
  | { kind: 'again'; cardId: string };

export interface LoggedEntry {
  seq: number;
  /** When it was stored. */
  at: string;
  entry: Entry;
}

/** What the desk remembers besides alarms and cards: announced alarms a second and channel, of the last minutes. */
export interface DeskState {
  rates: Record<string, [second: number, count: number][]>;
}

export interface DeskChanges {
  /** Log entries that are worked off by this. */
  handled: number[];
  state: DeskState;
  alarms: Alarm[];
  cards: { record: CardRecord; card: AlertCard }[];
  activations: Activation[];
}

export interface Rejection {
  source: string;
  reason: string;
  count: number;
}

/** Durable memory of the alert desk. Every write is on disk when its promise resolves, whole or not at all. */
export interface AlertStore {
  /** Stores alerts that were not stored before; gives how many that were. */
  append(alerts: readonly Alert[], at: string): Promise<number>;
  /** Stores an action with its audit entry; false when an action of that id was stored before. */
  appendAction(action: AlertAction, at: string, audit: AuditEntry): Promise<boolean>;
  /** Asks whoever has the desk to show these cards once more. */
  showAgain(cardIds: readonly string[], at: string): Promise<void>;
  /** What is not worked off, oldest first. */
  unhandled(limit: number): Promise<LoggedEntry[]>;
  /**
   * Takes the desk, when it is free, its lease has run out, or `holder` had it: from then on `save` of an earlier epoch
   * fails. Null: another process has it.
   */
  take(holder: string, now: number, leaseMs: number): Promise<{ epoch: number; state: DeskState } | null>;
  /** False: the desk was lost. */
  renew(epoch: number, until: number): Promise<boolean>;
  /** Frees the desk for the next process. */
  leave(epoch: number): Promise<void>;
  /** One transaction. Throws a RoundsError `desk_lost` when another process has taken the desk over. */
  save(epoch: number, changes: DeskChanges): Promise<void>;
  alarms(ids: readonly string[]): Promise<Alarm[]>;
  /** Alarms that are active, shelved or chattering. */
  liveAlarms(): Promise<Alarm[]>;
  /** Cards that are open, were resolved after `since`, or have something still to be shown. */
  liveCards(since: string): Promise<CardRecord[]>;
  record(cardId: string): Promise<CardRecord | undefined>;
  card(cardId: string): Promise<AlertCard | undefined>;
  /** Posted cards of a channel, or of all channels, newest last: those still open, or those over after `since`, or all. */
  cards(query: {
    adapter?: string;
    channel?: string;
    open?: true;
    since?: string;
    limit?: number;
  }): Promise<AlertCard[]>;
  /** Posted cards of an adapter that changed after `since`, with their channel. */
  changed(adapter: string, since: string): Promise<{ channel: string; card: AlertCard; version: number }[]>;
  /** Cards that were open at some time from `from` to `to`. */
  cardsBetween(from: string, to: string): Promise<CardRecord[]>;
  activations(from: number, to: number): Promise<Activation[]>;
  reject(source: string, reason: string, at: string): Promise<void>;
  rejections(): Promise<Rejection[]>;
  /**
   * Forgets what ended before `before`: at most `limit` each of log entries, cards, alarms and activations. What is open,
   * shelved or not worked off stays, however old. Gives how many rows went; 0: nothing is left to forget.
   */
  forget(before: Date, limit: number): Promise<number>;
  /** Alerts kept, and those not worked off. */
  counts(): Promise<{ alerts: number; waiting: number }>;
}
