/**
 * What has been said, as far as this page knows: one entry a message, first as it leaves the page, then as the bot has
 * it. Entries only move forward: a final reply is never replaced by an earlier state. Knows nothing of elements.
 *
 * @typedef {object} Entry
 * @property {string} id          the message's id
 * @property {string | undefined} exchangeId
 * @property {string} thread
 * @property {string} text
 * @property {string[]} [options]
 * @property {{id: string, name: string}} [author]  none while it is only here
 * @property {string} at          ISO 8601
 * @property {object} [reply]
 * @property {object[]} flags
 * @property {object[]} corrections
 * @property {object[]} ratings
 * @property {'sending' | 'waiting' | 'sent' | 'refused'} delivery
 * @property {string} [notice]    why it was refused or waits
 * @property {object} [card]      of an alert: its card, instead of a question and a reply
 */

export function createModel() {
  /** @type {Map<string, Entry>} */
  const entries = new Map();
  const byExchange = new Map();
  const listeners = new Set();

  function put(id, change) {
    const before = entries.get(id);
    const entry = { flags: [], corrections: [], ratings: [], ...before, ...change };
    entries.set(id, entry);
    if (entry.exchangeId !== undefined) byExchange.set(entry.exchangeId, id);
    for (const listener of listeners) listener(entry, before);
    return entry;
  }

  const newer = (before, reply) => (before?.final && !reply.final ? before : reply);

  return {
    entries: () => [...entries.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    get: (id) => entries.get(id),
    thread: (id) => [...entries.values()].filter((entry) => entry.thread === id),
    knows: (exchangeId) => byExchange.has(exchangeId),
    /** @param {(entry: Entry, before: Entry | undefined) => void} listener */
    subscribe: (listener) => listeners.add(listener),

    /** A message that this page has written. */
    wrote: ({ id, thread, text, options, at }) =>
      put(id, { id, thread: thread ?? id, text, options, at, delivery: 'sending' }),
    delivery: (id, delivery, notice) => entries.has(id) && put(id, { delivery, notice }),
    accepted: (id, exchangeId, thread) =>
      entries.has(id) && put(id, { exchangeId, thread, delivery: 'sent', notice: undefined }),
    forget(id) {
      const entry = entries.get(id);
      entries.delete(id);
      for (const listener of listeners) listener({ ...entry, delivery: 'gone' }, entry);
    },

    /** An exchange as the bot has it. */
    exchange(exchange) {
      const { message } = exchange;
      const reply = newer(entries.get(message.id)?.reply, exchange.reply);
      put(message.id, {
        id: message.id,
        exchangeId: exchange.id,
        thread: message.place.thread,
        text: message.text,
        options: message.options,
        author: message.author,
        at: exchange.createdAt,
        reply,
        flags: exchange.flags,
        corrections: exchange.corrections,
        ratings: exchange.ratings,
        delivery: 'sent',
        notice: undefined,
      });
    },

    /** An alert card as the bot has it: an entry of its own, and a thread of its id. */
    alert(card) {
      const known = entries.get(card.id)?.card;
      if (known && known.updatedAt > card.updatedAt) return;
      put(card.id, { id: card.id, thread: card.id, text: card.title, at: card.openedAt, card, delivery: 'sent' });
    },

    /** A newer state of a reply; false when its exchange is not known here. */
    reply(exchangeId, reply) {
      const id = byExchange.get(exchangeId);
      if (id === undefined) return false;
      put(id, { reply: newer(entries.get(id).reply, reply) });
      return true;
    },
  };
}

/** A question that waits for a person: no teacher knew, and nobody has answered yet. */
export function isOpen(entry) {
  const answer = entry.reply?.answer;
  return answer?.outcome === 'escalated' && answer.answer === '' && standingCorrection(entry) === undefined;
}

/** The newest correction that has not been withdrawn. */
export const standingCorrection = (entry) => entry.corrections.filter((c) => !c.withdrawn).at(-1);
