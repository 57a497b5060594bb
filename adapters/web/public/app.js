/** The page: wires what is known (model), what comes in (feed), what goes out (outbox) and what is seen (list, thread, rail). */
import { get } from './api.js';
import { spoken } from './card.js';
import { createComposer } from './composer.js';
import { fill, h, icon } from './dom.js';
import { openFeed } from './feed.js';
import { createList } from './list.js';
import { createModel, isOpen } from './model.js';
import { createOutbox } from './outbox.js';
import { createRail } from './rail.js';
import { createReviews } from './reviews.js';
import { createThread } from './thread.js';
import { stageWords } from './words.js';

const at = (id) => document.getElementById(id);
/** Another channel than the usual one, by the address: `/?channel=people`. */
const channel = new URLSearchParams(location.search).get('channel') ?? undefined;
const inChannel = (path) =>
  channel === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}channel=${encodeURIComponent(channel)}`;
const model = createModel();
let status;

const page = {
  me: () => status?.me,
  tags: () => (status?.tags?.length ? status.tags : tagsSpokenOf()),
  say,
  openThread(id) {
    thread.open(id);
    remember();
  },
  repliesOf: (entry) => (entry.id === entry.thread ? model.thread(entry.thread).filter((e) => e.id !== entry.id) : []),
  edit(entry) {
    model.forget(entry.id);
    composer.fill(entry.text, entry.options);
  },
};

const toEnd = h(
  'button',
  { type: 'button', class: 'to-end', hidden: true, onclick: () => list.toEnd() },
  'To the newest',
);

const list = createList({
  list: at('messages'),
  scroller: at('scroll'),
  page,
  belongs: (entry) => entry.id === entry.thread,
  left: (away) => {
    toEnd.hidden = !away;
  },
});

const thread = createThread(at('thread'), {
  ...page,
  send,
  entries: model.thread,
  forget: (entry) => model.forget(entry.id),
  async load(id) {
    try {
      const { exchanges } = await get(inChannel(`/api/history?thread=${encodeURIComponent(id)}`));
      for (const exchange of exchanges) model.exchange(exchange);
    } catch {
      // the banner says that the bot is away; what this page knows of the thread is shown
    }
  },
  closed: () => {
    remember();
    composer.focus();
  },
});

const reviews = createReviews({ say });
const rail = createRail(at('rail'), {
  reviews: reviews.element,
  showOpen(entry) {
    document.body.classList.remove('rail-open');
    if (entry.id === entry.thread) list.show(entry.id);
    else page.openThread(entry.thread);
  },
});

const composer = createComposer({
  id: 'ask',
  label: 'Ask about a machine',
  placeholder: 'Ask about a machine: its tag, what you see, hear or measure',
  tags: page.tags,
  send: (text, options) => {
    send(text, options);
    list.toEnd();
  },
});

const outbox = createOutbox({
  sending: (m) => (model.get(m.id) ? model.delivery(m.id, 'sending') : model.wrote(m)),
  accepted: (m, receipt) => {
    model.accepted(m.id, receipt.exchangeId, receipt.thread);
    if (!model.get(m.id)?.reply) refresh(receipt.exchangeId);
  },
  waiting: (m, why) => model.delivery(m.id, 'waiting', why),
  refused: (m, why) => model.delivery(m.id, 'refused', why),
});

model.subscribe((entry, before) => {
  list.update(entry);
  thread.update(entry);
  if (entry.id !== entry.thread && model.get(entry.thread)) list.update(model.get(entry.thread));
  at('welcome').hidden = !list.isEmpty();
  announce(entry, before);
  drawOpen();
  if (entry.reply?.final && !before?.reply?.final) soon(readStatus);
});

start();

function start() {
  fill(at('dock'), toEnd, composer.element);
  drawBar();
  for (const message of outbox.kept()) if (message.channel === channel) model.wrote(message);
  openFeed(
    inChannel('/api/events'),
    {
      history: ({ exchanges, alerts }) => {
        for (const card of alerts) model.alert(card);
        for (const exchange of exchanges) model.exchange(exchange);
        drawWelcome();
        fromAddress();
      },
      exchange: model.exchange,
      alert: model.alert,
      reply: ({ exchangeId, reply }) => model.reply(exchangeId, reply) || refresh(exchangeId),
    },
    connection,
  );
  readStatus();
  setInterval(() => document.hidden || readStatus(), 15_000);
  addEventListener('hashchange', fromAddress);
  document.addEventListener('keydown', shortcuts);
  document.addEventListener('pointerdown', (event) => {
    if (!event.target.closest('.rail, .menu')) document.body.classList.remove('rail-open');
  });
  composer.focus();
}

function send(text, options, inThread) {
  const message = { id: crypto.randomUUID(), channel, thread: inThread, text, options, at: new Date().toISOString() };
  model.wrote(message);
  outbox.send(message);
}

async function refresh(exchangeId) {
  try {
    model.exchange(await get(`/api/exchanges/${encodeURIComponent(exchangeId)}`));
  } catch (error) {
    if (navigator.onLine) console.warn(error.message); // the stream brings it again
  }
}

async function readStatus() {
  try {
    const now = await get('/api/status');
    status = { ...now, channel: channel ?? now.channel };
  } catch {
    return; // the banner says that the bot is away
  }
  rail.status(status);
  reviews.update(status.me);
  drawOpen();
  drawBar();
  document.title = `#${status.channel} · Rounds`;
  for (const entry of model.entries()) list.update(entry);
  drawWelcome();
}

let waiting;
function soon(f) {
  clearTimeout(waiting);
  waiting = setTimeout(f, 150);
}

function connection(up) {
  const banner = at('banner');
  if (up) {
    banner.hidden = true;
    outbox.flush();
    soon(readStatus);
    return;
  }
  fill(
    banner,
    icon('warn'),
    h('span', {}, 'The bot is not reached. Reconnecting; what you write is kept and sent then.'),
  );
  banner.hidden = false;
}

function drawBar() {
  const s = status?.student;
  fill(
    at('bar'),
    h(
      'button',
      {
        type: 'button',
        class: 'round menu',
        'aria-label': 'Channels and status',
        'aria-controls': 'rail',
        onclick: () => document.body.classList.toggle('rail-open'),
      },
      icon('menu'),
    ),
    h('h1', {}, h('span', { class: 'hash', 'aria-hidden': 'true' }, '#'), status?.channel ?? 'operations'),
    status &&
      h(
        'p',
        { class: 'sub' },
        s ? `${s.name || s.id}, round ${s.round}` : 'no student loaded',
        status.problems.length > 0 && h('span', { class: 'warned' }, icon('warn'), `${status.problems.length}`),
      ),
  );
}

function drawOpen() {
  rail.open(model.entries().filter(isOpen).reverse().slice(0, 20), status?.openEscalations ?? 0);
}

function drawWelcome() {
  const welcome = at('welcome');
  welcome.hidden = !list.isEmpty();
  if (welcome.hidden || status === undefined) return;
  const tag = status.tags.find((t) => t.class === 'pump')?.tag;
  const examples = [
    { text: `${tag ?? 'A pump'} is shaking at running speed and the bearing is hot, what could it be?` },
    {
      text: 'Which sensor best shows bearing wear in an electric motor?',
      options: ['vibration', 'oil debris', 'partial discharge'],
    },
    { text: 'What should I check first when a power transformer runs hot?' },
  ];
  fill(
    welcome,
    h('img', { src: '/assets/icon.svg', alt: '', width: 56, height: 56 }),
    h('h2', {}, 'Ask about a machine'),
    h(
      'p',
      {},
      'A small student model on this machine answers, with its rationale, its sources and how sure it is. What it is not sure of goes to a teacher, and you see that it does. Flag or correct what is wrong: a correction counts from the next question on.',
    ),
    h(
      'ul',
      {},
      examples.map((e) =>
        h('li', {}, h('button', { type: 'button', onclick: () => composer.fill(e.text, e.options) }, e.text)),
      ),
    ),
  );
}

/** What a screen reader hears: each new stage, and the answer; not every word as it is written. */
function announce(entry, before) {
  const { reply, card } = entry;
  if (card && card.state !== before?.card.state) at('live').textContent = `Alert ${card.state}: ${card.title}`;
  if (reply === undefined || before === undefined || before.reply === reply) return;
  if (reply.final && !before.reply?.final) at('live').textContent = spoken(entry);
  else if (!reply.final && reply.stage !== before.reply?.stage) at('live').textContent = stageWords(reply.stage);
}

let toasted;
function say(text) {
  const toast = at('toast');
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(toasted);
  toasted = setTimeout(() => {
    toast.hidden = true;
  }, 5000);
}

/** The open thread stands in the address, so that a reload or a bookmark opens it again. */
function remember() {
  const hash = thread.current() === undefined ? '' : `#thread=${encodeURIComponent(thread.current())}`;
  if (location.hash !== hash) history.replaceState(null, '', hash || location.pathname + location.search);
}

function fromAddress() {
  const id = /^#thread=(.+)$/.exec(location.hash)?.[1];
  if (id === undefined) thread.close();
  else page.openThread(decodeURIComponent(id));
}

function shortcuts(event) {
  if (event.key === 'Escape') document.body.classList.remove('rail-open');
  const writing = event.target.closest?.('textarea, input, [contenteditable]');
  if (event.key === '/' && !writing && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    composer.focus();
  }
}

/** Where no register was given: the tags that answers here have been about. */
function tagsSpokenOf() {
  const tags = new Set(
    model
      .entries()
      .map((entry) => entry.reply?.answer?.topic?.tag)
      .filter(Boolean),
  );
  return [...tags].map((tag) => ({ tag }));
}
