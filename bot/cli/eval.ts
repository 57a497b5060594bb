/** `rounds eval FILE`: a question set through the student alone, or a teacher; nobody is escalated to. */
import { studentChooser, teacherChooser } from '../../chains/eval.ts';
import { type Chooser, type Evaluation, evaluate } from '../../models/distill/evaluate.ts';
import { readQuestions } from '../../models/distill/questions.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { loadConfig } from '../config.ts';
import { openPlant, type Plant } from '../main.ts';
import { openDatabase } from '../store/database.ts';
import { teachingLedger } from '../store/teaching.ts';
import { openLog } from './log.ts';
import { bar, type Output, percent, print, progressLine, writeLines } from './output.ts';

export interface EvalOptions extends Output {
  retrieval: boolean;
  teacher?: string;
  limit?: number;
  predictions?: string;
}

export async function evalFile(file: string, options: EvalOptions): Promise<void> {
  const config = loadConfig();
  const items = await readQuestions(file, options.limit);
  // What a teacher is sent is written down, here as well.
  const database = options.teacher === undefined ? undefined : await openDatabase(config);
  const plant = await openPlant(config, openLog(config), {
    follow: false,
    ...(database ? { ledger: teachingLedger(database) } : {}),
  }).catch(async (error) => {
    await database?.close();
    throw error;
  });
  try {
    const { choose, by, threshold } = chooser(plant, options);
    const shown = progressLine();
    const { evaluation, predictions } = await evaluate(items, choose, {
      maxError: config.maxError,
      ...(threshold === undefined ? {} : { threshold }),
      onProgress: (done, total, accuracy) =>
        shown.show(`${bar(done / total)} ${done}/${total}, ${percent(accuracy)} right`),
    });
    shown.end();
    if (options.predictions)
      await writeLines(
        options.predictions,
        predictions.map((one) => JSON.stringify(one)),
      );
    print(options, { ...evaluation, by, file }, lines(evaluation, by));
  } finally {
    await plant.close();
    await database?.close();
  }
}

function chooser(plant: Plant, options: EvalOptions): { choose: Chooser; by: string; threshold?: number } {
  const { knowledge, matcher } = plant;
  if (options.teacher !== undefined) {
    const teacher = plant.teaching.all.find(({ name }) => name === options.teacher);
    const names = plant.teaching.all.map(({ name }) => name).join(', ');
    if (!teacher) throw new BadInput(`--teacher ${options.teacher}: there is no such teacher; give one of: ${names}`);
    return { choose: teacherChooser(teacher, knowledge, matcher), by: teacher.name };
  }
  const student = plant.serving.student();
  if (!student) throw new RoundsError('no_student', plant.serving.problem() ?? 'no student is loaded');
  const { calibration, id } = student.card;
  // What was certified holds for the error it was certified for, and for answers with retrieval, as in service.
  const certified = options.retrieval && calibration.maxError === plant.maxError;
  return {
    choose: studentChooser({ student, knowledge, matcher, retrieval: options.retrieval }),
    by: id,
    ...(certified ? { threshold: calibration.threshold } : {}),
  };
}

function lines(evaluation: Evaluation, by: string): string[] {
  const { n, accuracy, randomBaseline, ece, auroc, coverageAtMaxError, maxError, msPerQuestion } = evaluation;
  const assets = Object.entries(evaluation.byAsset).sort(([a], [b]) => a.localeCompare(b));
  return [
    `${by}: ${percent(accuracy)} of ${n} questions right (chance ${percent(randomBaseline)}), ${msPerQuestion.toFixed(0)} ms each`,
    `calibration error ${ece.toFixed(3)}, AUROC ${auroc.toFixed(3)}; ${percent(coverageAtMaxError)} may be answered at ${percent(maxError)} error`,
    ...assets.map(([asset, one]) => `${percent(one.accuracy).padStart(8)}  ${asset} (${one.n})`),
  ];
}
