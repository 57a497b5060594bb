/** A Discord adapter connected to a local peer, for tests: one server, one channel, an operator and an engineer. */
import { type DiscordOptions, discordAdapter } from '../../../adapters/discord/discord.ts';
import type { Door } from '../../../bot/types.ts';
import { afterwards } from '../../bot/fixture.ts';
import { type DiscordPeer, discordPeer, type PeerMessage, type PeerOptions } from '../../peers/discord/peer.ts';

export const WAIT = { timeout: 20_000, interval: 10 };

export interface Connected {
  peer: DiscordPeer;
  channel: string;
  ann: ReturnType<DiscordPeer['person']>;
  /** Holds the peer's role `engineer`. */
  eng: ReturnType<DiscordPeer['person']>;
  engineers: string;
  /** A new adapter on the same peer; nothing of a former one is kept. */
  adapter(more?: Partial<DiscordOptions>): ReturnType<typeof discordAdapter>;
}

export async function discordPlant(options: PeerOptions = {}): Promise<Connected> {
  const peer = await discordPeer({ heartbeatIntervalMs: 2000, ...options });
  afterwards(() => peer.stop());
  const channel = peer.channel('operations').id;
  const engineers = peer.role('engineer').id;
  return {
    ...{ peer, channel, engineers },
    ann: peer.person('Ann'),
    eng: peer.person('Eng', [engineers]),
    adapter(more = {}) {
      const made = discordAdapter({
        ...{ token: peer.token, api: peer.api },
        ...more,
        timing: {
          ...{ selfCheckMs: 60_000, selfCheckTimeoutMs: 500, startMs: 10_000, retryMs: { first: 20, longest: 200 } },
          ...more.timing,
        },
      });
      afterwards(() => made.stop());
      return made;
    },
  };
}

/** The adapter started on a door that shows its replies there. */
export async function started(
  plant: Connected,
  door: Door & { attach(adapter: ReturnType<Connected['adapter']>): void },
  more: Partial<DiscordOptions> = {},
) {
  const adapter = plant.adapter(more);
  door.attach(adapter);
  await adapter.start(door);
  return adapter;
}

/** All that is to be read on a message. */
export function textOf({ content, embeds }: PeerMessage): string {
  const parts = embeds.flatMap(({ title, description, fields, footer }) => [
    ...[title, description, footer?.text],
    ...(fields ?? []).flatMap(({ name, value }) => [name, value]),
  ]);
  return [content, ...parts]
    .filter(Boolean)
    .join('\n')
    .replace(/\*\*|\\(?=[^\w\s])/g, '');
}

/** A card is a reply; a plain line is a word beside it. */
export function isCard({ embeds, flags }: PeerMessage): boolean {
  return embeds.length > 0 || ((flags ?? 0) & (1 << 7)) !== 0;
}
