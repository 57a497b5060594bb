/** Where people write: Enter sends, Shift and Enter begin a line; options when they are wanted; plant tags offered while writing. */
import { h, icon } from './dom.js';
import { createTagHints } from './hints.js';

/** @param {{id: string, label: string, placeholder: string, tags(): object[], send(text: string, options?: string[]): void}} parts */
export function createComposer({ id, label, placeholder, tags, send }) {
  const text = h('textarea', {
    id,
    rows: 1,
    placeholder,
    'aria-label': label,
    'aria-describedby': `${id}-hint`,
    autocomplete: 'off',
    enterkeyhint: 'send',
  });
  const options = h('textarea', {
    id: `${id}-options`,
    rows: 3,
    placeholder: 'vibration\noil debris\npartial discharge',
  });
  const optionsField = h(
    'label',
    { class: 'options-field', hidden: true },
    h('span', {}, 'Options, one a line'),
    options,
  );
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'tool',
      'aria-expanded': 'false',
      'aria-controls': `${id}-options`,
      onclick: () => showOptions(optionsField.hidden),
    },
    icon('list'),
    'Options',
  );
  const button = h('button', { type: 'submit', class: 'send', disabled: true, 'aria-label': 'Send' }, icon('send'));
  const hints = createTagHints(text, tags, `${id}-tags`);

  function showOptions(shown) {
    optionsField.hidden = !shown;
    toggle.setAttribute('aria-expanded', String(shown));
    if (shown) options.focus();
    else {
      options.value = '';
      text.focus();
    }
  }

  function submit() {
    const said = text.value.trim();
    if (said === '') return;
    const given = options.value
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
    send(said, given.length > 0 ? given : undefined);
    text.value = '';
    options.value = '';
    optionsField.hidden = true;
    toggle.setAttribute('aria-expanded', 'false');
    grow();
    text.focus();
  }

  function grow() {
    button.disabled = text.value.trim() === '';
    text.style.blockSize = 'auto';
    text.style.blockSize = `${Math.min(text.scrollHeight, 220)}px`;
  }

  text.addEventListener('input', grow);
  text.addEventListener('keydown', (event) => {
    if (event.isComposing || hints.key(event)) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      submit();
    }
  });
  options.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
    if (event.key === 'Escape') showOptions(false);
  });

  const form = h(
    'form',
    {
      class: 'composer',
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    hints.element,
    h(
      'div',
      { class: 'box' },
      text,
      optionsField,
      h(
        'div',
        { class: 'tools' },
        toggle,
        h(
          'span',
          { class: 'hint', id: `${id}-hint` },
          h('kbd', {}, 'Enter'),
          ' sends, ',
          h('kbd', {}, 'Shift'),
          ' + ',
          h('kbd', {}, 'Enter'),
          ' new line',
        ),
        button,
      ),
    ),
  );

  return {
    element: form,
    focus: () => text.focus(),
    /** Puts a text (and options) back for editing. */
    fill(said, given = []) {
      text.value = said;
      options.value = given.join('\n');
      optionsField.hidden = given.length === 0;
      toggle.setAttribute('aria-expanded', String(given.length > 0));
      grow();
      text.focus();
    },
  };
}
