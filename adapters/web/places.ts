/**
 * Where an exchange stands. The door is asked for exchanges by channel and thread; the page and the bot name them by id
 * alone. What was seen lately is remembered; anything else is looked for among the newest of the channel.
 */
import type { Door, Exchange, Place } from '../../bot/types.ts';

export interface Places {
  remember(exchangeId: string, place: Place): void;
  /** The exchange as the store has it now; undefined when it is not among those remembered or the newest 500. */
  find(exchangeId: string): Promise<Exchange | undefined>;
}

const REMEMBERED = 10_000;
const NEWEST = 500;

export function createPlaces(door: Door, adapter: string, channel: string): Places {
  const known = new Map<string, Place>();

  return {
    remember(exchangeId, place) {
      known.set(exchangeId, place);
      if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    },
    async find(exchangeId) {
      const place = known.get(exchangeId) ?? { adapter, channel, thread: undefined };
      const near = await door.history({ adapter, channel: place.channel, thread: place.thread, limit: NEWEST });
      return near.find((e) => e.id === exchangeId);
    },
  };
}
