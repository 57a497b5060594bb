/**
 * An alert card as Discord shows it: one embed at the channel's top level, edited in place, with a button for each thing
 * that may be done now. Its texts come from outside: they are made harmless and escaped like a model's.
 */
import {
  type APIActionRowComponent,
  type APIButtonComponent,
  type APIComponentInMessageActionRow,
  type APIEmbed,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import type { AlarmLine, AlertCard } from '../../bot/types.ts';
import { LABELS, MARK } from '../shared/alert-words.ts';
import { harmless } from '../shared/text.ts';
import { type Body, NO_MENTIONS, within } from './card.ts';

const COLORS = { critical: 0xb83232, high: 0xdd6b20, medium: 0xb7791f, low: 0x2b6cb0, resolved: 0x2e7d4f };
const BUTTONS_A_ROW = 5;

export function alertBody(card: AlertCard): Body {
  const { state, priority, title, actions } = card;
  const embed: APIEmbed = {
    color: state === 'resolved' ? COLORS.resolved : COLORS[priority],
    title: `${state === 'resolved' ? '✔' : MARK[priority]} ${say(title, 200)}`.trim(),
    description: [headOf(card), ...card.alarms.map(lineOf), card.more > 0 ? `… and ${card.more} more` : '']
      .filter(Boolean)
      .join('\n')
      .slice(0, 3000),
    fields: fieldsOf(card),
    timestamp: card.openedAt,
    footer: { text: state === 'resolved' ? 'Resolved; open since' : 'Since' },
  };
  return { content: '', embeds: [embed], components: rowsOf(card.id, actions), allowed_mentions: NO_MENTIONS };
}

function headOf({ form, counts, area, machine, areas }: AlertCard): string {
  const figures = `${counts.active} active, ${counts.unacknowledged} unacknowledged, ${counts.shelved} shelved`;
  if (form === 'flood') {
    const where = (areas ?? []).map(({ area: name, active, total }) => `${say(name, 60)}: ${active} of ${total}`);
    return [`**More alarms than a person can read**: ${figures}.`, ...where.slice(0, 10)].join('\n');
  }
  const what = machine
    ? `${say(machine.description || machine.class, 80)}, owner ${say(machine.owner || 'none', 40)}`
    : '';
  return [[say(area, 60), what].filter(Boolean).join(' · '), figures].filter(Boolean).join('\n');
}

function lineOf({ priority, tag, condition, state, value, times, chattering, stale }: AlarmLine): string {
  const notes = [
    state,
    ...(value ? [say(value, 40)] : []),
    ...(times > 1 ? [`${times} times`] : []),
    ...(chattering ? ['chattering'] : []),
    ...(stale ? ['stale'] : []),
  ];
  return `${MARK[priority]} **${say(tag, 40)}** ${say(condition, 80)}: ${notes.join(', ')}`;
}

function fieldsOf({ triage, firstOut, acknowledgedBy, assignedTo, notices, log }: AlertCard): APIEmbed['fields'] {
  const faults = (triage?.faults ?? []).map(
    ({ fault, confidence }) => `${say(fault, 80)} ${Math.round(confidence * 100)} %`,
  );
  const checks = (triage?.checks ?? []).map(({ what, tells }) => `${say(what, 120)}: ${say(tells, 160)}`);
  const people = [
    ...(acknowledgedBy ? [`acknowledged by ${say(acknowledgedBy.name, 60)}`] : []),
    ...(assignedTo ? [`taken by ${say(assignedTo.name, 60)}`] : []),
  ];
  const diagnosis = triage && [...faults, ...(faults.length === 0 ? [say(triage.reason, 300)] : [])].join('\n');
  return [
    { name: 'First', value: firstOut ? `${say(firstOut.tag, 40)} ${say(firstOut.condition, 80)}` : '' },
    { name: 'Probable', value: diagnosis ?? '' },
    {
      name: 'Look at',
      value: (triage?.parameters ?? [])
        .map((one) => say(one, 60))
        .slice(0, 8)
        .join(', '),
    },
    { name: 'Check', value: checks.slice(0, 3).join('\n') },
    { name: 'Who', value: people.join(', ') },
    {
      name: 'Note',
      value: notices
        .map((one) => say(one, 200))
        .slice(0, 5)
        .join('\n'),
    },
    {
      name: 'Log',
      value: log
        .slice(-3)
        .map(({ at, text }) => `${at.slice(11, 16)} UTC ${say(text, 100)}`)
        .join('\n'),
    },
  ]
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => ({ name, value: value.slice(0, 700) }));
}

function rowsOf(
  cardId: string,
  actions: AlertCard['actions'],
): APIActionRowComponent<APIComponentInMessageActionRow>[] {
  const buttons = actions.map(
    (kind): APIButtonComponent => ({
      type: ComponentType.Button,
      style: kind === 'acknowledge' ? ButtonStyle.Primary : ButtonStyle.Secondary,
      label: LABELS[kind],
      custom_id: `alert.${kind}:${cardId}`,
    }),
  );
  const rows = [buttons.slice(0, BUTTONS_A_ROW), buttons.slice(BUTTONS_A_ROW)].filter((row) => row.length > 0);
  return rows.map((components) => ({ type: ComponentType.ActionRow, components }));
}

const say = (text: string, max: number) => within(harmless(text).replace(/\n+/g, ' '), max);
