/** The panel beside the channel: one question and what was asked after it. */
import { createComposer } from './composer.js';
import { fill, h, icon } from './dom.js';
import { createList } from './list.js';

/** @param {HTMLElement} element  @param {object} page me(), say(), tags(), send(text, options, thread), entries(thread), load(thread), closed() */
export function createThread(element, page) {
  let current;
  let list;
  let composer;

  function close() {
    if (current === undefined) return;
    current = undefined;
    element.hidden = true;
    list?.clear();
    page.closed();
  }

  element.addEventListener('keydown', (event) => event.key === 'Escape' && close());

  return {
    current: () => current,
    close,
    update: (entry) => list?.update(entry),
    open(thread) {
      if (current === thread) return composer.focus();
      current = thread;
      const messages = h('ol', { class: 'messages', 'aria-label': 'Messages of the thread' });
      const scroller = h('div', { class: 'scroll' }, messages);
      list = createList({
        list: messages,
        scroller,
        page: {
          ...page,
          openThread: undefined,
          edit: (entry) => {
            page.forget(entry);
            composer.fill(entry.text, entry.options);
          },
        },
        belongs: (entry) => entry.thread === current,
      });
      composer = createComposer({
        id: 'ask-on',
        label: 'Ask a follow-up',
        placeholder: 'Ask on: the machine is known, e.g. “and what should I check first?”',
        tags: page.tags,
        send: (text, options) => {
          page.send(text, options, thread);
          list.toEnd();
        },
      });
      fill(
        element,
        h(
          'header',
          { class: 'bar' },
          h('h2', {}, 'Thread'),
          h(
            'button',
            { type: 'button', class: 'round', 'aria-label': 'Close the thread', onclick: close },
            icon('close'),
          ),
        ),
        scroller,
        h('div', { class: 'dock' }, composer.element),
      );
      element.hidden = false;
      for (const entry of page.entries(thread)) list.update(entry);
      list.toEnd();
      composer.focus();
      page.load(thread);
    },
  };
}
