/** All that a reader can see of an exchange's reply, in one text: what channels that render by themselves are judged by. */
import { viewOf } from '../../../adapters/shared/view.ts';
import type { Exchange } from '../../../bot/types.ts';

export function viewText(exchange: Exchange): string {
  const view = viewOf(exchange.reply, exchange);
  if (view.kind === 'working') return `${view.line}\n${view.partial}`;
  if (view.kind === 'notice') return view.text;
  const { answer, before, corrected, confidence, by, reason, rationale, flags, sources, notice } = view;
  return [
    ...[answer, before ?? '', corrected?.by ?? '', corrected?.rationale ?? '', confidence?.percent ?? '', by, reason],
    ...[rationale, ...flags, ...sources.flatMap(({ title, text }) => [title, text]), notice],
  ].join('\n');
}
