/** The end of a round: the new student is measured, and weighed against the one in service. */

import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readableGrades } from '../../knowledge/facts.ts';
import { filesIn } from '../../student/card.ts';
import { confidence } from '../../student/confidence.ts';
import { renderPrompt } from '../../student/prompt.ts';
import type { Registry, StudentEntry } from '../../student/registry.ts';
import { openStudent } from '../../student/runtime.ts';
import { WEIGHTS, writeCard } from '../../student/student.ts';
import { think } from '../../student/think.ts';
import { CHAT } from '../chat.ts';
import { percent, reliabilitySvg, riskCoverageSvg } from '../figures.ts';
import { readsOurForm } from '../form.ts';
import { type Contender, type Gate, gate } from '../gate.ts';
import { type Asker, type Judgement, judge } from '../judge.ts';
import { once, parentOf, save } from '../round-folder.ts';
import { type DistillOptions, type Round, UNSEEN_ASSET } from '../round-types.ts';
import type { Trace } from '../validate.ts';

export async function evaluating(round: Round, candidate: string, held: readonly Trace[]): Promise<Judgement> {
  const { folder, options, plan, say } = round;
  say('evaluate', 'held-out wordings');
  const judgement = await once(folder, 'judgement.json', () => judgeFolder(round, candidate, held, true));
  await writeCard(candidate, (card) => ({ ...card, metrics: judgement.metrics, calibration: judgement.calibration }));
  await save(folder, 'metrics.json', judgement.metrics);
  await writeFile(join(folder, 'reliability.svg'), reliabilitySvg(judgement.scored, judgement.calibration.threshold));
  await writeFile(join(folder, 'risk-coverage.svg'), riskCoverageSvg(judgement.scored, options.maxError));
  if (!plan.tiny) await writeChat(candidate, folder, options);
  return judgement;
}

async function judgeFolder(
  round: Round,
  folder: string,
  held: readonly Trace[],
  thorough: boolean,
): Promise<Judgement> {
  const { plan, options, sheets, taught, news, idle, count } = round;
  const parent = (await parentOf(plan, options.registry))?.card;
  const student = await openStudent(folder, options.threads ? { threads: options.threads } : {});
  try {
    return await judge(student, {
      sheets: taught,
      unseen: sheets.filter((sheet) => sheet.asset === UNSEEN_ASSET),
      news,
      traces: held,
      ...(options.machines ? { machines: options.machines } : {}),
      thorough,
      ...(parent ? { former: parent.calibration } : {}),
      // Not the training seed: the same draw in another wording would be too easy.
      seed: 100_000,
      count: plan.shape.questions,
      maxError: options.maxError,
      ...(options.asker ? { asker: options.asker } : {}),
      turn: () => idle.turn(),
      onProgress: count,
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } finally {
    await student.close();
  }
}

// ------------------------------------------------------------------------------------------------ gate, promote

/** The candidate and the student in service answer the same questions in the same run. */
export async function compare(
  round: Round,
  candidate: string,
  judgement: Judgement,
  held: readonly Trace[],
): Promise<Gate> {
  const { plan, folder, options, news } = round;
  const current = await options.registry.current().catch(() => undefined);
  const entry = current?.entry;
  if (!entry?.card || entry.damage !== null || !(await readsOurForm(entry.folder)))
    return firstOfItsForm(judgement.metrics);
  const former = await once(folder, 'former.json', () => judgeFolder(round, entry.folder, held, false));
  const times = await timedInTurns([candidate, entry.folder]);
  const contender = async (id: string, of: Judgement, at: string, i: 0 | 1): Promise<Contender> => ({
    id,
    judgement: of,
    calibration: i === 0 ? judgement.calibration : entry.card!.calibration,
    bytes: await servedBytes(at),
    ms: times[i],
  });
  return gate(
    await contender(plan.id, judgement, candidate, 0),
    await contender(entry.id, former, entry.folder, 1),
    new Set(news.map(({ id }) => id)),
  );
}

function firstOfItsForm(metrics: Record<string, number>): Gate {
  const promote = (metrics.accuracy ?? 0) - (metrics.chance ?? 0) > 0.1;
  const figures = `${percent(metrics.accuracy ?? 0)} on held-out wordings, chance ${percent(metrics.chance ?? 0)}`;
  return {
    promote,
    reason: promote
      ? `promoted: no student that reads this form is in service; ${figures}`
      : `not promoted: hardly above chance; ${figures}`,
    checks: [],
    candidate: metrics,
    inService: null,
  };
}

/** Without the 16-bit weights, which only the next round reads. */
async function servedBytes(folder: string): Promise<number> {
  const files = (await filesIn(folder)).filter((name) => name !== WEIGHTS);
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Median time of an answer of 32 tokens, one student after the other in turns: the machine's moods strike both. */
async function timedInTurns(folders: readonly [string, string]): Promise<[number, number]> {
  const [a, b] = [await openStudent(folders[0]), await openStudent(folders[1])];
  const times: [number[], number[]] = [[], []];
  try {
    for (const question of CHAT.slice(0, 12))
      for (const [i, student] of [a, b].entries()) {
        const begun = performance.now();
        const { tokenLogProbs } = await student.generate(renderPrompt({ question }), { maxTokens: 32 });
        times[i]!.push((32 * (performance.now() - begun)) / Math.max(1, tokenLogProbs.length));
      }
  } finally {
    await Promise.all([a.close(), b.close()]);
  }
  const median = (of: number[]): number => of.sort((x, y) => x - y)[Math.floor(of.length / 2)]!;
  return [median(times[0]), median(times[1])];
}

/** In the list, once; a killed round may have put it there. */
export async function registered(registry: Registry, id: string, folder: string): Promise<StudentEntry> {
  return (await registry.list()).find((entry) => entry.id === id) ?? registry.add(folder);
}

/** The fifty chat questions with the student's answers, before any teacher is asked, for a person to read. */
async function writeChat(studentFolder: string, folder: string, options: DistillOptions): Promise<void> {
  const student = await openStudent(studentFolder);
  try {
    const direct: Asker = ({ question }) => think(student, { question });
    const ask = options.asker?.(student, true) ?? direct;
    const lines = ['# Fifty questions, answered by the student alone', ''];
    for (const question of CHAT) {
      const thought = await ask({ question });
      const { calibration } = student.card;
      const p = thought ? confidence(thought.features, calibration) : 0;
      const does = p >= calibration.threshold ? 'answers' : 'turns to a teacher';
      lines.push(
        `**${question}**`,
        `> ${readableGrades(thought?.rationale ?? '')}`,
        '',
        `→ ${thought?.answer || '(no answer)'} (${Math.round(100 * p)} %: ${does})`,
        '',
      );
    }
    await writeFile(join(folder, 'chat.md'), lines.join('\n'));
  } finally {
    await student.close();
  }
}
