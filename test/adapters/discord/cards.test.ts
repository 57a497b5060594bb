/** The cards in docs/cards/discord/ are what is sent; UPDATE_CARDS=1 writes them anew. Discord takes each of them. */
import { expect, it } from 'vitest';
import { alertBody } from '../../../adapters/discord/alert.ts';
import { type Body, cardOf, details } from '../../../adapters/discord/card.ts';
import { correctModal, flagModal, teachModal } from '../../../adapters/discord/commands.ts';
import { reviewBody } from '../../../adapters/discord/review.ts';
import { createMessage, modal, read } from '../../peers/discord/forms.ts';
import { keptIn } from '../shared/kept.ts';
import { ALERT_SAMPLE, REVIEW_SAMPLES, SAMPLES } from '../shared/samples.ts';

const same = keptIn('discord');

const messages: [name: string, body: Body][] = [
  ...SAMPLES.map(({ name, reply, exchange }): [string, Body] => [name, cardOf(reply, exchange)]),
  ['why', details(SAMPLES.find(({ name }) => name === 'escalated')!.reply)],
  ['alert', alertBody(ALERT_SAMPLE)],
  ['review', reviewBody(REVIEW_SAMPLES)],
];
const modals: [string, object][] = [
  ['modal flag', flagModal('sample-answered')],
  ['modal correct', correctModal('sample-answered', '')],
  [
    'modal teach',
    teachModal('1573744583005700097/1573744583005700098', '', 'The shake of P-101 was the coupling insert.'),
  ],
];

it.each(messages)('a card: %s', async (name, body) => {
  expect(read(createMessage, body)).toHaveProperty('body');
  await same(name, body);
});

it.each(modals)('a %s', async (name, body) => {
  expect(read(modal, body)).toHaveProperty('body');
  await same(name, body);
});
