/** What the bot is doing at the moment, and its rationale as it is being written. Updated in place, so that reading is not disturbed. */
import { h } from './dom.js';
import { duration, stageWords } from './words.js';

export function createProgress(since) {
  const stage = h('b', {});
  const clock = h('span', { class: 'quiet' });
  const partial = h('p', { class: 'partial', hidden: true });
  const element = h(
    'div',
    { class: 'progress' },
    h('p', { class: 'stage' }, h('span', { class: 'pulse', 'aria-hidden': 'true' }), stage, clock),
    partial,
  );
  const tick = setInterval(() => {
    const ms = Date.now() - Date.parse(since);
    if (ms >= 2000) clock.textContent = duration(Math.floor(ms / 1000) * 1000);
  }, 1000);

  return {
    element,
    update(reply) {
      const whom = reply.stage === 'asking the teacher' && reply.partial ? `: ${reply.partial}` : '';
      stage.textContent = `${stageWords(reply.stage)}${whom}…`;
      if (reply.stage !== 'thinking') return; // what was thought stays to be read while it is judged
      partial.hidden = !reply.partial;
      partial.textContent = reply.partial ?? '';
    },
    stop: () => clearInterval(tick),
  };
}
