/**
 * Who somebody is: the person's id, name and Discord roles, named as in ROLES (`discord:&ROLE`). Everybody in a server has
 * its `@everyone` role, whose id is the server's. In a direct message, the roles are those of the servers shared with
 * the bot. Who cannot be looked up has none.
 */
import type { APIInteractionGuildMember, Client, GuildMember, User } from 'discord.js';
import type { Person } from '../../bot/types.ts';
import { clip } from '../shared/fold.ts';
import { plain } from '../shared/text.ts';
import type { Logger } from './discord.ts';
import { ADAPTER } from './origin.ts';

const KEPT_MS = 60_000;

export interface People {
  of(user: User, member: GuildMember | APIInteractionGuildMember | null): Promise<Person>;
}

export function createPeople(client: Client<true>, clock: () => number, logger: Logger): People {
  const kept = new Map<string, { groups: Promise<string[]>; until: number }>();
  return {
    async of(user, member) {
      const groups = member ? groupsOf(member) : await elsewhere(user);
      return { id: `${ADAPTER}:${user.id}`, name: nameOf(user, member), groups };
    },
  };

  function elsewhere(user: User): Promise<string[]> {
    const known = kept.get(user.id);
    if (known && known.until > clock()) return known.groups;
    const groups = lookUp(user);
    kept.set(user.id, { groups, until: clock() + KEPT_MS });
    return groups;
  }

  /** Never rejects. */
  async function lookUp(user: User): Promise<string[]> {
    const groups: string[] = [];
    for (const guild of client.guilds.cache.values()) {
      try {
        const member = await guild.members.fetch({ user: user.id, force: true, cache: false });
        groups.push(...groupsOf(member));
      } catch (error) {
        logger.info({ error, guild: guild.id, user: user.id }, 'not a member there: no roles from it');
      }
    }
    return groups;
  }
}

function groupsOf(member: GuildMember | APIInteractionGuildMember): string[] {
  const ids = Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()];
  return ids.map((id) => `${ADAPTER}:&${id}`);
}

function nameOf(user: User, member: GuildMember | APIInteractionGuildMember | null): string {
  const nick = member && ('displayName' in member ? member.displayName : member.nick);
  return clip(plain(nick || user.globalName || user.username), 80) || user.id;
}
