/**
 * The log as a round may use it: what someone with the role has reviewed, as traces and questions; the rest as signals
 * without text, and as a list of what is held back. Nothing that a chat user wrote passes here without a review.
 */

import type { Held, ReviewedQuestion, RoundLog } from '../../models/distill/collect.ts';
import type { Trace, Validation } from '../../models/distill/validate.ts';
import { sha256 } from '../../models/files.ts';
import { type Config, rolesOf } from '../config.ts';
import { may } from '../middleware/authorize.ts';
import { type Matter, reviewed } from '../review/items.ts';
import type { Correction, Doubt, Person, Store } from '../types.ts';

export interface RoundLogOptions {
  /** Signals of exchanges from then on (ISO 8601); reviewed answers are given whatever their age. */
  since?: string;
}

export async function roundLog(
  store: Store,
  config: Pick<Config, 'roles'>,
  { since = '' }: RoundLogOptions = {},
): Promise<RoundLog> {
  const mayReview = (person: Person) => may(rolesOf(config, person.id, person.groups), 'review');
  const { matters, corrections, signals } = await reviewed(store, mayReview);
  const traces: Trace[] = corrections.map(({ correction, question }) =>
    correctionTrace(correction, question, correction.author),
  );
  const questions: ReviewedQuestion[] = [];
  const held: Held[] = [];
  for (const matter of matters) {
    if (matter.state === 'waiting') held.push(...heldBack(matter));
    if (matter.state !== 'accepted') continue;
    const by = matter.decision!.by;
    if (matter.kind === 'complaint') questions.push(questionOf(matter, by));
    else traces.push(acceptedTrace(matter, by));
  }
  return {
    traces,
    questions,
    signals: signals
      .filter(({ exchange }) => exchange.createdAt >= since)
      .map(({ kind, exchange }) => ({
        kind,
        person: exchange.message.author.id,
        topic: exchange.reply.answer?.topic ?? { faults: [], parameters: [] },
      })),
    held,
  };
}

/** What a round doubted, into the review queue. The same doubt is shown once, in whichever round it comes again. */
export function doubtsOf(validation: Pick<Validation, 'doubted'>, round: number, at: Date): Doubt[] {
  return validation.doubted.map(({ trace, reason }) => {
    const { question, options, answer, rationale, teacher } = trace;
    const key = JSON.stringify([question, options ?? null, answer, rationale, teacher]);
    return {
      id: `doubt/${sha256(key).slice(0, 12)}`,
      ...{ question, answer, rationale, teacher, reason, round },
      ...(options ? { options } : {}),
      createdAt: at.toISOString(),
    };
  });
}

function acceptedTrace(matter: Matter, by: Person): Trace {
  const { id, kind, question, options, answer, rationale, correction, answeredBy } = matter;
  if (correction) return correctionTrace(correction, question, by);
  return {
    id,
    kind: 'escalation',
    question,
    ...(options ? { options } : {}),
    ...{ answer, rationale, teacher: answeredBy, reviewedBy: by.id },
    // Who looked at the contradiction and let it stand has corrected the sheet.
    ...(kind === 'doubt' ? { overrules: true } : {}),
  };
}

function correctionTrace({ id, options, answer, rationale }: Correction, question: string, by: Person): Trace {
  return {
    id: `correction/${id}`,
    kind: 'correction',
    question,
    ...(options ? { options } : {}),
    ...{ answer, rationale, teacher: 'person', reviewedBy: by.id },
  };
}

function questionOf({ id, question, options, topic }: Matter, by: Person): ReviewedQuestion {
  return { id, question, ...(options ? { options } : {}), topic, reviewedBy: by.id };
}

const WAITS: Record<Matter['kind'], { kind: Held['kind']; reason: string }> = {
  complaint: { kind: 'flag', reason: 'a complaint that nobody with the role has looked at' },
  trace: {
    kind: 'escalation',
    reason: "a teacher's answer to a person's question that nobody with the role has passed",
  },
  correction: { kind: 'correction', reason: 'its author does not have the role' },
  doubt: { kind: 'doubt', reason: 'a sheet contradicts it and no engineer has said who is right' },
};

function heldBack(matter: Matter): Held[] {
  return matter.authors.map((author) => ({ id: matter.id, author, ...WAITS[matter.kind] }));
}
