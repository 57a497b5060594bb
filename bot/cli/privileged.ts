/**
 * What takes a role, on the command line: whoever runs it is `cli:USER`, an engineer unless ROLES says otherwise (who can
 * run it can write the data folder anyway). A refusal is written down like one in a channel.
 */
import { userInfo } from 'node:os';
import { BadInput } from '../../models/errors.ts';
import type { Desk } from '../commands/desk.ts';
import { type Config, loadConfig, rolesOf } from '../config.ts';
import { auditEntry } from '../middleware/audit.ts';
import { type Deed, denial, may } from '../middleware/authorize.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import type { Person } from '../types.ts';

export interface Office extends Pick<Desk, 'store' | 'rolesOf' | 'clock'> {
  config: Config;
  author: Person;
}

/** `command`: its name, for the audit log. Throws BadInput when the person may not. */
export async function privileged(deed: Deed, command: string, work: (office: Office) => Promise<void>): Promise<void> {
  const config = loadConfig();
  const { username } = userInfo();
  const author = { id: `cli:${username}`, name: username };
  const store = sqlStore({ database: await openDatabase(config) });
  try {
    const office: Office = {
      ...{ store, config, author },
      rolesOf: (person) => rolesOf(config, person.id, person.groups),
      clock: () => new Date(),
    };
    const roles = office.rolesOf(author);
    if (!may(roles, deed)) {
      const notice = denial(author, roles, deed);
      const note = { what: deed, target: command, before: '', after: notice, allowed: false };
      await store.audit(auditEntry(author, note, office.clock()));
      throw new BadInput(notice);
    }
    await work(office);
  } finally {
    await store.close();
  }
}
