/**
 * Who writes: name, and the user groups that ROLES speaks of. Both are asked of Slack ahead of need, never while a message
 * waits to be acknowledged: until a name is known, the id stands for it; a group that cannot be read has no members.
 */
import type { Person } from '../../bot/types.ts';
import { plain } from '../shared/text.ts';
import { type Client, mendOf } from './api.ts';

export interface PeopleOptions {
  client: Client;
  /** User group ids (`S…`) that roles were given to. */
  groups: readonly string[];
  onError: (error: unknown, what: string) => void;
}

export interface People {
  /** Reads the groups, now and from time to time. */
  start(): Promise<void>;
  stop(): void;
  person(user: string, seen?: { name?: string; team?: string }): Person;
  /** Only people of this team are `slack:…`: a guest of a shared channel is nobody's "everybody". */
  ownTeam(id: string): void;
  /** What keeps groups from being known, in one line; null when all is well. */
  problem(): string | null;
  membersChanged(group: string, users: readonly string[]): void;
}

const REFRESH_MS = 5 * 60_000;
/** Members not read for so long are members no more. */
const TRUSTED_MS = 60 * 60_000;
const NAMES = 5000;

export function slackPeople({ client, groups, onError }: PeopleOptions): People {
  const names = new Map<string, string>();
  const asked = new Set<string>();
  const members = new Map<string, { users: ReadonlySet<string>; at: number }>();
  let team: string | undefined;
  let problem: string | null = null;
  let timer: NodeJS.Timeout | undefined;

  async function readGroups(): Promise<void> {
    let fault: string | null = null;
    for (const group of groups) {
      try {
        const { users = [] } = await client.usergroups.users.list({ usergroup: group });
        members.set(group, { users: new Set(users), at: Date.now() });
      } catch (error) {
        fault = `members of user group ${group} cannot be read: ${mendOf(error)}`;
        onError(error, fault);
      }
    }
    problem = fault;
  }

  function learnName(user: string): void {
    if (asked.has(user) || names.has(user)) return;
    asked.add(user);
    client.users
      .info({ user })
      .then(({ user: found }) => {
        const name = plain(found?.profile?.display_name || found?.real_name || found?.name || '');
        if (name) names.set(user, name);
        if (names.size > NAMES) names.delete(names.keys().next().value!);
      })
      .catch((error) => onError(error, `the name of ${user} is not known`))
      .finally(() => asked.delete(user));
  }

  return {
    async start() {
      await readGroups();
      if (groups.length > 0) timer = setInterval(() => void readGroups(), REFRESH_MS);
    },
    stop: () => clearInterval(timer),
    problem: () => problem,
    ownTeam(id) {
      team = id;
    },
    membersChanged(group, users) {
      if (groups.includes(group)) members.set(group, { users: new Set(users), at: Date.now() });
    },

    person(user, seen = {}) {
      if (seen.name && !names.has(user)) names.set(user, plain(seen.name));
      if (!names.has(user)) learnName(user);
      const guest = seen.team !== undefined && team !== undefined && seen.team !== team;
      const name = names.get(user) ?? user;
      if (guest) return { id: `slackguest:${user}`, name };
      const known = [...members].filter(([, { users, at }]) => users.has(user) && Date.now() - at < TRUSTED_MS);
      return { id: `slack:${user}`, name, groups: known.map(([group]) => `slack:@${group}`) };
    },
  };
}
