/** A list of entries in order of time, with the days between; stays at its end while its reader is there. */
import { createAlert } from './alert.js';
import { h } from './dom.js';
import { createEntry } from './entry.js';
import { dayKey, dayOf } from './words.js';

/** @param {{list: HTMLElement, scroller: HTMLElement, page: object, belongs(entry): boolean, left?(away: boolean): void}} parts */
export function createList({ list, scroller, page, belongs, left }) {
  const views = new Map();
  const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120;
  let atEnd = true;
  scroller.addEventListener('scroll', () => {
    atEnd = nearEnd();
    left?.(!atEnd);
  });
  // Who unfolds something looks at it: the list does not run away under the pointer.
  list.addEventListener('click', (event) => {
    if (event.target.closest('summary')) atEnd = false;
  });
  new ResizeObserver(() => atEnd && toEnd()).observe(list);
  const toEnd = () => scroller.scrollTo({ top: scroller.scrollHeight });

  function place(entry, element) {
    const items = [...views.values()];
    const after = items.findLast((item) => item.at <= entry.at);
    if (after) after.view.element.after(element);
    else list.prepend(element);
  }

  function days() {
    for (const old of list.querySelectorAll('.day')) old.remove();
    let last;
    for (const element of [...list.children]) {
      const { at } = views.get(element.dataset.id);
      if (dayKey(at) === last) continue;
      last = dayKey(at);
      element.before(h('li', { class: 'day', role: 'separator' }, h('span', {}, dayOf(at))));
    }
  }

  return {
    toEnd() {
      atEnd = true;
      toEnd();
    },
    isEmpty: () => views.size === 0,
    update(entry) {
      const known = views.get(entry.id);
      if (!belongs(entry) || entry.delivery === 'gone') {
        known?.view.remove();
        views.delete(entry.id);
        if (known) days();
        return;
      }
      if (known) {
        known.view.update(entry);
        return;
      }
      const view = entry.card ? createAlert(page) : createEntry(page);
      view.update(entry);
      place(entry, view.element);
      const sorted = [...views, [entry.id, { view, at: entry.at }]].sort(([, a], [, b]) =>
        a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
      );
      views.clear();
      for (const [id, item] of sorted) views.set(id, item);
      days();
    },
    show(id) {
      const item = views.get(id);
      if (!item) return false;
      item.view.element.scrollIntoView({ block: 'center' });
      item.view.element.classList.remove('found');
      requestAnimationFrame(() => item.view.element.classList.add('found'));
      return true;
    },
    clear() {
      for (const { view } of views.values()) view.remove();
      views.clear();
      list.replaceChildren();
      atEnd = true;
    },
  };
}
