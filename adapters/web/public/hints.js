/** Plant tags offered under the word being written: arrows choose, Tab or Enter takes, Escape leaves. */
import { fill, h } from './dom.js';

const MOST = 6;

/** @param {HTMLTextAreaElement} field  @param {() => {tag: string, class?: string, description?: string}[]} tags */
export function createTagHints(field, tags, id) {
  const list = h('ul', { class: 'hints', id, role: 'listbox', 'aria-label': 'Tags', hidden: true });
  let found = [];
  let chosen = -1;
  field.setAttribute('aria-autocomplete', 'list');
  field.setAttribute('aria-controls', id);

  function look() {
    const word = wordBefore(field);
    found = word === '' ? [] : matching(tags(), word);
    if (found.length === 1 && plain(found[0].tag) === plain(word)) found = [];
    chosen = -1;
    draw();
  }

  function draw() {
    list.hidden = found.length === 0;
    fill(
      list,
      found.map((hint, i) => {
        const about = [hint.class, hint.description].filter(Boolean).join(' · ');
        return h(
          'li',
          {
            id: `${id}-${i}`,
            role: 'option',
            'aria-selected': String(i === chosen),
            onmousedown: (event) => {
              event.preventDefault();
              take(i);
            },
          },
          h('b', {}, hint.tag),
          h('span', {}, about),
        );
      }),
    );
    if (chosen >= 0) field.setAttribute('aria-activedescendant', `${id}-${chosen}`);
    else field.removeAttribute('aria-activedescendant');
  }

  function take(i) {
    const { tag } = found[i];
    const end = field.selectionStart;
    const start = end - wordBefore(field).length;
    field.setRangeText(`${tag} `, start, end, 'end');
    found = [];
    draw();
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  field.addEventListener('input', look);
  field.addEventListener('blur', () => {
    found = [];
    draw();
  });

  return {
    element: list,
    /** True when the key was for the hints. */
    key(event) {
      if (found.length === 0) return false;
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        chosen = (chosen + step + found.length) % found.length;
        draw();
      } else if (event.key === 'Tab' || (event.key === 'Enter' && chosen >= 0)) take(Math.max(chosen, 0));
      else if (event.key === 'Escape') {
        found = [];
        draw();
        event.stopPropagation();
      } else return false;
      event.preventDefault();
      return true;
    },
  };
}

/** The tag-like word that ends at the caret: letters, then a hyphen or a digit; plain words are left alone. */
function wordBefore(field) {
  const before = field.value.slice(0, field.selectionStart);
  return /(?:^|[\s(,"])([A-Za-z]{1,4}[-\d][\w-]*)$/.exec(before)?.[1] ?? '';
}

const matching = (tags, word) => tags.filter((hint) => plain(hint.tag).startsWith(plain(word))).slice(0, MOST);
const plain = (tag) => tag.toLowerCase().replace(/[\s-]/g, '');
