/**
 * Messages on their way. Each is kept in the browser until the bot has it on disk, and sent again with the same id, so
 * that it arrives once. What the bot refuses is not kept: its line goes back to the writer.
 */
import { NotReached, post } from './api.js';

const KEY = 'rounds.outbox';

/** @param {{sending(m): void, accepted(m, receipt): void, waiting(m, why): void, refused(m, why): void}} on */
export function createOutbox(on) {
  const busy = new Set();
  let timer;
  let waitMs = 1000;

  async function deliver(message) {
    if (busy.has(message.id)) return;
    busy.add(message.id);
    try {
      const { at: _at, ...body } = message;
      on.sending(message);
      const receipt = await post('/api/messages', body);
      remove(message.id);
      waitMs = 1000;
      on.accepted(message, receipt);
    } catch (error) {
      if (error instanceof NotReached) {
        on.waiting(message, error.message);
        later();
      } else {
        remove(message.id);
        on.refused(message, error.message);
      }
    } finally {
      busy.delete(message.id);
    }
  }

  /** One after another, so that the order of a thread stays. */
  async function flush() {
    clearTimeout(timer);
    for (const message of read()) await deliver(message);
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(flush, waitMs);
    waitMs = Math.min(waitMs * 2, 15_000);
  }

  return {
    kept: read,
    flush,
    send(message) {
      write([...read(), message]);
      return deliver(message);
    },
  };
}

let memory = []; // for a browser whose storage is switched off: kept as long as the page is open

const remove = (id) => write(read().filter((message) => message.id !== id));

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((m) => typeof m?.id === 'string' && typeof m.text === 'string') : [];
  } catch {
    return memory;
  }
}

function write(messages) {
  memory = messages;
  try {
    localStorage.setItem(KEY, JSON.stringify(messages));
  } catch {
    // full or switched off: `memory` has them
  }
}
