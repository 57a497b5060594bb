/** What is pressed on an alert card: at once, or after a modal that asks for a reason. Who may is the door's to say. */
import {
  type APIModalInteractionResponseCallbackData,
  type ButtonInteraction,
  ComponentType,
  MessageFlags,
  type ModalSubmitInteraction,
} from 'discord.js';
import type { AlertAction, Door, Person, ShelveMinutes } from '../../bot/types.ts';
import { modal, parseId, reasonInput } from './commands.ts';

const DURATIONS: readonly { value: ShelveMinutes; label: string }[] = [
  { value: 15, label: '15 minutes' },
  { value: 60, label: 'an hour' },
  { value: 480, label: 'eight hours' },
];

/** As the desk takes it. */
const MAX_REASON = 300;

export const isAlertId = (customId: string) => customId.startsWith('alert.');

/** Opens a modal, or resolves to what the person is told. */
export async function pressAlert(
  interaction: ButtonInteraction,
  door: Door,
  author: Person,
): Promise<string | undefined> {
  const { kind, cardId } = partsOf(interaction.customId);
  const base = { id: interaction.id, cardId, author };
  if (kind === 'shelve' || kind === 'wrong') {
    // With no reason nothing is done, but a person without the role is refused, which the audit log keeps.
    const empty = { ...base, reason: '' };
    const judged = await door.actOnAlert(kind === 'shelve' ? { kind, ...empty, minutes: 15 } : { kind, ...empty });
    if (judged.kind === 'denied') return judged.notice;
    await interaction.showModal(kind === 'shelve' ? shelveModal(cardId) : wrongModal(cardId));
    return undefined;
  }
  await interaction.deferReply({ flags: MessageFlags.Ephemeral });
  if (kind === 'assign') return (await door.actOnAlert({ kind, ...base, to: author })).notice;
  if (kind === 'acknowledge' || kind === 'unshelve' || kind === 'explain') {
    return (await door.actOnAlert({ kind, ...base })).notice;
  }
  return 'This button is not known any more.';
}

/** The interaction has been deferred; resolves to what the person is told. */
export async function submitAlert(interaction: ModalSubmitInteraction, door: Door, author: Person): Promise<string> {
  const { kind, cardId } = partsOf(interaction.customId);
  const base = { id: interaction.id, cardId, author, reason: interaction.fields.getTextInputValue('reason') };
  if (kind === 'wrong') return (await door.actOnAlert({ kind, ...base })).notice;
  const chosen = Number(interaction.fields.getStringSelectValues('minutes')[0]);
  const minutes = DURATIONS.find(({ value }) => value === chosen)?.value;
  if (kind !== 'shelve' || minutes === undefined) return 'Choose 15 minutes, an hour or eight hours.';
  return (await door.actOnAlert({ kind, ...base, minutes })).notice;
}

function partsOf(customId: string): { kind: AlertAction['kind'] | string; cardId: string } {
  const { verb, about } = parseId(customId);
  return { kind: verb.slice('alert.'.length), cardId: about };
}

function shelveModal(cardId: string): APIModalInteractionResponseCallbackData {
  const opened = modal(`alert.shelve:${cardId}`, 'Shelve these alarms', [
    ['Why?', 'Everybody on shift sees it.', reasonInput(MAX_REASON)],
  ]);
  return {
    ...opened,
    components: [
      {
        type: ComponentType.Label,
        label: 'For how long?',
        description: 'Never for ever: they come back by themselves.',
        component: {
          type: ComponentType.StringSelect,
          custom_id: 'minutes',
          options: DURATIONS.map(({ value, label }) => ({ label, value: String(value) })),
        },
      },
      ...opened.components,
    ],
  };
}

function wrongModal(cardId: string): APIModalInteractionResponseCallbackData {
  return modal(`alert.wrong:${cardId}`, 'Wrong diagnosis', [
    ['What speaks against it?', 'It is material for the next round.', reasonInput(MAX_REASON)],
  ]);
}
