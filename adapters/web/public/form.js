/** A small form under what it is about: its fields, what sending it says when it fails, Escape to close, Ctrl+Enter to send. */
import { h } from './dom.js';

export function field(label, control) {
  return h('label', { class: 'field' }, h('span', {}, label), control);
}

export function form(title, fields, submit, close, send) {
  const error = h('p', { class: 'error', role: 'alert', hidden: true });
  const button = h('button', { type: 'submit', class: 'primary' }, submit);
  async function onsubmit(event) {
    event.preventDefault();
    button.disabled = true;
    error.hidden = true;
    try {
      await send();
      close();
    } catch (failure) {
      error.textContent = failure.message;
      error.hidden = false;
      button.disabled = false;
    }
  }
  return h(
    'form',
    {
      class: 'form',
      'aria-label': title,
      onsubmit,
      onkeydown: (event) => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          close();
        }
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
      },
    },
    h('p', { class: 'form-title' }, title),
    fields,
    error,
    h('div', { class: 'form-end' }, button, h('button', { type: 'button', onclick: close }, 'Cancel')),
  );
}
