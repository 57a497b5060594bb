/** What people can type and press: `/rounds …` with its options, and "Teach this" on a message. Ids of buttons and modals too. */
import {
  type APIModalInteractionResponseCallbackData,
  type APITextInputComponent,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ComponentType,
  InteractionContextType,
  type RESTPutAPIApplicationCommandsJSONBody,
  TextInputStyle,
} from 'discord.js';
import { clip } from '../shared/fold.ts';

export const TEACH = 'Teach this';
export const ASK = 'ask';

/** In servers and in direct messages with the bot. */
const contexts = [InteractionContextType.Guild, InteractionContextType.BotDM];
const text = ApplicationCommandOptionType.String as const;
const sub = ApplicationCommandOptionType.Subcommand as const;

export const COMMANDS: RESTPutAPIApplicationCommandsJSONBody = [
  {
    type: ApplicationCommandType.ChatInput,
    name: 'rounds',
    description: 'Ask about a machine, and see how the bot is',
    contexts,
    options: [
      {
        type: sub,
        name: ASK,
        description: 'What could be wrong, what to look at, what to do',
        options: [
          {
            type: text,
            name: 'question',
            description: 'What you see, hear or measure',
            required: true,
            max_length: 4000,
          },
          { type: text, name: 'asset', description: 'The machine’s tag', autocomplete: true, max_length: 100 },
          { type: text, name: 'options', description: 'Possible answers, with | between them', max_length: 2000 },
        ],
      },
      { type: sub, name: 'status', description: 'How the bot is: student, teachers, queue' },
      {
        type: sub,
        name: 'flags',
        description: 'Flagged answers that nobody has put right, and questions waiting for people',
      },
      { type: sub, name: 'review', description: 'What waits for an engineer before it is taught' },
      {
        type: sub,
        name: 'handover',
        description: 'What the next shift should know',
        options: [
          {
            type: ApplicationCommandOptionType.Integer,
            name: 'hours',
            description: 'How far back; else since the shift began',
            min_value: 1,
            max_value: 168,
          },
        ],
      },
      { type: sub, name: 'help', description: 'What can be asked and done' },
    ],
  },
  { type: ApplicationCommandType.Message, name: TEACH, contexts: [InteractionContextType.Guild] },
];

/** `verb:about`, as custom ids of buttons and modals carry it. */
export function parseId(customId: string): { verb: string; about: string } {
  const at = customId.indexOf(':');
  return { verb: customId.slice(0, Math.max(at, 0)), about: customId.slice(at + 1) };
}

export function flagModal(exchangeId: string): APIModalInteractionResponseCallbackData {
  return modal(`flag:${exchangeId}`, 'Flag this answer', [
    ['What is wrong or doubtful?', 'It is material for the next round.', reasonInput()],
  ]);
}

export function correctModal(exchangeId: string, answer: string): APIModalInteractionResponseCallbackData {
  return modal(`correct:${exchangeId}`, 'Correct this answer', [
    ['The right answer', 'It counts at once, for everybody.', input('answer', 2000, true, { value: answer })],
    ['Why', 'What it was seen by.', input('rationale', 3000, false)],
  ]);
}

export function teachModal(about: string, question: string, answer: string): APIModalInteractionResponseCallbackData {
  return modal(`teach:${about}`, TEACH, [
    ['What somebody would ask', 'With the machine’s tag or class.', input('question', 2000, true, { value: question })],
    ['The right answer', 'It counts at once, for everybody.', input('answer', 2000, true, { value: answer })],
    ['Why', 'What it was seen by.', input('rationale', 3000, false)],
  ]);
}

export function modal(
  custom_id: string,
  title: string,
  parts: [label: string, description: string, component: APITextInputComponent][],
): APIModalInteractionResponseCallbackData {
  return {
    custom_id,
    title,
    components: parts.map(([label, description, component]) => ({
      type: ComponentType.Label,
      label,
      description,
      component,
    })),
  };
}

export function reasonInput(max = 1000): APITextInputComponent {
  return input('reason', max, true);
}

function input(
  custom_id: string,
  max_length: number,
  required: boolean,
  { value = '' }: { value?: string } = {},
): APITextInputComponent {
  return {
    type: ComponentType.TextInput,
    custom_id,
    style: TextInputStyle.Paragraph,
    max_length,
    required,
    ...(value === '' ? {} : { value: clip(value, max_length) }),
  };
}
