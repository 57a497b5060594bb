/** The modals: flag, correct, teach, why; and what is read from them when they come back. Inputs within Slack's limits. */
import type { types, ViewOutput } from '@slack/bolt';
import { clip } from '../shared/fold.ts';
import { plain } from '../shared/text.ts';
import { paragraphs } from './blocks.ts';

type Modal = types.ModalView;

/** What a modal carries until it comes back. */
export interface Carried {
  exchangeId?: string;
  cardId?: string;
  channel: string;
  thread: string;
}

export function flagModal(carried: Carried): Modal {
  return modal('flag', 'Flag this answer', 'Flag', carried, [
    input('reason', 'What is wrong with it?', {
      most: 1000,
      hint: 'Engineers see it, and the next round learns from it.',
    }),
  ]);
}

/** `open`: nobody has answered yet. */
export function correctModal(carried: Carried, open: boolean): Modal {
  return modal('correct', open ? 'Answer it' : 'Correct this answer', 'Save', carried, [
    input('answer', 'The right answer', {
      most: 2000,
      hint: 'It counts at once. Of a choice: the option’s text or letter.',
    }),
    input('rationale', 'Why', { most: 3000, optional: true, hint: 'What shows it; learned with the answer.' }),
  ]);
}

export function teachModal(carried: Carried, question: string, answer: string): Modal {
  return modal('teach', 'Teach this', 'Teach', carried, [
    input('question', 'What would somebody ask?', { most: 1000, value: question }),
    input('answer', 'The right answer', { most: 2000, value: answer }),
    input('rationale', 'Why', { most: 3000, optional: true }),
  ]);
}

export function shelveModal(carried: Carried): Modal {
  const choice = (text: string, value: string) => ({ text: plainText(text), value });
  const options = [choice('15 minutes', '15'), choice('1 hour', '60'), choice('8 hours', '480')];
  const minutes: types.InputBlock = {
    type: 'input',
    block_id: 'minutes',
    label: plainText('For how long?'),
    element: { type: 'radio_buttons', action_id: 'minutes', options, initial_option: options[0]! },
  };
  return modal('alert.shelve', 'Shelve', 'Shelve', carried, [
    minutes,
    input('reason', 'Why?', { most: 300, hint: 'Stands on the card. It comes back by itself when the time is over.' }),
  ]);
}

export function wrongModal(carried: Carried): Modal {
  return modal('alert.wrong', 'Wrong diagnosis', 'Flag', carried, [
    input('reason', 'What is wrong with it?', { most: 300 }),
  ]);
}

/** Something to read, with nothing to send. */
export function readModal(title: string, blocks: types.KnownBlock[]): Modal {
  return { type: 'modal', title: plainText(clip(title, 24)), close: plainText('Close'), blocks };
}

export function noticeModal(title: string, notice: string): Modal {
  return readModal(title, paragraphs(notice, 2));
}

/** The inputs' values by name, trimmed. */
export function valuesOf(view: ViewOutput): Record<string, string> {
  const given = Object.entries(view.state.values).map(([name, block]) => {
    const value = block[name]?.value ?? block[name]?.selected_option?.value;
    return [name, value?.trim() ?? ''];
  });
  return Object.fromEntries(given);
}

export function carriedBy(view: ViewOutput): Carried {
  return JSON.parse(view.private_metadata) as Carried;
}

function modal(id: string, title: string, submit: string, carried: Carried, blocks: types.KnownBlock[]): Modal {
  return {
    type: 'modal',
    callback_id: id,
    title: plainText(title),
    submit: plainText(submit),
    close: plainText('Cancel'),
    private_metadata: JSON.stringify(carried),
    blocks,
  };
}

function input(
  name: string,
  label: string,
  { most, optional = false, hint, value }: { most: number; optional?: boolean; hint?: string; value?: string },
): types.InputBlock {
  const initial = value === undefined ? '' : clip(plain(value), most);
  return {
    type: 'input',
    block_id: name,
    label: plainText(label),
    optional,
    ...(hint ? { hint: plainText(hint) } : {}),
    element: {
      type: 'plain_text_input',
      action_id: name,
      multiline: true,
      max_length: most,
      ...(initial ? { initial_value: initial } : {}),
    },
  };
}

function plainText(text: string): types.PlainTextElement {
  return { type: 'plain_text', text, emoji: false };
}
