/**
 * Acknowledging and shelving reach the source's own system, where its adapter may and can. What is to be told is kept with
 * the card, in the transaction in which the press is worked off, until the source has taken or refused it: whatever dies in
 * between, the next process tells it. A verb that was carried out just before the process died is told once more; the
 * source's system has it already then.
 */
import { NotYet } from '../../models/errors.ts';
import type { Logger } from '../logger.ts';
import type { AlertAction, AlertSource } from '../types.ts';
import type { Room } from './room.ts';
import type { CardRecord, Telling } from './types.ts';

export interface TellerParts {
  sources: readonly AlertSource[];
  clock: () => Date;
  logger: Logger;
  /** Something is to be saved. */
  wake: () => void;
}

export interface Teller {
  /** Notes on the card what its sources are to be told of a press that the room has worked off. Saved with it. */
  plan(action: AlertAction, room: Room, at: string): void;
  /** Tells what is on disk; of one card and source one after the other. */
  tell(room: Room): void;
}

const RETRY_MS = 5000;
/** What a source could not be told for so long is not the present any more. */
const GIVE_UP_MS = 24 * 3_600_000;
/** What was told lately: should the desk have to begin anew, it is not told again. */
const REMEMBERED = 1000;

export function createTeller({ sources, clock, logger, wake }: TellerParts): Teller {
  /** `card source` that are being told, and when those that could not be may be again. */
  const underway = new Set<string>();
  const notBefore = new Map<string, number>();
  const over = new Set<string>();

  async function tellOne(one: Telling, record: CardRecord, room: Room): Promise<void> {
    const alarm = room.alarmsOf(record).find(({ id }) => id === one.alarmId);
    const source = sources.find(({ name }) => name === one.source);
    const { action } = one;
    const leftMs = action.kind === 'shelve' ? Date.parse(one.at) + action.minutes * 60_000 - clock().getTime() : 0;
    // Its time on the shelf is over, or it was taken off again.
    if (action.kind === 'shelve' && (!alarm?.shelved || leftMs <= 0)) return settle(one);
    if (action.kind === 'acknowledge' && !alarm?.acknowledged) {
      // Nobody has seen it since: it must not be acknowledged there.
      return settle(
        one,
        record,
        room,
        `Not acknowledged in ${one.source}: it was active again before it could be told`,
      );
    }
    try {
      if (!source) throw new Error('it is not configured any more');
      await verbOf(source, action, leftMs / 60_000)?.(one.fingerprint);
      settle(one, record, room, one.said ? `Now in ${one.source}, too: ${action.kind}` : undefined);
    } catch (error) {
      const why = (error as Error).message.split('\n')[0];
      if (!(error instanceof NotYet) || clock().getTime() - Date.parse(one.at) > GIVE_UP_MS) {
        logger.warn({ error, alarm: one.alarmId }, `${one.source} was not told of ${action.kind}`);
        // Whoever pressed it must not believe that it holds there, too.
        return settle(one, record, room, `Only here, not in ${one.source}: ${why}`);
      }
      notBefore.set(keyOf(one, record), clock().getTime() + RETRY_MS);
      if (one.said) return;
      one.said = true;
      logger.warn({ error, alarm: one.alarmId }, `${one.source} cannot be told of ${action.kind} yet`);
      room.remark(record, `Not yet in ${one.source}: ${why}`, clock());
    }
  }

  function settle(one: Telling, record?: CardRecord, room?: Room, remark?: string): void {
    over.add(one.id);
    if (over.size > REMEMBERED) over.delete(over.keys().next().value!);
    if (record && room && remark) room.remark(record, remark, clock());
  }

  return {
    plan(action, room, at) {
      const record = [...room.cards()].find(({ id }) => id === action.cardId);
      if (!record) return;
      for (const { id: alarmId, source, fingerprint } of room.alarmsOf(record)) {
        const to = sources.find(({ name }) => name === source);
        if (!to || !verbOf(to, action, 0)) continue;
        const one: Telling = { id: `${action.id}/${alarmId}`, alarmId, source, fingerprint, action, at };
        record.toTell = [...(record.toTell ?? []), one];
      }
    },

    tell(room) {
      for (const record of room.cards()) {
        if (!record.toTell?.length) continue;
        const firsts = new Map<string, Telling>();
        for (const one of record.toTell) {
          if (!firsts.has(keyOf(one, record))) firsts.set(keyOf(one, record), one);
        }
        for (const [key, one] of firsts) {
          if (underway.has(key) || clock().getTime() < (notBefore.get(key) ?? 0)) continue;
          notBefore.delete(key);
          underway.add(key);
          void (over.has(one.id) ? Promise.resolve() : tellOne(one, record, room)).finally(() => {
            underway.delete(key);
            if (over.has(one.id)) record.toTell = record.toTell?.filter(({ id }) => id !== one.id);
            room.touched(record);
            wake();
          });
        }
      }
    },
  };
}

function keyOf({ source }: Telling, { id }: CardRecord): string {
  return `${id} ${source}`;
}

/** Undefined where the source has none for it. */
function verbOf(
  source: AlertSource,
  action: AlertAction,
  minutes: number,
): ((fingerprint: string) => Promise<void>) | undefined {
  const { author } = action;
  const { acknowledge, shelve, unshelve } = source;
  switch (action.kind) {
    case 'acknowledge':
      return acknowledge && ((fingerprint) => acknowledge(fingerprint, author, `acknowledged by ${author.name}`));
    case 'shelve':
      return shelve && ((fingerprint) => shelve(fingerprint, minutes, author));
    case 'unshelve':
      return unshelve && ((fingerprint) => unshelve(fingerprint, author));
    default:
      return undefined;
  }
}
