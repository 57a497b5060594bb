/** The left rail: the channel, what the bot is made of at the moment, and the questions that wait for a person. */
import { fill, h, icon, lines } from './dom.js';
import { count, duration } from './words.js';

/** @param {{showOpen(entry: object): void, reviews: HTMLElement}} page */
export function createRail(element, page) {
  const channel = h('div', { class: 'group' });
  const open = h('section', { class: 'group', 'aria-label': 'Open questions' });
  const status = h('section', { class: 'group status', 'aria-label': 'Status' });
  const me = h('p', { class: 'me' });
  let shown;
  fill(
    element,
    h(
      'div',
      { class: 'brand' },
      h('img', { src: '/assets/icon.svg', alt: '', width: 28, height: 28 }),
      h('b', {}, 'Rounds'),
    ),
    h('div', { class: 'rail-scroll' }, channel, open, page.reviews, status),
    me,
  );

  return {
    status(now) {
      fill(
        channel,
        h('h2', {}, 'Channels'),
        (now.channels ?? [now.channel]).map((name, i) =>
          h(
            'a',
            {
              class: 'channel-link',
              href: i === 0 ? '/' : `/?channel=${encodeURIComponent(name)}`,
              ...(name === now.channel ? { 'aria-current': 'page' } : {}),
            },
            h('span', { 'aria-hidden': 'true' }, '#'),
            name,
          ),
        ),
      );
      fill(status, h('h2', {}, 'Status'), problems(now), figures(now));
      fill(
        me,
        h('span', { class: 'avatar person', 'aria-hidden': 'true' }, now.me.name.slice(0, 1)),
        h('span', {}, now.me.name),
        h('small', {}, now.me.roles.join(', ') || 'may ask and flag'),
      );
    },
    open(entries, total) {
      const key = JSON.stringify([total, entries.map((entry) => entry.id)]);
      if (key === shown) return; // the one in focus stays
      shown = key;
      open.hidden = entries.length === 0 && total === 0;
      fill(
        open,
        h('h2', {}, 'Open questions', h('span', { class: 'badge' }, String(Math.max(total, entries.length)))),
        h(
          'ul',
          { class: 'open-list' },
          entries.map((entry) =>
            h(
              'li',
              {},
              h(
                'button',
                { type: 'button', onclick: () => page.showOpen(entry) },
                icon('people'),
                h('span', {}, entry.text),
              ),
            ),
          ),
        ),
      );
    },
  };
}

function problems(now) {
  const found = now.student || now.problems.length > 0 ? now.problems : ['no student is loaded: teachers answer'];
  return (
    found.length > 0 &&
    h(
      'ul',
      { class: 'problems' },
      found.map((problem) => h('li', {}, icon('warn'), h('span', {}, lines(problem)))),
    )
  );
}

function figures(now) {
  const rows = [
    ['Student', now.student ? now.student.name || now.student.id : 'none'],
    now.student && ['Round', String(now.student.round)],
    ['Teachers', now.teachers.join(', ') || 'none'],
    [
      'Queue',
      now.queue.waiting + now.queue.active === 0 ? 'idle' : `${now.queue.active} at work, ${now.queue.waiting} waiting`,
    ],
    ['Answered', count(now.exchanges, 'question')],
    ['Flags', String(now.flags)],
    ['Corrections', String(now.corrections)],
    ['Accepted error', `${Math.round(now.maxError * 1000) / 10} %`],
    ['Running for', now.uptimeS < 60 ? 'under a minute' : duration(now.uptimeS * 1000)],
  ];
  return h(
    'dl',
    {},
    rows.filter(Boolean).map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { title: value }, value))),
  );
}
