/**
 * Is the student's confidence worth trusting? Questions as they come in service, on facts that its confidence was neither
 * fitted nor certified on, and questions that it must not answer: other trades, and machines that do not exist.
 */
import { decide, refusal } from '../../chains/decide.ts';
import { studentAsker } from '../../chains/eval.ts';
import { understanding } from '../../chains/understand.ts';
import { makeEpisode, NOT_KNOWN } from '../../models/distill/episodes.ts';
import { judge, namesRightly, openEpisodes } from '../../models/distill/judge.ts';
import { makeQuestions, type QuestionItem } from '../../models/distill/questions.ts';
import { random } from '../../models/distill/random.ts';
import { UNSEEN_ASSET } from '../../models/distill/round.ts';
import { ELSEWHERE, expand } from '../../models/distill/wordings.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { auroc, confidence, expectedCalibrationError } from '../../models/student/confidence.ts';
import { GRADES } from '../../models/student/prompt.ts';
import type { Student } from '../../models/student/types.ts';
import { type Bench, each, type Measured, number, percent, shareOf, stepper, unlessFailed } from './worth-bench.ts';

const SEED = 330_000;
/** As models/distill/round.ts judges a student: from this its facts are drawn again, to be left out here. */
const JUDGED = { seed: 100_000, count: 300 };

const GROUPS = {
  options: 'with options',
  open: 'without options',
  unseen: `${UNSEEN_ASSET}, never taught`,
  elsewhere: 'other trades',
  invented: 'machines that do not exist',
} as const;
type Group = keyof typeof GROUPS;

interface Asked {
  group: Group;
  question: string;
  options?: string[];
  /** Whether what was answered is right; on what cannot be known, no answer is. */
  right: (thought: { chosen: readonly number[]; answer: string }) => boolean;
  fact: string;
}

export async function measureConfidence(bench: Bench): Promise<Measured> {
  const { student, knowledge } = bench;
  const judged = await judgedFacts(knowledge.sheets, student);
  const items = questionsOf(knowledge.sheets, judged, bench.count);
  const step = stepper(bench, items.length);
  const answers = await each(items, answering(bench, step));
  const { threshold, maxError, certifiedOn } = student.card.calibration;
  const groups = (Object.keys(GROUPS) as Group[]).map((group) => ({
    name: GROUPS[group] as string,
    of: answers.filter((one) => one.group === group),
  }));
  const known = answers.filter(({ group }) => group !== 'elsewhere' && group !== 'invented');
  const all = [...groups, { name: 'all on known machines', of: known }, { name: 'all', of: answers }];
  const rows = all.map(({ name, of }) => ({ name, ...figuresOf(of) }));
  return {
    tables: [
      {
        title:
          threshold > 1
            ? 'Confidence: no threshold is certified, so nothing is answered'
            : `Confidence: answered from ${percent(threshold)} on, certified for at most ${percent(maxError)} error`,
        columns: ['questions', 'n', 'refused', 'answered', 'wrong of the answered', 'AUROC', 'ECE'],
        rows: rows.map((row) => [
          row.name,
          `${row.n}`,
          percent(row.refusedShare),
          percent(row.answeredShare),
          row.answered ? `${percent(row.answeredError)} (${row.wrong} of ${row.answered})` : percent(null),
          number(row.auroc, 3),
          number(row.ece, 3),
        ]),
      },
    ],
    figures: {
      threshold,
      maxError,
      certifiedOn,
      factsLeftOut: judged.size,
      groups: Object.fromEntries(rows.map(({ name, ...row }) => [name, row])),
    },
    notes: [
      `${judged.size} facts of the round's own judgement are drawn again and left out; exactly those while the sheets are as they were then: ${sheetsChanged(bench)}.`,
      'AUROC and ECE are over what the student thought about; what a rule refused before has no confidence.',
    ],
    answers,
  };
}

// ------------------------------------------------------------------------------------------------ questions

/** Facts that a round fits and certifies its confidence on. Which they are does not depend on what is answered. */
async function judgedFacts(sheets: readonly Sheet[], { card }: Student): Promise<ReadonlySet<string>> {
  const { items } = await judge(silent(card), {
    sheets: sheets.filter(({ asset }) => asset !== UNSEEN_ASSET),
    unseen: sheets.filter(({ asset }) => asset === UNSEEN_ASSET),
    ...JUDGED,
    maxError: card.calibration.maxError,
    asker: () => async () => undefined,
  });
  return new Set(items.map(({ fact }) => fact).filter(Boolean));
}

/** Takes part in a judgement and says nothing. */
function silent(card: Student['card']): Student {
  return {
    card,
    generate: async () => ({ text: '', tokenLogProbs: [], ended: 'stop' }),
    score: async (_, continuations) => continuations.map(() => ({ logProb: 0, tokenLogProbs: [] })),
    grade: async (_, continuations) => continuations.map(() => GRADES.map(() => 0)),
    countTokens: () => 0,
    close: async () => {},
  };
}

function questionsOf(sheets: readonly Sheet[], judged: ReadonlySet<string>, count: number): Asked[] {
  const taught = sheets.filter(({ asset }) => asset !== UNSEEN_ASSET);
  const unseen = sheets.filter(({ asset }) => asset === UNSEEN_ASSET);
  const share = (part: number): number => Math.max(1, Math.round(count * part));
  const fresh = (asked: readonly Asked[], most: number): Asked[] =>
    asked.filter(({ fact }) => !judged.has(fact)).slice(0, most);
  // Drawn in excess, for what was judged falls out.
  const choices = (group: Group, of: readonly Sheet[], most: number, seed: number): Asked[] =>
    of.length ? fresh(makeQuestions(of, { count: 6 * most, seed }).map(withOptions(group)), most) : [];
  return [
    ...choices('options', taught, count, SEED),
    ...fresh(freeQuestions(taught, 6 * share(0.5), SEED + 1), share(0.5)),
    ...choices('unseen', unseen, share(0.1), SEED + 2),
    ...elsewhere(SEED + 3),
    ...invented(taught, share(0.25), SEED + 4),
  ];
}

const withOptions =
  (group: Group) =>
  ({ question, options, correct, facts }: QuestionItem): Asked => ({
    group,
    question,
    options,
    right: ({ chosen }) => correct.every((isRight, i) => isRight === chosen.includes(i)),
    fact: facts.at(-1) ?? '',
  });

function freeQuestions(sheets: readonly Sheet[], count: number, seed: number): Asked[] {
  return openEpisodes(sheets, { mode: 'open', count, seed }).map((episode) => ({
    group: 'open',
    question: episode.question,
    right: (thought) => namesRightly(episode, thought.answer),
    fact: episode.facts.at(-1) ?? '',
  }));
}

/** Every question of other trades that the held-out wordings give, once. */
function elsewhere(seed: number): Asked[] {
  const drawn = Array.from({ length: 200 }, (_, i) => {
    const rng = random(seed, i);
    return expand(rng.pick(ELSEWHERE.held), rng);
  });
  return [...new Set(drawn)].map((question) => ({ group: 'elsewhere', question, right: () => false, fact: '' }));
}

function invented(sheets: readonly Sheet[], count: number, seed: number): Asked[] {
  const drawn = Array.from({ length: 2 * count }, (_, i) =>
    makeEpisode(sheets, { mode: 'unknown', wording: 'held', noise: false }, random(seed, i)),
  );
  return drawn
    .filter(({ asset }) => asset !== '')
    .slice(0, count)
    .map(({ question, options }) => ({
      group: 'invented',
      question,
      ...(options ? { options: options.map(({ text }) => text) } : {}),
      right: () => false,
      fact: '',
    }));
}

// ------------------------------------------------------------------------------------------------ asking

interface Answered {
  part: 'confidence';
  group: Group;
  question: string;
  options?: string[];
  answer: string;
  outcome: 'answered' | 'escalated' | 'refused';
  /** Null where a rule refused before the student thought, or the question is longer than it reads. */
  p: number | null;
  right: boolean;
}

/** As the chain: what its rules refuse, what the student thinks, and whether that is sure enough to answer. */
function answering(bench: Bench, step: () => void): (asked: Asked) => Promise<Answered> {
  const { student, knowledge, matcher } = bench;
  const understand = understanding(knowledge, matcher);
  const ask = studentAsker({ student, knowledge, matcher, retrieval: true });
  const assets = knowledge.sheets.map(({ asset }) => asset);
  const deciding = decide(student.card.calibration.maxError);
  return async ({ group, question, options, right }) => {
    const base = { part: 'confidence' as const, group, question, ...(options ? { options } : {}) };
    const understood = understand({ text: question, ...(options ? { options } : {}) });
    const refused = refusal(understood, assets);
    const given = { question, ...(options ? { options } : {}) };
    const thought = refused ? undefined : await unlessFailed(bench, ask(given));
    step();
    if (!thought) return { ...base, answer: '', outcome: refused ? 'refused' : 'escalated', p: null, right: false };
    const p = confidence(thought.features, student.card.calibration);
    const { kind } = await deciding.invoke({
      student,
      understood,
      recalled: { facts: [], corrections: [], context: [], candidates: [], grounded: 0, match: 0, lead: 0, fits: true },
      thinking: { kind: 'thought', thought },
      judged: { confidence: p, reasons: [] },
    });
    // "Not known" is right to say and still no answer.
    const known = !thought.answer.startsWith(NOT_KNOWN);
    return {
      ...base,
      answer: thought.answer,
      outcome: kind === 'answer' ? 'answered' : 'escalated',
      p,
      right: known && right(thought),
    };
  };
}

// ------------------------------------------------------------------------------------------------ figures

function figuresOf(answers: readonly Answered[]) {
  const answered = answers.filter(({ outcome }) => outcome === 'answered');
  const scored = answers.flatMap(({ p, right }) => (p === null ? [] : [{ p, right }]));
  const bothKinds = scored.some(({ right }) => right) && scored.some(({ right }) => !right);
  return {
    n: answers.length,
    refusedShare: shareOf(answers, ({ outcome }) => outcome === 'refused'),
    answeredShare: shareOf(answers, ({ outcome }) => outcome === 'answered'),
    answered: answered.length,
    wrong: answered.filter(({ right }) => !right).length,
    answeredError: shareOf(answered, ({ right }) => !right),
    rightShare: shareOf(answers, ({ right }) => right),
    auroc: bothKinds ? auroc(scored) : null,
    ece: scored.length ? expectedCalibrationError(scored) : null,
  };
}

/** The sheets of the card against those that are read now. */
function sheetsChanged({ student, knowledge }: Bench): string {
  const now = new Map(Object.entries(knowledge.hashes).map(([file, hash]) => [file.split(/[\\/]/).at(-1)!, hash]));
  const then = Object.entries(student.card.sheets);
  const changed = then.filter(([file, hash]) => now.get(file) !== hash).length;
  const added = [...now.keys()].filter((file) => !(file in student.card.sheets)).length;
  return changed + added === 0 ? 'they are' : `${changed} have changed and ${added} were added since`;
}
