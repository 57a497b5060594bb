/** One question with what became of it. Its parts are redrawn only when what they show has changed: open folds and forms stay. */
import { nameOf, renderCard } from './card.js';
import { fill, h, icon } from './dom.js';
import { createFeedback } from './feedback.js';
import { standingCorrection } from './model.js';
import { createProgress } from './progress.js';
import { count, timeOf } from './words.js';

/** @param {object} page me(), say(), openThread?(id), repliesOf?(id), again(entry), edit(entry) */
export function createEntry(page) {
  const question = h('div', { class: 'question' });
  const reply = h('div', { class: 'reply' });
  const feedback = createFeedback(page);
  const replies = h('button', { type: 'button', class: 'replies', hidden: true });
  const element = h('li', { class: 'entry' }, question, reply);
  let drawn = {};
  let progress;
  let entry;
  replies.addEventListener('click', () => page.openThread?.(entry.thread));

  function drawQuestion() {
    const name = entry.author === undefined ? 'You' : capital(nameOf(entry.author, page.me()));
    fill(
      question,
      h('span', { class: 'avatar person', 'aria-hidden': 'true' }, name.slice(0, 1)),
      h(
        'div',
        { class: 'said' },
        h('p', { class: 'by' }, h('b', {}, name), h('time', { datetime: entry.at }, timeOf(entry.at)), delivery()),
        h('p', { class: 'text' }, entry.text),
        entry.options?.length > 0 &&
          h(
            'ol',
            { class: 'asked-options' },
            entry.options.map((option) => h('li', {}, option)),
          ),
        entry.delivery === 'refused' && refusal(),
      ),
    );
  }

  function delivery() {
    if (entry.delivery === 'sending') return h('span', { class: 'quiet' }, 'sending…');
    if (entry.delivery === 'waiting') return h('span', { class: 'waiting' }, `not sent yet: kept, will be sent again`);
    return null;
  }

  function refusal() {
    return h(
      'p',
      { class: 'refusal', role: 'alert' },
      icon('warn'),
      h('span', {}, entry.notice),
      h('button', { type: 'button', onclick: () => page.edit(entry) }, 'Edit'),
    );
  }

  function drawReply() {
    if (entry.reply === undefined) {
      fill(reply);
      return;
    }
    if (!entry.reply.final) {
      if (progress === undefined) {
        progress = createProgress(entry.at);
        fill(reply, botAvatar(), h('div', { class: 'said' }, botName(), progress.element));
      }
      progress.update(entry.reply);
      return;
    }
    progress?.stop();
    progress = undefined;
    const open = new Set([...reply.querySelectorAll('details[open]')].map((d) => d.className));
    const card = renderCard(entry, page.me());
    for (const fold of card.querySelectorAll('details')) fold.open = open.has(fold.className);
    if (feedback.element.isConnected) reply.querySelector('.card, .notice').replaceWith(card);
    else fill(reply, botAvatar(), h('div', { class: 'said' }, botName(), card, feedback.element, replies));
  }

  return {
    element,
    update(next) {
      entry = next;
      element.dataset.id = entry.id;
      element.classList.toggle('working', entry.reply !== undefined && !entry.reply.final);
      const shows = {
        question: JSON.stringify([
          entry.delivery,
          entry.notice,
          entry.at,
          entry.author,
          entry.text,
          entry.options,
          page.me()?.id,
        ]),
        reply: JSON.stringify([entry.reply, standingCorrection(entry), page.me()?.id]),
        feedback: JSON.stringify([entry.flags, entry.corrections, entry.ratings, entry.reply?.final, page.me()]),
        replies: page.openThread === undefined ? 0 : page.repliesOf(entry).length,
      };
      if (shows.question !== drawn.question) drawQuestion();
      if (shows.reply !== drawn.reply) drawReply();
      if (shows.feedback !== drawn.feedback) feedback.update(entry);
      replies.hidden = shows.replies === 0;
      if (shows.replies !== drawn.replies) fill(replies, icon('reply'), count(shows.replies, 'reply', 'replies'));
      drawn = shows;
    },
    remove() {
      progress?.stop();
      element.remove();
    },
  };
}

const botAvatar = () => h('span', { class: 'avatar bot', 'aria-hidden': 'true' }, icon('tick'));
const botName = () => h('p', { class: 'by' }, h('b', {}, 'Rounds'), h('span', { class: 'chip bot' }, 'bot'));
const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
