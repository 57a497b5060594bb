/** What those have in common whose order is kept: the jobs of one conversation, the replies of one channel. */
import type { Place } from '../types.ts';

export function threadKey({ adapter, channel, thread }: Place): string {
  return JSON.stringify([adapter, channel, thread]);
}

export function channelKey({ adapter, channel }: Place): string {
  return JSON.stringify([adapter, channel]);
}
