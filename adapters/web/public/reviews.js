/** What waits for an engineer before it may teach the student: a list in the rail, with the two decisions. */
import { get, post } from './api.js';
import { fill, h, icon } from './dom.js';
import { count, reviewWords } from './words.js';

const MOST = 10;
/** The list is read off the whole log: not at every answer. */
const EVERY_MS = 30_000;

/** @param {{say(text: string): void}} page */
export function createReviews(page) {
  const element = h('section', { class: 'group reviews', 'aria-label': 'To review', hidden: true });
  let shown;
  let readAt = -Infinity;

  async function decide(item, decision) {
    try {
      const { notice } = await post('/api/actions', {
        ...{ kind: 'review', id: crypto.randomUUID(), item: item.id, decision },
      });
      page.say(notice);
    } catch (error) {
      page.say(error.message);
    }
    await read();
  }

  async function read() {
    readAt = performance.now();
    let waiting;
    try {
      const { items } = await get('/api/reviews');
      waiting = items;
    } catch {
      return; // the banner says that the bot is away
    }
    const key = JSON.stringify(waiting.map(({ id, reasons }) => [id, reasons]));
    if (key === shown) return; // the one that is open stays so
    shown = key;
    element.hidden = waiting.length === 0;
    fill(
      element,
      h('h2', {}, 'To review', h('span', { class: 'badge' }, String(waiting.length))),
      h('ul', { class: 'review-list' }, waiting.slice(0, MOST).map(row)),
      waiting.length > MOST && h('p', { class: 'quiet' }, `and ${waiting.length - MOST} more`),
    );
  }

  function row(item) {
    const words = reviewWords(item.kind);
    const button = (name, decision) =>
      h('button', { type: 'button', class: decision, onclick: () => decide(item, decision) }, name);
    return h(
      'li',
      {},
      h(
        'details',
        {},
        h('summary', {}, icon(item.kind === 'complaint' ? 'flag' : 'people'), h('span', {}, item.question)),
        h('p', {}, h('b', {}, item.answer || 'No answer'), ` ${item.answeredBy}`),
        item.rationale && h('p', {}, item.rationale),
        h(
          'ul',
          {},
          item.reasons.slice(0, 5).map((reason) => h('li', {}, reason)),
        ),
        item.exchanges.length > 1 && h('p', { class: 'quiet' }, count(item.exchanges.length, 'time')),
        h('div', { class: 'actions' }, button(words.accept, 'accept'), button(words.reject, 'reject')),
      ),
    );
  }

  return {
    element,
    /** Who may not review sees nothing of it. */
    update(me) {
      if (me.roles.some((role) => role === 'engineer' || role === 'admin')) {
        if (performance.now() - readAt >= EVERY_MS) read();
        return;
      }
      element.hidden = true;
      shown = undefined;
    },
  };
}
