/**
 * `rounds review list|accept|reject|undo`: what waits for someone with the role before it may teach.
 */
import { BadInput } from '../../models/errors.ts';
import type { Desk } from '../commands/desk.ts';
import { review, reviewList } from '../commands/review.ts';
import type { Config } from '../config.ts';
import { newId } from '../ids.ts';
import { openKnowledge } from '../main.ts';
import type { Person, ReviewItem } from '../types.ts';
import { type Output, print } from './output.ts';
import { privileged } from './privileged.ts';

export interface ListFlags extends Output {
  kind?: ReviewItem['kind'];
  /** Decided ones too. */
  all?: boolean;
  limit?: number;
}

export async function list({ kind, all, limit = 50, ...output }: ListFlags): Promise<void> {
  await atDesk(async (desk) => {
    const items = (await reviewList(desk)).filter(
      (item) => (all || item.state === 'waiting') && (kind === undefined || item.kind === kind),
    );
    const shown = items.slice(0, limit);
    const waiting = items.filter(({ state }) => state === 'waiting').length;
    const more = items.length > shown.length ? [`… and ${items.length - shown.length} more: --limit N shows them`] : [];
    const none = 'Nothing waits for a review.';
    print(output, { waiting, items: shown }, items.length ? [...shown.flatMap(lines), ...more] : [none]);
  });
}

export interface DecideFlags extends Output {
  answer?: string;
  because?: string;
}

/** Each of `ids`, or none: an unknown one or one that cannot be decided so ends it before the next. */
export async function decide(
  decision: 'accept' | 'reject' | 'undo',
  ids: readonly string[],
  { answer, because, ...output }: DecideFlags,
): Promise<void> {
  if (because !== undefined && answer === undefined) throw new BadInput('--because belongs to --answer: give both');
  if (answer !== undefined && ids.length > 1) throw new BadInput('--answer is for one item: name one');
  await atDesk(async (desk, author) => {
    const decided: { item: string; notice: string }[] = [];
    for (const item of ids) {
      const result = await review(desk, {
        ...{ kind: 'review', id: newId(desk.clock()), item, decision, author },
        ...(answer === undefined ? {} : { answer }),
        ...(because === undefined ? {} : { rationale: because }),
      });
      if (result.kind !== 'done') throw new BadInput(result.notice);
      decided.push({ item, notice: result.notice });
    }
    print(
      output,
      { decision, decided },
      decided.map(({ notice }) => notice),
    );
  });
}

type ReviewDesk = Pick<Desk, 'store' | 'rolesOf' | 'clock' | 'safety'>;

function atDesk(work: (desk: ReviewDesk, author: Person) => Promise<void>): Promise<void> {
  return privileged('review', 'rounds review', async ({ config, author, ...office }) =>
    work({ ...office, safety: { procedure: await safetyProcedure(config) } }, author),
  );
}

async function safetyProcedure(config: Config): Promise<string> {
  return (await openKnowledge(config)).register.site.safetyProcedure;
}

/** Text of people is shown on one line, without control characters. */
function lines(item: ReviewItem): string[] {
  const { id, kind, state, question, options, answer, answeredBy, reasons, exchanges, decision } = item;
  const times = exchanges.length > 1 ? `, ${exchanges.length} times` : '';
  const by = decision ? `, ${state} by ${plain(decision.by.name)}` : '';
  return [
    `${id}  ${kind}${times}${by}`,
    `  ${plain(question)}${options ? ` [${options.map(plain).join(' | ')}]` : ''}`,
    `  → ${plain(answer) || '(no answer)'} (${plain(answeredBy)})`,
    ...reasons.slice(0, 3).map((reason) => `  · ${plain(reason)}`),
    ...(reasons.length > 3 ? [`  · … ${reasons.length - 3} more`] : []),
  ];
}

function plain(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
