/**
 * What a round measures of a student: taught facts in held-out wordings, with retrieval and from the weights alone; reading
 * facts that differ from its weights; following corrections; saying that it does not know. And the calibration of its
 * confidence on questions as they come in service. How a question reaches the student (the chain's understanding and
 * retrieval) is given by the caller; without it the student is asked in the raw wording, with the episode's context.
 */
import type { Fact, Sheet } from '../knowledge/types.ts';
import { auroc, calibrate, confidence, expectedCalibrationError, type Labelled } from '../student/confidence.ts';
import { plainOption } from '../student/prompt.ts';
import { type Thought, think } from '../student/think.ts';
import type { Calibration, Student } from '../student/types.ts';
import { type Episode, firstNamed, type Mode, makeEpisode, NOT_KNOWN, SIGNS_FIT } from './episodes.ts';
import { severalAtOnce } from './evaluate.ts';
import type { Scored } from './figures.ts';
import { formsOf } from './forms.ts';
import { makeQuestions, type QuestionItem, questionItem } from './questions.ts';
import { random } from './random.ts';
import type { Trace } from './validate.ts';

/** One judged answer; `asked` is what the student was asked to do. */
export interface JudgedItem {
  asked:
    | Mode
    | 'openQuestion'
    | 'service'
    | 'unseen'
    | 'unseenAlone'
    | 'news'
    | 'newsAlone'
    | 'traces'
    | 'reworded'
    | 'reordered';
  question: string;
  expected: string;
  answer: string;
  rationale: string;
  right: boolean;
  labelled: Labelled;
  /** The fact that decides it, for splits that share none; empty where nothing is known. */
  fact: string;
}

/** Puts a question to the student as the chain does; undefined: it is longer than the student reads. */
export type Asker = (question: {
  question: string;
  options?: string[];
  several?: boolean;
}) => Promise<Thought | undefined>;

export interface Judgement {
  /** accuracy (taught facts, held-out wordings, weights alone), chance, withRetrieval, readingOtherFacts, ece, auroc … */
  metrics: Record<string, number>;
  calibration: Calibration;
  /** The certifying items with the confidence that was fitted without them. */
  scored: Scored[];
  /** The same, before a rule has spoken. */
  certifying: Labelled[];
  items: JudgedItem[];
}

/** Of the plant's register. */
export interface Machine {
  tag: string;
  /** Canonical class. */
  asset: string;
}

export interface JudgeOptions {
  sheets: readonly Sheet[];
  /** Sheets that were kept from training: known by retrieval alone. */
  unseen?: readonly Sheet[];
  /** Facts of the sheets that are new to the student in service. */
  news?: readonly Fact[];
  /** Answers of teachers and people that were kept from training. */
  traces?: readonly Trace[];
  /** The plant's machines: the confidence is certified on questions about them. Without any, on all sheets. */
  machines?: readonly Machine[];
  /** Asks about them twice as much. What is asked otherwise stays the same, and comes before the rest. */
  thorough?: boolean;
  /** The rule of the student that this one was trained from. */
  former?: Calibration;
  seed: number;
  /** Default `held`. */
  wording?: 'train' | 'held';
  /** The parts that are asked; default all. */
  only?: readonly JudgedItem['asked'][];
  /** Multiple-choice questions on taught facts; the other parts take a share of it. */
  count: number;
  maxError: number;
  /** The chain's way to the student, with retrieval and without. */
  asker?: (student: Student, retrieval: boolean) => Asker;
  /** Waited for before each question. */
  turn?: () => Promise<void>;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export async function judge(student: Student, options: JudgeOptions): Promise<Judgement> {
  const { sheets, seed, count, wording = 'held', only } = options;
  const unseen = options.unseen ?? [];
  const share = (part: number): number => Math.max(10, Math.round(count * part));
  const alone = options.asker?.(student, false);
  const inService = options.asker?.(student, true);
  const choices = (asked: Mode, part: number, offset: number): QuestionItem[] =>
    makeQuestions(sheets, { count: share(part), seed: seed + offset, mode: asked, wording });
  const closed = choices('closed', 1, 0);
  const askable = (options.news ?? []).filter(({ kind }) => CHOSEN.has(kind));
  const ofNews = (part: number, offset: number): QuestionItem[] =>
    askable.length ? makeQuestions(sheets, { count: share(part), seed: seed + offset, about: askable, wording }) : [];
  const wanted = (asked: JudgedItem['asked']): boolean => only === undefined || only.includes(asked);
  const served = wanted('service') ? serviceEpisodes(options, share(options.thorough ? 8 : 4)) : [];
  const forms = closed.flatMap((item, i) => {
    const sheet = sheets.find(({ asset }) => asset === item.asset);
    return (sheet && formsOf(item, sheet, random(seed, i, 8))) ?? [];
  });
  const ofUnseen = (offset: number): QuestionItem[] =>
    unseen.length ? makeQuestions(unseen, { count: share(0.4), seed: seed + offset, wording }) : [];
  const all: { asked: JudgedItem['asked']; items: QuestionItem[]; ask?: Asker | undefined }[] = [
    { asked: 'closed', items: closed, ask: alone },
    { asked: 'open', items: choices('open', served.length ? 1 : 2, 1), ask: inService },
    { asked: 'unseen', items: ofUnseen(6), ask: inService },
    { asked: 'unseenAlone', items: ofUnseen(6), ask: alone },
    // Other worlds than the knowledge base's: only the episode can bring their facts.
    { asked: 'shuffled', items: choices('shuffled', 0.3, 2) },
    { asked: 'corrected', items: choices('corrected', 0.2, 3) },
    { asked: 'newsAlone', items: ofNews(1, 7), ask: alone },
    { asked: 'news', items: ofNews(0.5, 8), ask: inService },
    { asked: 'traces', items: (options.traces ?? []).flatMap(askedOf), ask: inService },
    { asked: 'reworded', items: forms.slice(0, share(0.2)).map((of) => of.reworded), ask: inService },
    { asked: 'reordered', items: forms.slice(0, share(0.2)).map((of) => of.reordered), ask: inService },
  ];
  const sets = all.filter(({ asked }) => wanted(asked));
  const talks = [
    ...(wanted('openQuestion') ? openEpisodes(sheets, { count: share(1), seed: seed + 4, mode: 'open', wording }) : []),
    ...(wanted('unknown') ? openEpisodes(sheets, { count: share(0.5), seed: seed + 5, mode: 'unknown', wording }) : []),
  ];
  const total = sets.reduce((sum, set) => sum + set.items.length, 0) + talks.length + served.length;
  const work = [
    ...sets.flatMap(({ asked, items, ask }) => items.map((item) => () => judgeChoice(student, asked, item, ask))),
    ...talks.map((episode) => () => {
      const asked = episode.mode === 'unknown' ? 'unknown' : 'openQuestion';
      return judgeTalk(student, asked, episode, inService);
    }),
    ...served.map((episode, i) => () => {
      const item = episode.options ? questionItem(episode, `service-${i}`) : undefined;
      return item
        ? judgeChoice(student, 'service', item, inService)
        : judgeTalk(student, 'service', episode, inService);
    }),
  ];
  let done = 0;
  const items = await severalAtOnce(work, AT_ONCE, async (one) => {
    options.signal?.throwIfAborted();
    await options.turn?.();
    const item = await one();
    options.onProgress?.(++done, total);
    return item;
  });

  // Fitted on questions with retrieval; certified, and reported, on others that share no fact with them: where the
  // plant's machines are known on questions about those, as they come in service.
  const withFacts = items.filter(({ asked }) => WITH_FACTS.has(asked));
  const { maxError, former } = options;
  const forFit = takesForFit(
    withFacts.map((item) => item.fact),
    former ? 3 : 2,
  );
  const fitted = withFacts.filter((_, i) => forFit[i]).map(({ labelled }) => labelled);
  const certifying = withFacts
    .filter(({ asked }, i) => !forFit[i] && (served.length === 0 || AS_SERVED.has(asked)))
    .map(({ labelled }) => labelled);
  const calibration = calibrate(fitted, certifying, { maxError, former });

  const rate = (asked: JudgedItem['asked']): number => {
    const of = items.filter((item) => item.asked === asked);
    return of.filter((item) => item.right).length / Math.max(1, of.length);
  };
  const scored = certifying.map((item) => ({ p: confidence(item.features, calibration), right: item.right }));
  const answered = scored.filter((one) => one.p >= calibration.threshold);
  return {
    items,
    calibration,
    scored,
    certifying,
    metrics: {
      accuracy: rate('closed'),
      chance: closed.reduce((sum, item) => sum + 1 / item.options.length, 0) / closed.length,
      withRetrieval: rate('open'),
      readingOtherFacts: rate('shuffled'),
      followingCorrections: rate('corrected'),
      talking: rate('openQuestion'),
      ...(served.length ? { service: rate('service') } : {}),
      sayingNotKnown: rate('unknown'),
      ece: expectedCalibrationError(scored),
      auroc: auroc(scored),
      reworded: rate('reworded'),
      reordered: rate('reordered'),
      ...(askable.length ? { newFacts: rate('news'), newFactsAlone: rate('newsAlone') } : {}),
      ...(options.traces?.length ? { heldTraces: rate('traces') } : {}),
      ...(unseen.length ? { unseenMachine: rate('unseen'), unseenMachineAlone: rate('unseenAlone') } : {}),
      answeredShare: answered.length / scored.length,
      answeredError: answered.length ? answered.filter((one) => !one.right).length / answered.length : 0,
      questions: items.length,
    },
  };
}

/** Asked as the chain asks: what confidence is fitted on. */
const WITH_FACTS: ReadonlySet<JudgedItem['asked']> = new Set(['open', 'openQuestion', 'unknown', 'news', 'service']);
/** Drawn as in service, with strangers among them. */
const AS_SERVED: ReadonlySet<JudgedItem['asked']> = new Set(['service', 'unknown']);

/** Questions put to the student at a time; its answers do not depend on it. */
const AT_ONCE = 8;

/** Facts that a question with options can be about. */
const CHOSEN: ReadonlySet<Fact['kind']> = new Set([
  ...(['shows', 'faults', 'causes', 'effects', 'checks', 'actions', 'signs'] as const),
  ...(['components', 'role', 'instruments', 'rule'] as const),
]);

/** A trace with options, as the question that it answers. */
function askedOf(trace: Trace, i: number): QuestionItem[] {
  const { question, options = [], answer } = trace;
  const right = new Set(answer.split(';').map(plainOption));
  const correct = options.map((option) => right.has(plainOption(option)));
  if (!correct.includes(true)) return [];
  const several = correct.filter(Boolean).length > 1;
  const optionIds = options.map((_, k) => String.fromCharCode(65 + k));
  return [{ id: `trace-${i}`, question, options, optionIds, correct, asset: '', several, context: [], facts: [] }];
}

/** Whether an item is fitted on: each fact in so many as it first comes up, so that none is on both sides. */
function takesForFit(facts: readonly string[], inSoMany: number): boolean[] {
  const known = new Map<string, boolean>();
  let without = 0;
  return facts.map((fact) => {
    if (fact === '') return without++ % inSoMany === 0;
    const taken = known.get(fact) ?? known.size % inSoMany === 0;
    known.set(fact, taken);
    return taken;
  });
}

/** About the plant's machines by their tags, each relation as often as it is asked, every other one with options. */
function serviceEpisodes({ sheets, machines = [], seed, wording = 'held' }: JudgeOptions, count: number): Episode[] {
  const own = sheets.filter(({ asset }) => machines.some((machine) => machine.asset === asset));
  if (own.length === 0) return [];
  const tags = new Map(
    own.map(({ asset }) => [asset, machines.filter((machine) => machine.asset === asset).map(({ tag }) => tag)]),
  );
  const drawn = Array.from({ length: 2 * count }, (_, i) => {
    const rng = random(seed + 9, i, 55);
    const options = i % 2 ? rng.pick([3, 4, 5]) : 0;
    return makeEpisode(own, { mode: 'closed', wording, options, several: false, noise: false, tags }, rng);
  });
  // One machine has few facts, and the same question twice tells nothing more.
  const distinct = new Map(drawn.map((one) => [`${one.question} ${one.options?.map(({ text }) => text).join()}`, one]));
  return [...distinct.values()].slice(0, count);
}

/** Questions without options, in held-out wordings unless it is said otherwise. */
export function openEpisodes(
  sheets: readonly Sheet[],
  { mode, count, seed, wording = 'held' }: { count: number; seed: number; mode: Mode; wording?: 'train' | 'held' },
): Episode[] {
  return Array.from({ length: count }, (_, i) => {
    const relation = TALKED[i % TALKED.length]!;
    return makeEpisode(sheets, { mode, wording, options: 0, noise: false, relation }, random(seed, i));
  });
}

/** Whether an open answer names first what may come first. */
export function namesRightly(episode: Pick<Episode, 'firsts'>, answer: string): boolean {
  return (episode.firsts ?? []).includes(firstNamed(answer));
}

/** Relations that are asked without options, in turn. */
const TALKED = [
  'diagnose',
  'parameters',
  'faults',
  'checks',
  'rule',
  'actions',
  'cell',
  'causes',
  'explain',
  'effects',
] as const;

async function judgeChoice(
  student: Student,
  asked: JudgedItem['asked'],
  item: QuestionItem,
  ask: Asker | undefined,
): Promise<JudgedItem> {
  const { question, options, context, several, negated = false } = item;
  const beginning = item.relation === 'diagnose' ? { beginning: SIGNS_FIT } : {};
  const given = { grounded: asked === 'closed' ? 0 : 1 };
  const direct: Asker = () => think(student, { context, question }, { options, several, negated, given, ...beginning });
  const thought = (await (ask ?? direct)({ question, options, several })) ?? UNREAD;
  const right = item.correct.every((isRight, i) => isRight === thought.chosen.includes(i));
  const expected = item.options.filter((_, i) => item.correct[i]).join('; ');
  return {
    asked,
    question: `${item.question} [${item.options.join(' | ')}]`,
    expected,
    answer: thought.answer,
    rationale: thought.rationale,
    right,
    labelled: { features: thought.features, right },
    fact: item.facts.at(-1) ?? '',
  };
}

async function judgeTalk(
  student: Student,
  asked: JudgedItem['asked'],
  episode: Episode,
  ask: Asker | undefined,
): Promise<JudgedItem> {
  const unknown = episode.mode === 'unknown';
  const { question, context } = episode;
  const direct: Asker = () => think(student, { context, question }, { given: { grounded: unknown ? 0 : 1 } });
  const thought = (await (ask ?? direct)({ question })) ?? UNREAD;
  const said = thought.answer.startsWith(NOT_KNOWN);
  const right = unknown ? said : namesRightly(episode, thought.answer);
  return {
    asked,
    question: episode.question,
    expected: episode.answer,
    answer: thought.answer,
    rationale: thought.rationale,
    right,
    // "Not known" is right to say and still no answer: the rule must not call it a confident one.
    labelled: { features: thought.features, right: unknown ? false : right },
    fact: unknown ? '' : (episode.facts.at(-1) ?? ''),
  };
}

/** A question longer than the student reads: no answer, and nothing to be sure of. */
const UNREAD: Thought = {
  rationale: '',
  answer: '',
  chosen: [],
  probabilities: [],
  features: {
    margin: 0,
    top: 0,
    tokenMean: 0,
    tokenMin: 0,
    rationaleMean: -8,
    rationaleMin: -8,
    gradeSure: 0,
    support: 0,
    agree: 0,
    grounded: 0,
    match: 0,
    lead: 0,
    stranger: 0,
    evidence: 0,
    open: 0,
    unknown: 1,
  },
};
