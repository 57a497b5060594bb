/** `rounds student import DIR`: takes in a student of ours, or of another maker once it has been tried and calibrated. */
import { studentAsker } from '../../chains/eval.ts';
import { tryStudent } from '../../models/distill/trial.ts';
import { readableGrades } from '../../models/knowledge/facts.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { loadConfig } from '../config.ts';
import { openKnowledge } from '../main.ts';
import { bar, type Output, percent, progressLine } from './output.ts';
import { said, withRegistry } from './student.ts';

export interface ImportFlags extends Output {
  questions?: number;
  /** False with --no-judge. */
  judge: boolean;
}

const QUESTIONS = 60;

export async function importDir(dir: string, { questions = QUESTIONS, judge, ...output }: ImportFlags): Promise<void> {
  const config = loadConfig();
  const shown = progressLine();
  await withRegistry({}, async (registry) => {
    const entry = await registry.importDir(dir, async (folder) => {
      const knowledge = await openKnowledge(config);
      const matcher = makeMatcher(knowledge);
      await tryStudent(folder, {
        sheets: knowledge.sheets,
        maxError: config.maxError,
        questions: judge ? questions : 0,
        asker: (student, retrieval) => studentAsker({ student, knowledge, matcher, retrieval }),
        onSaid: (rationale) =>
          process.stderr.write(
            `It says: ${readableGrades(rationale)
              .replace(/\p{C}+/gu, ' ')
              .slice(0, 200)}\n`,
          ),
        onProgress: (done, total) => shown.show(`${bar(done / total)} ${done}/${total} questions`),
      });
      shown.end();
    });
    said(output, entry, `was taken in; \`rounds student use ${entry.id}\` lets it serve`);
    const { metrics, calibration } = entry.card!;
    if (output.json || metrics.accuracy === undefined) return;
    const alone = calibration.threshold > 1 ? 'nothing' : `${percent(metrics.answeredShare ?? 0)} of the questions`;
    process.stdout.write(
      `${percent(metrics.withRetrieval ?? 0)} right with the sheets in front of it, ${percent(metrics.accuracy)} without (chance ${percent(metrics.chance ?? 0)}); it will answer ${alone} alone\n`,
    );
  });
}
