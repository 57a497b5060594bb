/** An alert card: what is the matter, what would explain it, what to check first, who has it; and what can be done about it. */
import { post } from './api.js';
import { fill, h, icon } from './dom.js';
import { field, form } from './form.js';
import { count, percent, timeOf } from './words.js';

const SPANS = [
  [15, '15 minutes'],
  [60, '1 hour'],
  [480, '8 hours'],
];

/** @param {object} page me(), say(text), openThread?(id), repliesOf?(entry) */
export function createAlert(page) {
  const body = h('div', {});
  const actions = h('div', { class: 'actions' });
  const slot = h('div', { class: 'form-slot' });
  const replies = h('button', { type: 'button', class: 'replies', hidden: true });
  const said = h(
    'div',
    { class: 'said' },
    h('p', { class: 'by' }, h('b', {}, 'Rounds'), h('span', { class: 'chip bot' }, 'bot')),
    body,
    actions,
    slot,
    replies,
  );
  const avatar = h('span', { class: 'avatar bot', 'aria-hidden': 'true' }, icon('tick'));
  const element = h('li', { class: 'entry alert-entry' }, h('div', { class: 'reply' }, avatar, said));
  let entry;
  let drawn;
  replies.addEventListener('click', () => page.openThread?.(entry.thread));

  async function act(action) {
    const { notice } = await post('/api/alerts/actions', { ...action, cardId: entry.id, id: crypto.randomUUID() });
    page.say(notice);
  }

  const press = (action) => async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await act(action);
      if (action.kind === 'explain') page.openThread?.(entry.thread);
    } catch (error) {
      page.say(error.message);
    }
    button.disabled = false;
  };

  function open(one) {
    fill(slot, one);
    one.querySelector('textarea, input')?.focus();
    one.scrollIntoView({ block: 'nearest' });
  }
  const close = () => fill(slot);

  function buttons(card) {
    const me = page.me();
    if (!me?.roles.length) return [];
    const can = (kind) => card.actions.includes(kind);
    const button = (kind, drawing, words, onclick) =>
      can(kind) && h('button', { type: 'button', class: kind, onclick }, icon(drawing), words);
    return [
      button('acknowledge', 'tick', 'Acknowledge', press({ kind: 'acknowledge' })),
      card.assignedTo?.id !== me.id &&
        button('assign', 'people', 'I have it', press({ kind: 'assign', to: { id: me.id, name: me.name } })),
      button('shelve', 'clock', 'Shelve', () => open(shelveForm(act, close))),
      button('unshelve', 'undo', 'Take off the shelf', press({ kind: 'unshelve' })),
      button('explain', 'reply', 'Explain', press({ kind: 'explain' })),
      button('wrong', 'flag', 'Wrong diagnosis', () => open(wrongForm(act, close))),
    ];
  }

  return {
    element,
    update(next) {
      entry = next;
      element.dataset.id = entry.id;
      const shows = JSON.stringify([entry.card, page.me()]);
      const said = page.openThread === undefined ? 0 : page.repliesOf(entry).length;
      replies.hidden = said === 0;
      fill(replies, icon('reply'), count(said, 'reply', 'replies'));
      if (shows === drawn) return;
      drawn = shows;
      const open = new Set([...body.querySelectorAll('details[open]')].map((d) => d.className));
      fill(body, renderAlert(entry.card));
      for (const fold of body.querySelectorAll('details')) fold.open = open.has(fold.className);
      const focused = actions.contains(document.activeElement) ? document.activeElement.className : undefined;
      fill(actions, buttons(entry.card));
      if (focused) actions.getElementsByClassName(focused)[0]?.focus();
    },
    remove: () => element.remove(),
  };
}

export function renderAlert(card) {
  const { machine, triage } = card;
  return h(
    'section',
    { class: `card alert ${card.priority} ${card.state}`, 'aria-label': `Alert: ${card.title}` },
    h(
      'p',
      { class: 'alert-head' },
      h('span', { class: `chip priority ${card.priority}` }, icon('warn'), card.priority),
      h('span', { class: 'chip' }, standing(card)),
      h('time', { datetime: card.openedAt }, timeOf(card.openedAt)),
      card.resolvedAt && h('span', { class: 'quiet' }, `to ${timeOf(card.resolvedAt)}`),
    ),
    h('p', { class: 'answer' }, card.title),
    machine &&
      h(
        'p',
        { class: 'reason' },
        [machine.description || machine.class, card.area, machine.owner].filter(Boolean).join(' · '),
      ),
    card.areas && areas(card.areas),
    card.firstOut && h('p', { class: 'reason' }, h('b', {}, 'First out: '), lineWords(card.firstOut)),
    (card.form === 'flood' || card.alarms.length > 1 || card.alarms[0]?.value || card.alarms[0]?.text) && alarms(card),
    card.notices.map((notice) => h('p', { class: 'alert-notice' }, icon('clock'), h('span', {}, localTimes(notice)))),
    triage && diagnosis(triage),
    card.assignedTo && h('p', { class: 'reason' }, icon('people'), ` ${card.assignedTo.name} has it`),
    card.acknowledgedBy && h('p', { class: 'reason' }, icon('tick'), ` Acknowledged by ${card.acknowledgedBy.name}`),
    card.log.length > 0 && history(card.log),
  );
}

function standing({ state, counts, form: kind }) {
  if (state === 'resolved') return 'returned to normal';
  if (kind === 'flood') return `${counts.active} active, ${counts.unacknowledged} unacknowledged`;
  if (counts.shelved === counts.total) return 'shelved';
  if (counts.active === 0) return 'returned to normal';
  return counts.unacknowledged > 0 ? 'unacknowledged' : 'acknowledged';
}

function alarms(card) {
  return h(
    'ul',
    { class: 'alarms', 'aria-label': 'Alarms' },
    card.alarms.map((alarm) =>
      h(
        'li',
        { class: alarm.state.replaceAll(' ', '-') },
        h('span', { class: `dot ${alarm.priority}`, 'aria-hidden': 'true' }),
        h('span', { class: 'what' }, h('b', {}, lineWords(alarm)), alarm.text && h('small', {}, alarm.text)),
        alarm.value && h('span', { class: 'figure' }, alarm.value),
        h('span', { class: 'quiet' }, alarm.state, alarm.times > 1 && `, ${alarm.times} times`),
      ),
    ),
    card.more > 0 && h('li', { class: 'quiet' }, `and ${card.more} more`),
  );
}

const lineWords = ({ tag, condition }) => [tag, condition].filter(Boolean).join(' ');

function areas(list) {
  return h(
    'ul',
    { class: 'areas', 'aria-label': 'Alarms by area' },
    list
      .slice(0, 8)
      .map(({ area, active, total }) =>
        h('li', { class: 'chip' }, `${area} ${total}`, active < total && ` (${active} active)`),
      ),
  );
}

/** Shares, so that faults which the alarms show alike are seen to be alike. */
function diagnosis(triage) {
  if (triage.state === 'none') return h('p', { class: 'reason' }, h('b', {}, 'No diagnosis: '), triage.reason);
  return h(
    'div',
    { class: 'triage' },
    h(
      'p',
      { class: 'label' },
      triage.state === 'asking' && 'Diagnosis is being worked out…',
      triage.state === 'open' && 'No teacher is sure: people are asked',
      triage.state === 'answered' && `Probable faults, by ${triage.answeredBy}`,
    ),
    triage.faults.length > 0 &&
      h(
        'ul',
        { class: 'options', 'aria-label': 'Probable faults' },
        triage.faults.map(({ fault, confidence }, i) => {
          const value = h('span', { class: 'bar-value' });
          value.style.inlineSize = `${Math.round(confidence * 100)}%`;
          return h(
            'li',
            { class: i === 0 && triage.state === 'answered' ? 'chosen' : '' },
            h('span', { class: 'option' }, fault),
            h('span', { class: 'bar-track', 'aria-hidden': 'true' }, value),
            h('span', { class: 'figure' }, percent(confidence)),
          );
        }),
      ),
    triage.parameters.length > 0 && h('p', { class: 'reason' }, h('b', {}, 'Look at: '), triage.parameters.join(', ')),
    triage.checks.length > 0 &&
      h(
        'ol',
        { class: 'checks', 'aria-label': 'Checks' },
        triage.checks.map(({ what, tells }) => h('li', {}, what, tells && h('small', {}, tells))),
      ),
    triage.reason && triage.state !== 'asking' && h('p', { class: 'reason' }, triage.reason),
  );
}

function history(log) {
  return h(
    'details',
    { class: 'fold log' },
    h('summary', {}, 'What happened'),
    h(
      'ol',
      { class: 'folded' },
      log.map(({ at, text }) => h('li', {}, h('time', { datetime: at }, timeOf(at)), ` ${localTimes(text)}`)),
    ),
  );
}

/** Times within the bot's lines are the world's; here they are the reader's. */
const localTimes = (text) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (iso) => timeOf(iso));

function shelveForm(act, close) {
  const set = h(
    'fieldset',
    { class: 'choices' },
    h('legend', {}, 'For how long'),
    SPANS.map(([minutes, words], i) =>
      h(
        'label',
        {},
        h('input', { type: 'radio', name: 'minutes', value: minutes, checked: i === 0 }),
        h('span', {}, words),
      ),
    ),
  );
  const reason = h('textarea', {
    name: 'reason',
    rows: 2,
    required: true,
    maxlength: 300,
    placeholder: 'Why may it stay silent?',
  });
  return form('Shelve', [set, field('Reason', reason)], 'Shelve', close, () =>
    act({ kind: 'shelve', minutes: Number(set.querySelector('input:checked').value), reason: reason.value.trim() }),
  );
}

function wrongForm(act, close) {
  const reason = h('textarea', {
    name: 'reason',
    rows: 2,
    required: true,
    maxlength: 300,
    placeholder: 'What was it, or why not this?',
  });
  return form('Wrong diagnosis', [field('Reason', reason)], 'Flag it', close, () =>
    act({ kind: 'wrong', reason: reason.value.trim() }),
  );
}
