/** Who may do what: nobody anything without a role. It does not know where roles come from. */
import type { CommandName } from '../commands/parse.ts';
import type { Person, Role } from '../types.ts';
import type { DoorMiddleware } from './context.ts';

const ALL: readonly Role[] = ['operator', 'engineer', 'admin'];

/** `undo` is for one's own marks; another's takes an engineer (commands/undo.ts). */
const MAY: Record<CommandName, readonly Role[]> = {
  ask: ALL,
  flag: ALL,
  undo: ALL,
  status: ALL,
  help: ALL,
  correct: ['engineer', 'admin'],
};

export function may(roles: readonly Role[], command: CommandName): boolean {
  return roles.some((role) => MAY[command].includes(role));
}

/** The plain line for someone who may not. */
export function denial(person: Person, roles: readonly Role[], command: CommandName): string {
  if (roles.length === 0) {
    return `You have no role here yet: ask the administrator to add ${person.id} to ROLES.`;
  }
  return command === 'correct'
    ? 'Only engineers correct answers: flag it with a reason, or ask an engineer.'
    : `Your role (${roles.join(', ')}) does not allow ${command}: ask an engineer.`;
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
