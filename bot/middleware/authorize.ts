/** Who may do what: nobody anything without a role. It does not know where roles come from. */
import type { CommandName } from '../commands/parse.ts';
import type { Action, Person, Role } from '../types.ts';
import type { DoorMiddleware } from './context.ts';

/** What is written to the bot, or done on a reply; `promote`: letting another student serve (command line). */
export type Deed = CommandName | Action['kind'] | 'promote';

const ALL: readonly Role[] = ['operator', 'engineer', 'admin'];

/** `undo` is for one's own marks; another's takes an engineer (commands/undo.ts). */
const MAY: Record<Deed, readonly Role[]> = {
  ask: ALL,
  flag: ALL,
  rate: ALL,
  undo: ALL,
  status: ALL,
  handover: ALL,
  help: ALL,
  correct: ['engineer', 'admin'],
  teach: ['engineer', 'admin'],
  review: ['engineer', 'admin'],
  promote: ['engineer', 'admin'],
};

export function may(roles: readonly Role[], deed: Deed): boolean {
  return roles.some((role) => MAY[deed].includes(role));
}

/** The plain line for someone who may not. */
export function denial(person: Person, roles: readonly Role[], deed: Deed): string {
  if (roles.length === 0) {
    return `You have no role here yet: ask the administrator to add ${person.id} to ROLES.`;
  }
  if (deed === 'correct') return 'Only engineers correct answers: flag it with a reason, or ask an engineer.';
  if (deed === 'teach') return 'Only engineers teach: ask an engineer to look at that message.';
  if (deed === 'review') return 'Only engineers review what is taught: ask an engineer.';
  if (deed === 'promote') return 'Only engineers choose which student serves: ask an engineer.';
  return `Your role (${roles.join(', ')}) does not allow ${deed}: ask an engineer.`;
}

export function authorize(): DoorMiddleware {
  return async function authorize(incoming, next) {
    const { message, command, roles } = incoming;
    if (may(roles, command.name)) return next();
    const notice = denial(message.author, roles, command.name);
    incoming.receipt = { kind: 'rejected', notice };
    incoming.notes.push({
      what: command.name,
      target: message.place.channel,
      before: '',
      after: notice,
      allowed: false,
    });
  };
}
