/** What people do on an answer: a thumb, flag it, correct it, take either back, ask on. Forms stay open while the rest is redrawn. */
import { post } from './api.js';
import { nameOf } from './card.js';
import { fill, h, icon } from './dom.js';
import { field, form } from './form.js';
import { standingCorrection } from './model.js';
import { timeOf } from './words.js';

const REASONS = ['Wrong', 'Incomplete', 'Unclear', 'Unsafe'];

/** @param {{me(): {id: string, roles: string[]}, say(text: string): void, openThread?(id: string): void}} page */
export function createFeedback(page) {
  const given = h('ul', { class: 'given', 'aria-label': 'Flags and corrections' });
  const actions = h('div', { class: 'actions' });
  const slot = h('div', { class: 'form-slot' });
  const element = h('div', { class: 'feedback' }, given, actions, slot);
  let entry;

  async function act(body) {
    const { notice } = await post('/api/actions', { ...body, id: crypto.randomUUID() });
    page.say(notice);
  }

  async function undo(event, target) {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await act({ kind: 'undo', target });
    } catch (error) {
      button.disabled = false;
      page.say(error.message);
    }
  }

  /** Pressed again, it is taken back. */
  function thumb(value, words) {
    const standing = entry.ratings.filter((one) => !one.withdrawn && one.value === value);
    const own = standing.find((one) => one.author.id === page.me()?.id);
    const press = async () => {
      try {
        await act(own ? { kind: 'undo', target: own.id } : { kind: 'rate', exchangeId: entry.exchangeId, value });
      } catch (error) {
        page.say(error.message);
      }
    };
    return h(
      'button',
      {
        type: 'button',
        class: `thumb-${value}`,
        'aria-label': words,
        'aria-pressed': String(own !== undefined),
        onclick: press,
      },
      icon(`thumb-${value}`),
      standing.length > 0 && String(standing.length),
    );
  }

  function close(focusOn) {
    fill(slot);
    actions.querySelector(`.${focusOn}`)?.focus();
  }

  function open(form) {
    fill(slot, form);
    form.querySelector('textarea, input')?.focus();
    form.scrollIntoView({ block: 'nearest' });
  }

  return {
    element,
    update(next) {
      entry = next;
      const mine = (g) => g.author.id === page.me()?.id || maySay(page.me(), 'engineer');
      const rows = [
        ...entry.flags
          .filter((f) => !f.withdrawn)
          .map((f) => ({ ...f, icon: 'flag', words: `Flagged by ${nameOf(f.author, page.me())}: ${f.reason}` })),
        ...[standingCorrection(entry)].filter(Boolean).map((c) => ({
          ...c,
          icon: 'correct',
          words: `Corrected by ${nameOf(c.author, page.me())}: used as an example from now on`,
        })),
      ];
      fill(
        given,
        rows.map((g) =>
          h(
            'li',
            { class: g.icon },
            icon(g.icon),
            h('span', {}, g.words),
            h('time', { datetime: g.createdAt }, timeOf(g.createdAt)),
            mine(g) &&
              h(
                'button',
                { type: 'button', class: 'undo', onclick: (event) => undo(event, g.id) },
                icon('undo'),
                'Undo',
              ),
          ),
        ),
      );
      given.hidden = rows.length === 0;
      const answered = entry.reply?.final && entry.reply.answer !== undefined;
      const focused = actions.contains(document.activeElement) ? document.activeElement.className : undefined;
      fill(
        actions,
        answered && thumb('up', 'This helped'),
        answered && thumb('down', 'This did not help'),
        answered &&
          h(
            'button',
            { type: 'button', class: 'flag', onclick: () => open(flagForm(entry, act, close)) },
            icon('flag'),
            'Flag',
          ),
        answered &&
          entry.reply.answer.outcome !== 'refused' &&
          maySay(page.me(), 'engineer') &&
          h(
            'button',
            { type: 'button', class: 'correct', onclick: () => open(correctForm(entry, act, close)) },
            icon('correct'),
            'Correct',
          ),
        answered &&
          page.openThread &&
          h(
            'button',
            { type: 'button', class: 'ask-on', onclick: () => page.openThread(entry.thread) },
            icon('reply'),
            'Ask a follow-up',
          ),
      );
      if (focused) actions.getElementsByClassName(focused)[0]?.focus();
    },
  };
}

const maySay = (me, role) => me?.roles.some((r) => r === role || r === 'admin') ?? false;

function flagForm(entry, act, close) {
  const reason = h('textarea', {
    name: 'reason',
    rows: 2,
    required: true,
    maxlength: 2000,
    placeholder: 'What is wrong with it?',
  });
  const chips = REASONS.map((words) =>
    h(
      'button',
      {
        type: 'button',
        class: 'suggest',
        onclick: () => {
          reason.value = reason.value ? `${words}: ${reason.value.replace(/^\w+: ?/, '')}` : `${words}: `;
          reason.focus();
        },
      },
      words,
    ),
  );
  return form(
    'Flag this answer',
    [h('div', { class: 'suggests' }, chips), field('Reason', reason)],
    'Flag',
    () => close('flag'),
    () => act({ kind: 'flag', exchangeId: entry.exchangeId, reason: reason.value.trim().replace(/:$/, '') }),
  );
}

function correctForm(entry, act, close) {
  const why = h('textarea', {
    name: 'rationale',
    rows: 2,
    maxlength: 4000,
    placeholder: 'How do you know? The student reads this too.',
  });
  const { element, value } = rightAnswer(entry);
  return form(
    'Correct this answer',
    [element, field('Why', why)],
    'Save correction',
    () => close('correct'),
    () => act({ kind: 'correct', exchangeId: entry.exchangeId, answer: value(), rationale: why.value.trim() }),
  );
}

/** Of a multiple-choice question one option is right; of any other, what the engineer writes. */
function rightAnswer(entry) {
  const options = entry.options ?? entry.reply.answer.options?.map((o) => o.option) ?? [];
  if (options.length === 0) {
    const text = h('textarea', {
      name: 'answer',
      rows: 2,
      required: true,
      maxlength: 2000,
      placeholder: 'The right answer',
    });
    return { element: field('Right answer', text), value: () => text.value.trim() };
  }
  const set = h(
    'fieldset',
    { class: 'choices' },
    h('legend', {}, 'Right answer'),
    options.map((option) =>
      h(
        'label',
        {},
        h('input', { type: 'radio', name: 'answer', value: option, required: true }),
        h('span', {}, option),
      ),
    ),
  );
  return { element: set, value: () => set.querySelector('input:checked').value };
}
