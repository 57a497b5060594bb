/** The cards in docs/cards/slack/ are what is sent; UPDATE_CARDS=1 writes them anew. Slack takes each of them. */
import { expect, it } from 'vitest';
import { viewOf } from '../../../adapters/shared/view.ts';
import { alertContent } from '../../../adapters/slack/alert.ts';
import { replyContent, whyBlocks } from '../../../adapters/slack/blocks.ts';
import { homeView } from '../../../adapters/slack/home.ts';
import {
  correctModal,
  flagModal,
  readModal,
  shelveModal,
  teachModal,
  wrongModal,
} from '../../../adapters/slack/modals.ts';
import { blockFaults, viewFaults } from '../../peers/slack/blocks.ts';
import { keptIn } from '../shared/kept.ts';
import { ALERT_SAMPLE, HOME_SAMPLE, REVIEW_SAMPLES, SAMPLES } from '../shared/samples.ts';

const same = keptIn('slack');
const CARRIED = { exchangeId: 'sample-answered', channel: 'C0OPS', thread: '1795270000.000100' };

const messages: [string, { text: string; blocks: object[] }][] = [
  ...SAMPLES.map(({ name, reply, exchange }): [string, ReturnType<typeof replyContent>] => [
    name,
    replyContent(reply, exchange),
  ]),
  ['alert', alertContent(ALERT_SAMPLE)],
];
const modals: [string, object][] = [
  ['why', why()],
  ['modal flag', flagModal(CARRIED)],
  ['modal correct', correctModal(CARRIED, false)],
  ['modal teach', teachModal(CARRIED, '', 'The shake of P-101 was the coupling insert.')],
  ['modal shelve', shelveModal(CARRIED)],
  ['modal wrong', wrongModal(CARRIED)],
  ['home', homeView(HOME_SAMPLE, REVIEW_SAMPLES, { notice: 'Accepted: “P-102 hums”', undo: 'trace/0a1b2c3d4e5f' })],
];

it.each(messages)('a card: %s', async (name, { text, blocks }) => {
  expect(blockFaults(blocks, 'message')).toEqual([]);
  expect(text).not.toBe('');
  await same(name, { text, blocks });
});

it.each(modals)('a modal: %s', async (name, modal) => {
  expect(viewFaults(modal as Record<string, unknown>)).toEqual([]);
  await same(name, modal);
});

function why(): object {
  const { reply, exchange } = SAMPLES.find(({ name }) => name === 'escalated')!;
  const view = viewOf(reply, exchange);
  if (view.kind !== 'answer') throw new Error('the sample is no answer');
  return readModal('Why this answer', whyBlocks(view));
}
