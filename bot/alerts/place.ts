/** Where a card belongs by its route, and where it is shown. Written `adapter:channel`. */
import type { Place } from '../types.ts';
import type { CardRecord } from './types.ts';

type Channel = Pick<Place, 'adapter' | 'channel'>;

export function channelOf({ adapter, channel }: Channel): string {
  return `${adapter}:${channel}`;
}

export function placeOf(written: string): Channel {
  const colon = written.indexOf(':');
  return { adapter: written.slice(0, colon), channel: written.slice(colon + 1) };
}

/** Its own channel, or the one that took it instead. */
export function shownAt({ shownIn, adapter, channel }: Pick<CardRecord, 'shownIn' | 'adapter' | 'channel'>): Channel {
  return shownIn === undefined ? { adapter, channel } : placeOf(shownIn);
}
