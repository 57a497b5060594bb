/**
 * An alert card as Slack shows it: one message at the channel's top level, edited in place, with a button for each thing
 * that may be done now. Its texts come from outside: they stand in plain and rich text, where nothing has force.
 */
import type { types } from '@slack/bolt';
import type { AlarmLine, AlertAction, AlertCard } from '../../bot/types.ts';
import { LABELS, MARK } from '../shared/alert-words.ts';
import { clip } from '../shared/fold.ts';
import { harmless } from '../shared/text.ts';
import { button, type Content, context, escapeText, header, richText } from './blocks.ts';

export function alertContent(card: AlertCard): Content {
  const { id, state, priority, actions } = card;
  const title = `${state === 'resolved' ? '✔' : MARK[priority]} ${say(card.title, 130)}`;
  const lines = [...card.alarms.map(alarmLine), ...(card.more > 0 ? [`… and ${card.more} more`] : [])];
  const blocks: types.KnownBlock[] = [
    header(title),
    context([figuresOf(card)]),
    ...(lines.length > 0 ? [richText(lines.join('\n'))] : []),
    ...diagnosis(card),
    ...(card.notices.length > 0 ? [context(card.notices.slice(0, 5).map((notice) => say(notice, 300)))] : []),
    context([peopleOf(card), ...card.log.slice(-3).map(({ at, text }) => `${at.slice(11, 16)} UTC ${say(text, 150)}`)]),
  ];
  if (actions.length > 0) {
    const style = (kind: AlertAction['kind']) => (kind === 'acknowledge' ? ('primary' as const) : undefined);
    const buttons = actions.map((kind) => button(LABELS[kind], `alert.${kind}`, id, style(kind)));
    blocks.push({ type: 'actions', elements: buttons });
  }
  return { text: escapeText(title), blocks };
}

function figuresOf({ form, state, area, machine, counts, areas = [], firstOut }: AlertCard): string {
  const flood = areas.slice(0, 10).map(({ area: name, active, total }) => `${say(name, 60)} ${active} of ${total}`);
  const what = machine
    ? `${say(machine.description || machine.class, 80)}, owner ${say(machine.owner || 'none', 40)}`
    : '';
  return [
    ...(form === 'flood' ? ['More alarms than a person can read'] : []),
    ...(state === 'resolved' ? ['Resolved'] : []),
    ...[say(area, 60), what, ...flood].filter(Boolean),
    `${counts.active} active, ${counts.unacknowledged} unacknowledged, ${counts.shelved} shelved of ${counts.total}`,
    ...(firstOut ? [`first: ${say(firstOut.tag, 40)} ${say(firstOut.condition, 80)}`] : []),
  ].join(' · ');
}

function alarmLine({ priority, tag, condition, state, value, times, chattering, stale }: AlarmLine): string {
  const notes = [
    ...[state, ...(value ? [say(value, 40)] : []), ...(times > 1 ? [`${times} times`] : [])],
    ...[...(chattering ? ['chattering'] : []), ...(stale ? ['stale'] : [])],
  ];
  return `${MARK[priority]} ${say(tag, 40)}  ${say(condition, 80)}: ${notes.join(', ')}`;
}

function diagnosis({ triage }: AlertCard): types.KnownBlock[] {
  if (!triage) return [];
  const faults = triage.faults
    .slice(0, 4)
    .map(({ fault, confidence }) => `${say(fault, 80)} ${Math.round(confidence * 100)} %`);
  const checks = triage.checks.slice(0, 3).map(({ what, tells }) => `${say(what, 150)}: ${say(tells, 200)}`);
  const look = triage.parameters.slice(0, 8).map((one) => say(one, 60));
  return [
    ...(faults.length > 0 ? [richText(`Probable: ${faults.join(', ')}`, { bold: true })] : []),
    ...(look.length > 0 ? [richText(`Look at ${look.join(', ')}`)] : []),
    ...(checks.length > 0 ? [richText(checks.join('\n'))] : []),
    ...(faults.length === 0 && triage.reason ? [context([say(triage.reason, 400)])] : []),
  ];
}

function peopleOf({ acknowledgedBy, assignedTo, openedAt }: AlertCard): string {
  return [
    `since ${openedAt.slice(11, 16)} UTC`,
    ...(acknowledgedBy ? [`acknowledged by ${say(acknowledgedBy.name, 60)}`] : []),
    ...(assignedTo ? [`taken by ${say(assignedTo.name, 60)}`] : []),
  ].join(' · ');
}

const say = (text: string, most: number) => clip(harmless(text).replace(/\n+/g, ' '), most);
