/** The answer card: what is answered, how sure, by whom and why; rationale and sources one click away. */
import { h, icon, lines } from './dom.js';
import { standingCorrection } from './model.js';
import { confidenceWords, count, duration, percent, standing, timeOf } from './words.js';

export function renderCard(entry, me) {
  const { answer, notice } = entry.reply;
  if (answer === undefined) return h('p', { class: 'notice' }, lines(notice ?? 'Done.'));
  const stands = standing(answer);
  const correction = standingCorrection(entry);
  return h(
    'section',
    { class: `card ${stands.kind}${correction ? ' corrected' : ''}`, 'aria-label': 'Answer' },
    correction && corrected(correction, me),
    verdict(answer, correction),
    h(
      'div',
      { class: 'standing' },
      sure(answer, correction),
      h('span', { class: `chip ${stands.kind}` }, icon(stands.icon), stands.words),
      stands.kind !== 'person' &&
        answer.sources.some(isCorrection) &&
        h('span', { class: 'chip person' }, icon('correct'), 'Cites a correction'),
      answer.ms > 0 && h('span', { class: 'quiet' }, duration(answer.ms)),
    ),
    answer.reason &&
      h('p', { class: 'reason' }, answer.outcome === 'escalated' && h('b', {}, 'Escalated: '), lines(answer.reason)),
    answer.options?.length > 0 && options(answer),
    answer.rationale && fold('rationale', 'Rationale', h('p', {}, answer.rationale)),
    answer.attempt && attempt(answer.attempt),
    answer.opinions?.length > 0 && opinions(answer.opinions),
    answer.sources.length > 0 && sources(answer.sources),
    notice && h('p', { class: 'reason' }, lines(notice)),
  );
}

/** One line for a screen reader. */
export function spoken(entry) {
  const { answer, notice } = entry.reply;
  if (answer === undefined) return notice ?? '';
  if (answer.outcome === 'refused') return `Not answered: ${answer.reason}`;
  if (answer.answer === '') return `Waiting for people: ${answer.reason}`;
  const { words } = confidenceWords(answer.confidence);
  return `Answer: ${answer.answer} ${percent(answer.confidence)}, ${words}, by ${standing(answer).words}.`;
}

function verdict(answer, correction) {
  if (answer.answer === '') {
    const line = answer.outcome === 'refused' ? 'This is not answered here.' : 'No teacher knows: people are asked.';
    return h('p', { class: 'answer' }, line);
  }
  if (correction)
    return h('p', { class: 'answer before' }, h('span', { class: 'label' }, 'Before: '), h('s', {}, answer.answer));
  return h('p', { class: 'answer' }, answer.answer);
}

function corrected(correction, me) {
  return h(
    'div',
    { class: 'correction' },
    h(
      'p',
      { class: 'label' },
      icon('correct'),
      `Corrected by ${nameOf(correction.author, me)}, ${timeOf(correction.createdAt)}`,
    ),
    h('p', { class: 'answer' }, correction.answer),
    correction.rationale && h('p', { class: 'why' }, correction.rationale),
  );
}

/** How sure the answer was; of one that a person has put right, only that it was said so. */
function sure(answer, correction) {
  if (answer.outcome === 'refused' || answer.answer === '') return null;
  return correction
    ? h('span', { class: 'was' }, `said with ${percent(answer.confidence)}`)
    : confidence(answer.confidence);
}

const isCorrection = (source) => source.kind === 'correction';

/** A bar is easy to believe: the number and the words stand beside it. */
function confidence(p) {
  const { words, level } = confidenceWords(p);
  const value = h('span', { class: 'bar-value' });
  value.style.inlineSize = `${Math.round(p * 100)}%`;
  return h(
    'span',
    {
      class: `confidence ${level}`,
      title: 'How often answers like this one are right, measured on questions kept apart',
    },
    h('span', { class: 'bar-track', 'aria-hidden': 'true' }, value),
    h('b', {}, percent(p)),
    h('span', {}, words),
  );
}

function options(answer) {
  return h(
    'ul',
    { class: 'options', 'aria-label': 'Options' },
    answer.options.map(({ option, probability }) => {
      const value = h('span', { class: 'bar-value' });
      value.style.inlineSize = `${Math.round(probability * 100)}%`;
      return h(
        'li',
        { class: same(option, answer.answer) ? 'chosen' : '' },
        h('span', { class: 'option' }, option),
        h('span', { class: 'bar-track', 'aria-hidden': 'true' }, value),
        h('span', { class: 'figure' }, percent(probability)),
      );
    }),
  );
}

const same = (option, answer) => plain(option) === plain(answer);
const plain = (text) =>
  text
    .toLowerCase()
    .replace(/[.\s]+$/, '')
    .trim();

function attempt({ answer, rationale, confidence: p }) {
  return fold(
    'attempt',
    `The student's own try: ${answer || 'none'} (${percent(p)})`,
    h('p', {}, rationale || 'It gave no rationale.'),
  );
}

/** What teachers said who did not agree: no answer, but of use to whoever gives one. */
function opinions(list) {
  return fold(
    'opinions',
    `What teachers said, without agreeing or being sure (${list.length})`,
    h(
      'ul',
      {},
      list.map((one) =>
        h('li', {}, h('b', {}, `${one.teacher} (${percent(one.confidence)}): `), one.answer, h('p', {}, one.rationale)),
      ),
    ),
  );
}

function sources(list) {
  const cited = list.filter(isCorrection).length;
  const words = count(list.length, 'source') + (cited > 0 ? `, ${count(cited, 'correction')} among them` : '');
  return fold(
    'sources',
    words,
    h(
      'ol',
      { class: 'source-list' },
      list.map((source) =>
        h(
          'li',
          { class: isCorrection(source) ? 'is-correction' : '' },
          h('b', {}, source.title),
          h('span', { class: 'kind' }, source.kind),
          h('p', {}, source.text),
        ),
      ),
    ),
  );
}

const fold = (name, title, ...inside) =>
  h('details', { class: `fold ${name}` }, h('summary', {}, title), h('div', { class: 'folded' }, ...inside));

export const nameOf = (person, me) => (person === undefined || person.id === me?.id ? 'you' : person.name);
