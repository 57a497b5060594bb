/** What the jobs of one conversation have in common, for a queue that keeps their order. */
import type { Place } from '../types.ts';

export function threadKey({ adapter, channel, thread }: Place): string {
  return JSON.stringify([adapter, channel, thread]);
}
