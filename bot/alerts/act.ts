/** What people do on alert cards, checked before it counts: who may, whether it makes sense now, what is said about it. */
import { isBinary } from '../middleware/guard.ts';
import type { AlertAction, AlertCard, Role } from '../types.ts';
import { spanOf } from './room.ts';

export const SHELVE_MINUTES = [15, 60, 480] as const;
const MAX_REASON = 300;

const ALL: readonly Role[] = ['operator', 'engineer', 'admin'];

/** The plain line for someone who may not; null for someone who may. Eight hours on the shelf take an engineer. */
export function denied(action: AlertAction, roles: readonly Role[]): string | null {
  if (!roles.some((role) => ALL.includes(role))) {
    return `You have no role here yet: ask the administrator to add ${action.author.id} to ROLES.`;
  }
  const long = action.kind === 'shelve' && action.minutes > 60;
  return long && !roles.some((role) => role !== 'operator')
    ? `Operators shelve for up to 1 h: ask an engineer for ${spanOf(action.minutes)}.`
    : null;
}

/** What is wrong with the action and how to mend it; null when it can be done. */
export function unfitAction(action: AlertAction, card: AlertCard | undefined): string | null {
  if (!card) return 'There is no such alert here.';
  if (action.kind === 'shelve') {
    if (!(SHELVE_MINUTES as readonly number[]).includes(action.minutes)) {
      return `An alarm is shelved for ${SHELVE_MINUTES.map(spanOf).join(', ')}: choose one.`;
    }
    const wrong = unfitReason(action.reason, 'Shelving');
    if (wrong) return wrong;
  }
  if (action.kind === 'wrong') {
    const wrong = unfitReason(action.reason, 'A wrong diagnosis');
    if (wrong) return wrong;
  }
  if (
    action.kind === 'assign' &&
    (action.to.name.trim() === '' || action.to.name.length > 100 || isBinary(action.to.name))
  ) {
    return 'Say who shall have it: a name of 1 to 100 characters.';
  }
  if (!card.actions.includes(action.kind)) {
    return card.state === 'resolved'
      ? 'This alert has returned to normal: there is nothing left to do.'
      : 'This was done already, or makes no sense now.';
  }
  return null;
}

export function doneNotice(action: AlertAction, card: AlertCard): string {
  switch (action.kind) {
    case 'acknowledge':
      return `Acknowledged: ${card.title}`;
    case 'shelve':
      return `Shelved for ${spanOf(action.minutes)}: ${card.title}`;
    case 'unshelve':
      return `Taken off the shelf: ${card.title}`;
    case 'assign':
      return `${action.to.name} has it: ${card.title}`;
    case 'explain':
      return 'The explanation comes in the thread.';
    case 'wrong':
      return `Flagged the diagnosis of ${card.title}: ${action.reason.trim()}`;
  }
}

function unfitReason(reason: string, what: string): string | null {
  if (reason.trim() === '') return `${what} needs a reason: say why.`;
  if (reason.length > MAX_REASON) return `The reason is too long: ${MAX_REASON} characters at most.`;
  return isBinary(reason) ? 'The reason holds control characters: write it as plain text.' : null;
}
