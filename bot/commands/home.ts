/** A person's own page: their questions, what waits for people, how the bot is; for engineers, what to look at. */
import { may } from '../middleware/authorize.ts';
import type { Home, Person } from '../types.ts';
import type { Desk } from './desk.ts';
import { statusText } from './status.ts';

const MINE = 10;
const REVIEW = 20;

export async function home({ store, rolesOf, status }: Desk, person: Person): Promise<Home> {
  const roles = rolesOf(person);
  const asked = may(roles, 'ask');
  const [now, mine, open, review] = await Promise.all([
    status(),
    store.exchangesOf(person.id, MINE),
    asked ? store.openQuestions() : [],
    may(roles, 'correct') ? store.flagged(REVIEW) : [],
  ]);
  return { roles, status: now, about: statusText(now), mine, open, review };
}
