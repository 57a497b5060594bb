/**
 * What the next shift must know: what fired, what is open, shelved, flagged and learned, with the alarm system's figures.
 * The same for the daily digest, over a day. It reads the stores; where it is shown is another's.
 */
import type { AlertCard, Correction, Flag, OpenQuestion, Store } from '../types.ts';
import { type AlertRules, PRIORITIES } from './config.ts';
import { type AlarmFigures, alarmFigures, ratePlot } from './figures.ts';
import { createRouting } from './route.ts';
import type { AlertStore, Rejection } from './types.ts';

export interface HandoverParts {
  alerts: AlertStore;
  store: Pick<Store, 'export' | 'openQuestions' | 'exchange'>;
  rules: AlertRules;
}

export interface Handover {
  from: string;
  to: string;
  shift: string | null;
  /** Cards that came within the time; those of quiet hours too. */
  fired: number;
  open: AlertCard[];
  shelved: { title: string; notice: string }[];
  /** Returned to normal without anybody having acknowledged. */
  unseen: { title: string; at: string }[];
  flagged: { question: string; reason: string; by: string }[];
  learned: { question: string; answer: string; by: string }[];
  questions: OpenQuestion[];
  figures: AlarmFigures;
  rejected: Rejection[];
  text: string;
  /** SVG document. */
  plot: string;
}

const LISTED = 5;
const SHIFT_HOURS = 8;
const HOUR_MS = 3_600_000;

/** `hours`: how far back; by default since the shift began, where shifts are configured, else eight hours. */
export async function handover(parts: HandoverParts, now: Date, hours?: number): Promise<Handover> {
  const { alerts, store, rules } = parts;
  const routing = createRouting(rules);
  const shift = routing.shift(now);
  const minutes = shift ? (routing.minuteOfDay(now) - shift.from + 1440) % 1440 : 0;
  const back = hours === undefined ? (minutes >= 30 ? minutes / 60 : SHIFT_HOURS) : hours;
  const [from, to] = [new Date(now.getTime() - back * HOUR_MS), now];
  const between = (at: string): boolean => at >= from.toISOString() && at <= to.toISOString();

  const [activations, records, opened, ended, live, rejected, questions] = await Promise.all([
    alerts.activations(from.getTime(), to.getTime() + 1),
    alerts.cardsBetween(from.toISOString(), to.toISOString()),
    alerts.cards({ open: true }),
    alerts.cards({ since: from.toISOString() }),
    alerts.liveAlarms(),
    alerts.rejections(),
    store.openQuestions(),
  ]);
  const known = new Set(live.map(({ id }) => id));
  const others = [...new Set(activations.map(({ alarmId }) => alarmId))].filter((id) => !known.has(id));
  const figures = alarmFigures({
    ...{ from: from.getTime(), to: to.getTime(), activations },
    alarms: [...live, ...(await alerts.alarms(others))],
    floods: records
      .filter(({ form }) => form === 'flood')
      .map(({ openedAt, calmAt }) => ({ from: Date.parse(openedAt), to: calmAt ? Date.parse(calmAt) : to.getTime() })),
    operators: routing.operators,
  });
  const flags = await collect<Flag>(store.export('flags'), (one) => !one.withdrawn && between(one.createdAt));
  const corrections = await collect<Correction>(
    store.export('corrections'),
    (one) => !one.withdrawn && between(one.createdAt),
  );
  const urgency = (card: AlertCard) => `${PRIORITIES.indexOf(card.priority)} ${card.openedAt} ${card.title}`;
  const open = opened.sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1));
  const facts = {
    from: from.toISOString(),
    to: to.toISOString(),
    shift: shift?.name ?? null,
    fired: records.filter(({ openedAt }) => between(openedAt)).length,
    open,
    shelved: open.flatMap(({ title, notices, counts }) =>
      counts.shelved > 0 ? [{ title, notice: notices.find((one) => one.includes('helved')) ?? '' }] : [],
    ),
    unseen: ended
      .filter((card) => card.state === 'resolved' && !card.acknowledgedBy && between(card.resolvedAt ?? ''))
      .map(({ title, resolvedAt }) => ({ title, at: resolvedAt ?? '' })),
    flagged: await Promise.all(
      flags.map(async ({ exchangeId, reason, author }) => ({
        question: (await store.exchange(exchangeId))?.message.text ?? '',
        reason,
        by: author.name,
      })),
    ),
    learned: corrections.map(({ question, answer, author }) => ({ question, answer, by: author.name })),
    questions,
    figures,
    rejected,
  };
  const clock = clockOf(rules.timezone, back >= 24);
  return { ...facts, text: textOf(facts, clock), plot: ratePlot(figures, clock) };
}

function textOf(of: Omit<Handover, 'text' | 'plot'>, clock: (at: Date) => string): string {
  const { figures, open, questions } = of;
  const time = (iso: string): string => clock(new Date(iso));
  const tops = figures.topTen
    .slice(0, 3)
    .map(({ tag, condition, times }) => `${[tag, condition].filter(Boolean).join(' ')} (${times})`);
  return [
    `${of.shift ? `Shift ${of.shift}, ` : ''}${time(of.from)} to ${time(of.to)}: ${count(of.fired, 'alert')} came, ${open.length} open, ${of.shelved.length} shelved.`,
    ...listed('Open', open, (card) => openLine(card, time)),
    ...listed('Shelved', of.shelved, ({ title, notice }) => `${title}: ${notice.replace(ISO, time)}`),
    ...listed('Over, and acknowledged by nobody', of.unseen, ({ title, at }) => `${title}, until ${time(at)}`),
    ...listed('Flagged', of.flagged, ({ question, reason, by }) => `${short(question)}: ${short(reason)} (${by})`),
    ...listed('Learned', of.learned, ({ question, answer, by }) => `${short(question)}: ${short(answer)} (${by})`),
    ...listed('Waiting for people', questions, ({ question }) => short(question)),
    `Alarms an operator in 10 min: ${number(figures.rate.mean)} on average, ${number(figures.rate.peak)} at most (1 is acceptable, 2 can be managed); ${percent(figures.shareInFlood)} of the time in flood.`,
    ...(tops.length
      ? [`Most frequent: ${tops.join(', ')}. Stale: ${figures.stale}. Chattering: ${figures.chattering}.`]
      : []),
    `Priorities: ${Object.entries(figures.priorities)
      .map(([name, share]) => `${name} ${percent(share)}`)
      .join(', ')} (80 low and medium, 15 high, 5 critical is the practice).`,
    ...(of.rejected.length
      ? [
          `Deliveries turned away so far: ${of.rejected.map(({ source, reason, count: n }) => `${source} ${reason} ${n}`).join(', ')}.`,
        ]
      : []),
  ].join('\n');
}

function openLine(card: AlertCard, time: (iso: string) => string): string {
  const who = card.assignedTo
    ? `, ${card.assignedTo.name} has it`
    : card.counts.unacknowledged > 0
      ? ', unacknowledged'
      : '';
  const fault = card.triage?.state === 'answered' ? card.triage.faults[0] : undefined;
  const cause = fault ? `; probably ${fault.fault} (${percent(fault.confidence)})` : '';
  return `${card.title} (${card.priority}) since ${time(card.openedAt)}${who}${cause}`;
}

const ISO = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;

function listed<T>(title: string, items: readonly T[], line: (item: T) => string): string[] {
  if (items.length === 0) return [];
  const more = items.length > LISTED ? [`  and ${items.length - LISTED} more`] : [];
  return [`${title}:`, ...items.slice(0, LISTED).map((item) => `  ${line(item)}`), ...more];
}

/** 14:05 at the plant; Sat 14:05 where that alone could be several days'. */
function clockOf(timezone: string, days: boolean): (at: Date) => string {
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    ...(days ? { weekday: 'short' as const } : {}),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => wall.format(at).replace(',', '');
}

async function collect<T>(items: AsyncIterable<object>, wanted: (item: T) => boolean): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) if (wanted(item as T)) found.push(item as T);
  return found;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function number(value: number): string {
  return String(Number(value.toFixed(1)));
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
