/**
 * Questions with the knowledge teacher's chain of thought, drawn from sheets: what the student is taught.
 *
 * An episode is one question in one wording. Its rationale is the deciding fact in the fact's own words, so that knowing
 * by heart and reading from the context are one skill; its options are graded one by one. Modes: `closed` (the student
 * must know), `open` (the facts stand before it), `shuffled` (facts that differ from the weights stand before it: it must
 * believe what it is shown), `corrected` (an engineer's correction outranks facts and weights), `unknown` (nothing is
 * known: it must say so).
 */
import {
  correctionText,
  factsOf,
  type Grade,
  gradeOf,
  gradesOfFault,
  gradesOfParameter,
  gradesText,
  strongest,
} from '../knowledge/facts.ts';
import { type Asked, selectFacts } from '../knowledge/select.ts';
import type { Component, Fact, Fault, Rule, Sheet } from '../knowledge/types.ts';
import { plainOption } from '../student/prompt.ts';
import { withArticle } from '../teacher/sentences.ts';
import { type Random, random } from './random.ts';
import { ELSEWHERE, expand, fill, PLAIN, type Relation, WORDINGS } from './wordings.ts';

export type Mode = 'closed' | 'open' | 'shuffled' | 'corrected' | 'unknown';

export interface EpisodeOption {
  text: string;
  /** What the teacher gives it, whichever way the question is turned. */
  grade: Grade;
}

export interface Episode {
  mode: Mode;
  relation: Relation;
  asset: string;
  context: string[];
  question: string;
  options?: EpisodeOption[];
  /** The right options, or the open answer alone. */
  answers: string[];
  rationale: string;
  answer: string;
  /** What an open answer may name first: equals of the best, or whatever stands in the list that is asked for. */
  firsts?: string[];
  /** Ids of the facts that decide it. */
  facts: string[];
}

export interface EpisodeOptions {
  mode: Mode;
  wording: 'train' | 'held';
  relation?: Relation;
  /** Number of options; 0 for an open question. Default: drawn. */
  options?: number;
  /** Several options are right. Default: drawn. */
  several?: boolean;
  /** Lower case, typos, missing question marks. Default true. */
  noise?: boolean;
  /** A fact of one of the sheets: the question is about it, where it can be asked. */
  about?: Fact;
  /** Tags of the plant's machines by class; without, tags are made up. */
  tags?: ReadonlyMap<string, readonly string[]>;
}

/** What the student says of what it does not know. */
export const NOT_KNOWN = 'not known';

/** The machine types whose faults and parameters ISO 17359's annex tabulates. */
export const ISO_17359: readonly string[] = [
  'aero gas turbine',
  'compressor',
  'electric generator',
  'electric motor',
  'fan',
  'industrial gas turbine',
  'power transformer',
  'pump',
  'reciprocating internal combustion engine',
  'steam turbine',
];
/** They are asked about most, so they are taught this many times as often as others. */
const ISO_WEIGHT = 4;

/** How often each relation is asked. */
const RELATIONS: Record<Relation, number> = {
  parameters: 30,
  notParameters: 4,
  faults: 28,
  notFaults: 4,
  cell: 6,
  diagnose: 16,
  causes: 5,
  effects: 4,
  checks: 5,
  actions: 5,
  components: 3,
  explain: 4,
  rule: 9,
  parts: 2,
  role: 4,
  instruments: 3,
};

/** What a question is about, before it is worded. */
interface Subject {
  asked: Asked;
  faults: Fault[];
  parameter?: string;
  component?: Component;
  /** Indices of the sheet's rules: the one that decides, then others like it. */
  rules?: number[];
  /** Everything that can stand as an option. */
  candidates: Candidate[];
  rationale: string;
  /** The answer where there are no options. */
  answer: string;
  signs?: string;
  when?: string;
}

interface Candidate {
  name: string;
  wordings: readonly string[];
  grade: Grade;
  /** Finer than the grade: which of two right ones comes first. */
  rank: number;
}

/**
 * One episode, a pure function of the random source.
 * @param sheets at least one, each with at least two faults
 */
export function makeEpisode(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Episode {
  if (options.mode === 'unknown') return unknownEpisode(sheets, options, rng);
  const episode = sheetEpisode(sheets, options, rng);
  if (options.mode === 'closed' && options.wording === 'train' && rng.chance(0.06)) {
    // Retrieval sometimes brings what does not help.
    return { ...episode, context: strayFacts(sheets, episode.asset, rng) };
  }
  return episode;
}

function sheetEpisode(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Episode {
  const real = sheets.find(({ asset }) => asset === options.about?.asset) ?? pickSheet(sheets, options, rng);
  const sheet = options.mode === 'shuffled' ? shuffledSheet(real, sheets, rng) : real;
  for (let tries = 0; ; tries++) {
    // A fact that cannot be asked (a cell without its reason, say) leaves another question of its machine.
    const about = tries < 20 ? options.about : undefined;
    const relation = about ? rng.pick(ASKED_BY[about.kind]) : wanted(options, tries, rng);
    const episode = tryEpisode(sheet, sheets, relation, { ...options, about }, rng);
    if (episode) return options.mode === 'corrected' ? corrected(episode, sheet, rng) : episode;
  }
}

/** The relations whose deciding fact is of that kind. */
const ASKED_BY: Record<Fact['kind'], readonly Relation[]> = {
  shows: ['parameters', 'parameters', 'parameters', 'parameters', 'notParameters'],
  faults: ['faults', 'faults', 'faults', 'faults', 'notFaults'],
  why: ['cell'],
  mechanism: ['explain'],
  causes: ['causes'],
  effects: ['effects'],
  checks: ['checks'],
  actions: ['actions'],
  signs: ['diagnose'],
  components: ['components', 'parts'],
  role: ['role'],
  instruments: ['instruments'],
  rule: ['rule'],
  // Neither is among the facts of a sheet that are taught.
  limits: ['instruments'],
  correction: ['parameters'],
};

function pickSheet(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Sheet {
  if (options.wording === 'held') return rng.pick(sheets);
  const weights = Object.fromEntries(sheets.map(({ asset }) => [asset, ISO_17359.includes(asset) ? ISO_WEIGHT : 1]));
  const asset = rng.weighted(weights);
  return sheets.find((sheet) => sheet.asset === asset)!;
}

/** The relation asked for; another one where the sheet cannot be asked it (no mechanism to explain, say). */
function wanted(options: EpisodeOptions, tries: number, rng: Random): Relation {
  return options.relation !== undefined && tries < 20 ? options.relation : rng.weighted(RELATIONS);
}

function tryEpisode(
  sheet: Sheet,
  sheets: readonly Sheet[],
  relation: Relation,
  options: Omit<EpisodeOptions, 'about'> & { about?: Fact | undefined },
  rng: Random,
): Episode | undefined {
  const subject = subjectOf(sheet, sheets, relation, options, rng);
  if (!subject) return undefined;
  const count = options.options ?? (rng.chance(openShare(relation)) ? 0 : 3 + rng.below(5));
  const negated = relation === 'notParameters' || relation === 'notFaults';
  if (negated && count === 0) return undefined;
  // Grades do not depend on the other options, so training draws them freely; a question to be judged has a key.
  const choice =
    count === 0
      ? undefined
      : options.wording === 'train' && options.options === undefined
        ? freely(subject, count, rng)
        : choose(subject, count, { negated, several: options.several ?? false }, rng);
  if (count > 0 && !choice) return undefined;

  const question = wordedQuestion(sheet, subject, relation, options, rng);
  const facts = selectFacts(
    {
      asked: subject.asked,
      asset: sheet.asset,
      faults: subject.faults.map((fault) => fault.name),
      parameters: subject.parameter ? [subject.parameter] : [],
      ...(subject.component ? { components: [subject.component.name] } : {}),
      ...(subject.rules ? { rules: subject.rules } : {}),
    },
    lookupOf(sheet),
  );
  const shown = options.mode === 'closed' ? [] : withDistractors(facts, sheet, subject, rng);
  const answers = choice ? choice.right : [subject.answer];
  return {
    mode: options.mode,
    relation,
    asset: sheet.asset,
    context: shown.map((fact) => fact.text),
    question,
    ...(choice ? { options: choice.options } : {}),
    answers,
    rationale: subject.rationale,
    answer: answers.join('; '),
    ...(choice ? {} : { firsts: firstsOf(subject) }),
    facts: facts.map((fact) => fact.id),
  };
}

function firstsOf({ asked, candidates, answer }: Subject): string[] {
  const ranked = asked === 'parameters' || asked === 'faults';
  const least = ranked ? Math.max(1, ...candidates.map(({ grade }) => grade)) : 6;
  return [firstNamed(answer), ...candidates.filter(({ grade }) => grade >= least).map(({ name }) => firstNamed(name))];
}

/** The first thing that an open answer names: what an operator acts on. */
export function firstNamed(answer: string): string {
  return answer.split(/[;,]/)[0]!.trim();
}

function wordedQuestion(
  sheet: Sheet,
  subject: Subject,
  relation: Relation,
  options: Pick<EpisodeOptions, 'mode' | 'wording' | 'noise' | 'tags'>,
  rng: Random,
): string {
  const slots = slotsFor(sheet, subject, options, rng);
  const grammar = PLAIN[subject.asked as keyof typeof PLAIN];
  // What is understood in full is posed in the plain wording: it is the one the student meets most.
  if (options.wording === 'train' && grammar && rng.chance(0.6)) {
    return fill(grammar, {
      asset: withArticle(sheet.asset),
      fault: subject.faults[0]?.name ?? '',
      parameter: subject.parameter ?? '',
      component: subject.component?.name ?? '',
    });
  }
  const question = fill(expand(rng.pick(WORDINGS[relation][options.wording]), rng), slots);
  return options.noise === false ? question : noisy(question, rng);
}

// ------------------------------------------------------------------------------------------------ what is asked

const TURNED: Partial<Record<Relation, Asked>> = { notParameters: 'parameters', notFaults: 'faults' };

function subjectOf(
  sheet: Sheet,
  sheets: readonly Sheet[],
  relation: Relation,
  { wording, about }: { wording: 'train' | 'held'; about?: Fact | undefined },
  rng: Random,
): Subject | undefined {
  const asked = TURNED[relation] ?? (relation as Asked);
  if (asked === 'faults') return parameterSubject(sheet, about?.parameter ?? rng.pick(sheet.parameters).name);
  if (asked === 'rule') return ruleSubject(sheet, wording, rng, about && Number(about.id.split('/').at(-1)));
  if (asked === 'parts') return partsSubject(sheet, sheets, rng);
  if (asked === 'role') return roleSubject(sheet, rng, about?.component);
  if (asked === 'instruments') return instrumentsSubject(sheet, rng, about?.parameter);
  const fault = sheet.faults.find(({ name }) => name === about?.fault) ?? rng.pick(sheet.faults);
  if (asked === 'parameters') return faultSubject(sheet, fault);
  if (asked === 'cell') return cellSubject(sheet, fault, rng, about?.parameter);
  if (asked === 'diagnose') return diagnoseSubject(sheet, fault, rng);
  if (asked === 'explain') {
    if (!fault.mechanism) return undefined;
    return {
      asked,
      faults: [fault],
      candidates: [],
      rationale: gradesText(sheet.asset, fault.name, gradesOfFault(sheet, fault)),
      answer: `${fault.name} means that ${fault.mechanism}.`,
    };
  }
  return itemsSubject(sheet, fault, asked, rng);
}

/** Which parameters show a fault. */
function faultSubject(sheet: Sheet, fault: Fault): Subject {
  const cells = gradesOfFault(sheet, fault);
  return {
    asked: 'parameters',
    faults: [fault],
    candidates: cells.map(({ name, grade }) => ({
      name,
      wordings: parameterWordings(sheet, name),
      grade,
      rank: fault.shows.find((cell) => cell.parameter === name)?.strength ?? 0,
    })),
    rationale: gradesText(sheet.asset, fault.name, cells),
    answer: strongest(cells, 3).join(', '),
  };
}

function parameterWordings(sheet: Sheet, name: string): string[] {
  const parameter = sheet.parameters.find((candidate) => candidate.name === name);
  if (!parameter) return [];
  // An instrument that serves two parameters ("visual inspection") names neither.
  const own = (wording: string): boolean =>
    sheet.parameters.every(
      (other) => other === parameter || ![other.name, ...other.synonyms, ...other.measuredBy].includes(wording),
    );
  return [...parameter.synonyms, ...parameter.measuredBy].filter(own);
}

/** Which faults a parameter tells of. */
function parameterSubject(sheet: Sheet, parameter: string): Subject {
  const cells = gradesOfParameter(sheet, parameter);
  return {
    asked: 'faults',
    faults: [],
    parameter,
    candidates: cells.map(({ name, grade }) => {
      const fault = sheet.faults.find((candidate) => candidate.name === name)!;
      const rank = fault.shows.find((cell) => cell.parameter === parameter)?.strength ?? 0;
      return { name, wordings: fault.synonyms, grade, rank };
    }),
    rationale: gradesText(sheet.asset, parameter, cells),
    answer: strongest(cells, 3).join(', ') || 'none of the known faults',
  };
}

/** One fault × parameter. */
function cellSubject(sheet: Sheet, fault: Fault, rng: Random, about?: string): Subject | undefined {
  const cells = [...fault.shows, ...fault.not].filter(
    (cell) => cell.why && (about === undefined || cell.parameter === about),
  );
  if (cells.length === 0) return undefined;
  const cell = rng.pick(cells);
  const grade = gradeOf(fault, cell.parameter)!;
  const why = lookupAll(sheet).get(`${sheet.asset}/${fault.name}/why/${cell.parameter}`)!;
  return {
    asked: 'cell',
    faults: [fault],
    parameter: cell.parameter,
    candidates: [],
    rationale: why.text,
    answer: grade >= 6 ? 'yes, clearly' : grade > 0 ? 'yes, but less clearly' : 'no',
  };
}

/** Which fault fits what was seen. */
function diagnoseSubject(sheet: Sheet, fault: Fault, rng: Random): Subject | undefined {
  if (fault.signs.length < 2) return undefined;
  const seen = rng.sample(fault.signs, rng.pick([1, 2, 2, 3]));
  const moved = fault.shows.filter((cell) => cell.strength >= 0.6);
  if (moved.length && rng.chance(0.4)) {
    const cell = rng.pick(moved);
    const words = { rises: ['is up', 'is high', 'keeps rising'], falls: ['is low', 'has dropped', 'is falling'] };
    const how =
      cell.change === 'rises' || cell.change === 'falls' ? words[cell.change] : ['is abnormal', 'has changed'];
    seen.push(`${cell.parameter} ${rng.pick(how)}`);
  }
  const others = rng.sample(
    sheet.faults.filter((other) => other !== fault && other.signs.length >= 2),
    2,
  );
  const check = fault.checks[0]?.what;
  return {
    asked: 'diagnose',
    faults: [fault, ...others],
    candidates: sheet.faults.map((candidate) => ({
      name: candidate.name,
      wordings: candidate.synonyms,
      grade: candidate === fault ? 9 : 0,
      rank: candidate === fault ? 1 : 0,
    })),
    rationale: signsFit(sheet, fault),
    answer: check ? `${fault.name}; first ${check}` : fault.name,
    signs: rng.shuffle(seen).join(rng.pick([', ', ' and ', '; '])),
  };
}

/** How the rationale of a diagnosis begins, before it names the fault. */
export const SIGNS_FIT = 'these signs fit';

/** The rationale of a diagnosis. */
export function signsFit(sheet: Sheet, fault: Fault): string {
  const clearly = strongest(gradesOfFault(sheet, fault), 3).join(', ');
  const fits = `${SIGNS_FIT} ${fault.name} of the ${sheet.asset}${fault.mechanism ? `: ${fault.mechanism}` : ''}.`;
  return `${fits}${clearly ? ` it shows best in ${clearly}.` : ''}`;
}

/** Causes, effects, checks, actions, components of a fault. */
function itemsSubject(
  sheet: Sheet,
  fault: Fault,
  asked: Extract<Asked, 'causes' | 'effects' | 'checks' | 'actions' | 'components'>,
  rng: Random,
): Subject | undefined {
  const itemsOf = (of: Fault): string[] => (asked === 'checks' ? of.checks.map((check) => check.what) : of[asked]);
  const right = itemsOf(fault);
  const wrong = [
    ...new Set(sheet.faults.flatMap((other) => (other === fault ? [] : itemsOf(other)))),
    ...(asked === 'components' ? sheet.components.map((part) => part.name) : []),
  ].filter((item) => !right.some((known) => alike(known, item)));
  if (right.length === 0 || wrong.length < 2) return undefined;
  const fact = lookupAll(sheet).get(`${sheet.asset}/${fault.name}/${asked}`)!;
  const shown = asked === 'checks' || asked === 'actions' ? right.slice(0, 1) : right.slice(0, 2);
  return {
    asked,
    faults: [fault],
    candidates: listCandidates(right, wrong, rng),
    rationale: fact.text,
    answer: shown.join('; '),
  };
}

/** The first of the list is the first to do or to think of, so it outranks the rest. */
function listCandidates(right: readonly string[], wrong: readonly string[], rng: Random): Candidate[] {
  return [
    ...right.map((name, i) => ({ name, wordings: [], grade: Math.max(6, 9 - i), rank: 1 - i / 10 })),
    ...rng.sample(wrong, 12).map((name) => ({ name, wordings: [], grade: 0, rank: 0 })),
  ];
}

/** What to do first when a condition is seen. The last wording of each side is kept for evaluation. */
function ruleSubject(sheet: Sheet, wording: 'train' | 'held', rng: Random, about?: number): Subject | undefined {
  const rules = sheet.rules;
  if (rules.length < 3) return undefined;
  const index = about ?? rng.below(rules.length);
  const rule = rules[index]!;
  const others = rules.flatMap((_, i) => (i === index ? [] : [i]));
  const wordings = (of: readonly string[]): readonly string[] =>
    wording === 'held' ? of.slice(-1) : of.length > 1 ? of.slice(0, -1) : of;
  const candidate = (of: Rule, grade: Grade): Candidate => {
    const [name = of.do[0]!, ...rest] = wordings(of.do);
    return { name, wordings: rest, grade, rank: grade / 9 };
  };
  return {
    asked: 'rule',
    faults: [],
    rules: [index, ...rng.sample(others, 2)],
    candidates: [candidate(rule, 9), ...others.map((i) => candidate(rules[i]!, 0))],
    rationale: lookupAll(sheet).get(`${sheet.asset}/rule/${index}`)!.text,
    answer: rule.do[0]!,
    when: rng.pick(wordings(rule.when)),
  };
}

/** Which components a machine has, among those of other machines. */
function partsSubject(sheet: Sheet, sheets: readonly Sheet[], rng: Random): Subject | undefined {
  const own = sheet.components;
  if (own.length < 3) return undefined;
  const named = own.flatMap((part) => [part.name, ...part.synonyms]);
  const strange = rng
    .sample(sheets, 6)
    .flatMap((other) => rng.sample(other.components, 4))
    .filter((part) => ![part.name, ...part.synonyms].some((name) => named.some((known) => alike(known, name))));
  if (strange.length < 3) return undefined;
  return {
    asked: 'parts',
    faults: [],
    candidates: [
      ...own.map(({ name, synonyms }) => ({ name, wordings: synonyms, grade: 9, rank: 1 })),
      ...rng.sample(strange, 10).map(({ name }) => ({ name, wordings: [], grade: 0, rank: 0 })),
    ],
    rationale: lookupAll(sheet).get(`${sheet.asset}/components`)!.text,
    answer: own
      .slice(0, 4)
      .map((part) => part.name)
      .join(', '),
  };
}

/** What a component does. */
function roleSubject(sheet: Sheet, rng: Random, about?: string): Subject | undefined {
  const told = sheet.components.filter((part) => part.role);
  if (told.length < 3) return undefined;
  const component = told.find(({ name }) => name === about) ?? rng.pick(told);
  return {
    asked: 'role',
    faults: [],
    component,
    candidates: told.map((part) => ({
      name: part.role,
      wordings: [],
      grade: part === component ? 9 : 0,
      rank: part === component ? 1 : 0,
    })),
    rationale: lookupAll(sheet).get(`${sheet.asset}/${component.name}/role`)!.text,
    answer: component.role,
  };
}

/** What measures a parameter. */
function instrumentsSubject(sheet: Sheet, rng: Random, about?: string): Subject | undefined {
  const told = sheet.parameters.filter((parameter) => parameter.measuredBy.length);
  if (told.length < 3) return undefined;
  const parameter = told.find(({ name }) => name === about) ?? rng.pick(told);
  const wrong = told
    .flatMap((other) => (other === parameter ? [] : other.measuredBy))
    .filter((instrument) => !parameter.measuredBy.some((known) => alike(known, instrument)));
  return {
    asked: 'instruments',
    faults: [],
    parameter: parameter.name,
    candidates: listCandidates(parameter.measuredBy, wrong, rng),
    rationale: lookupAll(sheet).get(`${sheet.asset}/${parameter.name}/instruments`)!.text,
    answer: parameter.measuredBy.slice(0, 2).join('; '),
  };
}

/** Two phrases that say nearly the same: half of their words are shared. */
function alike(a: string, b: string): boolean {
  const [wa, wb] = [wordsOf(a), wordsOf(b)];
  let shared = 0;
  for (const word of wa) if (wb.has(word)) shared += 1;
  return a === b || shared / Math.max(1, Math.min(wa.size, wb.size)) >= 0.5;
}

const knownWords = new Map<string, ReadonlySet<string>>();

/** Of a sheet's own phrase: there are few of them, so they are kept. */
function wordsOf(phrase: string): ReadonlySet<string> {
  let words = knownWords.get(phrase);
  if (!words) {
    words = new Set(phrase.match(/[a-z]{3,}/g) ?? []);
    knownWords.set(phrase, words);
  }
  return words;
}

// ------------------------------------------------------------------------------------------------ options

interface Choice {
  options: EpisodeOption[];
  right: string[];
}

const NONE = 'none of the above';

/** Options with their grades, some that belong and some that do not. */
function freely(subject: Subject, count: number, rng: Random): Choice | undefined {
  const belong = subject.candidates.filter((candidate) => candidate.grade > 0);
  const not = subject.candidates.filter((candidate) => candidate.grade === 0);
  const some = 1 + rng.below(Math.max(1, count - 1));
  const drawn = rng.shuffle([...rng.sample(belong, some), ...rng.sample(not, count)].slice(0, count));
  if (drawn.length < 2) return undefined;
  const options = distinct(drawn.map((candidate) => worded(candidate, rng)));
  const best = Math.max(...options.map(({ grade }) => grade));
  return { options, right: options.filter(({ grade }) => grade === best && grade > 0).map(({ text }) => text) };
}

/** Options whose right answer leaves no doubt: a single right one is ahead of the next by at least 0.15 in rank. */
function choose(
  subject: Subject,
  count: number,
  how: { negated: boolean; several: boolean },
  rng: Random,
): Choice | undefined {
  const shown = subject.candidates.filter((candidate) => candidate.rank > 0);
  const not = subject.candidates.filter((candidate) => candidate.rank === 0);
  const pool = how.negated ? { right: not, wrong: shown } : { right: shown, wrong: not };
  let right: Candidate[];
  let wrong: Candidate[];
  if (how.several) {
    const clear = pool.right.filter((candidate) => candidate.rank >= 0.6);
    right = rng.sample(clear, 1 + rng.below(Math.min(clear.length, count - 1)));
    wrong = rng.sample(
      pool.wrong.filter((candidate) => candidate.rank < 0.35),
      count - right.length,
    );
  } else if (!how.negated && count >= 3 && pool.wrong.length >= count - 1 && rng.chance(0.05)) {
    const options = rng.sample(pool.wrong, count - 1).map((candidate) => worded(candidate, rng));
    if (distinct(options).length < options.length) return undefined;
    return { options: [...options, { text: NONE, grade: 0 }], right: [NONE] };
  } else {
    const best = pool.right.length ? rng.pick(pool.right) : undefined;
    if (!best) return undefined;
    // A weak indication may be right among what does not show the fault at all, never beside a near rival.
    const weaker = how.negated ? [] : pool.right.filter((other) => other.rank <= best.rank - 0.15);
    const rivals = rng.chance(0.4) ? rng.sample(weaker, rng.below(count)) : [];
    right = [best];
    wrong = [...rivals, ...rng.sample(pool.wrong, count - 1)].slice(0, count - 1);
    if (wrong.length < count - 1) wrong = [...new Set([...wrong, ...weaker])].slice(0, count - 1);
  }
  if (right.length === 0 || wrong.length === 0) return undefined;
  const options = rng.shuffle([...right, ...wrong]).map((candidate) => ({ candidate, ...worded(candidate, rng) }));
  if (distinct(options).length < options.length) return undefined;
  return {
    options: options.map(({ text, grade }) => ({ text, grade })),
    right: options.filter((option) => right.includes(option.candidate)).map((option) => option.text),
  };
}

function distinct<T extends { text: string }>(options: readonly T[]): T[] {
  return [...new Map(options.map((option) => [option.text, option])).values()];
}

function worded(candidate: Candidate, rng: Random): EpisodeOption {
  const text = candidate.wordings.length && rng.chance(0.25) ? rng.pick(candidate.wordings) : candidate.name;
  return { text: plainOption(text), grade: candidate.grade };
}

function openShare(relation: Relation): number {
  if (relation === 'explain' || relation === 'cell') return 1;
  return relation === 'diagnose' ? 0.5 : 0.25;
}

// ------------------------------------------------------------------------------------------------ words

function slotsFor(
  sheet: Sheet,
  subject: Subject,
  { mode, tags }: Pick<EpisodeOptions, 'mode' | 'tags'>,
  rng: Random,
): Record<string, string> {
  const name = (canonical: string, synonyms: readonly string[]): string =>
    synonyms.length && rng.chance(mode === 'shuffled' ? 0.15 : 0.4) ? rng.pick(synonyms) : canonical;
  const asset = name(sheet.asset, sheet.synonyms);
  const [fault] = subject.faults;
  const parameter = sheet.parameters.find((candidate) => candidate.name === subject.parameter);
  return {
    asset: rng.chance(0.8) ? withArticle(asset) : `the ${asset}`,
    Asset: asset,
    tag: taggedAsset(asset, tags?.get(sheet.asset) ?? [], rng),
    ...(fault ? { fault: name(fault.name, fault.synonyms) } : {}),
    ...(parameter ? { parameter: name(parameter.name, parameter.synonyms) } : {}),
    ...(subject.component ? { component: name(subject.component.name, subject.component.synonyms) } : {}),
    ...(subject.signs ? { signs: subject.signs } : {}),
    ...(subject.when ? { when: subject.when } : {}),
  };
}

/** As the chain writes a tag once the register has told its class: `p-101 (pump)`. */
function taggedAsset(asset: string, tags: readonly string[], rng: Random): string {
  const tag = tags.length ? rng.pick(tags) : madeUpTag(asset, rng);
  return rng.chance(0.8) ? `${tag} (${asset})` : `${asset} ${tag}`;
}

function madeUpTag(asset: string, rng: Random): string {
  const letters = asset
    .split(' ')
    .at(-1)!
    .slice(0, rng.pick([1, 1, 2]));
  return `${letters}${rng.pick(['-', '-', ''])}${1 + rng.below(rng.pick([9, 99, 999]))}${rng.pick(['', '', 'a', 'b'])}`;
}

function noisy(question: string, rng: Random): string {
  let text = question;
  if (rng.chance(0.2)) text = text.replace(/\?$/, '');
  if (rng.chance(0.12)) {
    const words = text.split(' ');
    const long = words.flatMap((word, i) => (/^[a-z]{6,}$/i.test(word) ? [i] : []));
    if (long.length) {
      const i = rng.pick(long);
      words[i] = typo(words[i]!, rng);
      text = words.join(' ');
    }
  }
  return text;
}

function typo(word: string, rng: Random): string {
  const i = 1 + rng.below(word.length - 2);
  return rng.pick([
    word.slice(0, i) + word.slice(i + 1),
    word.slice(0, i) + word[i + 1] + word[i] + word.slice(i + 2),
    word.slice(0, i) + word[i] + word.slice(i),
  ]);
}

// ------------------------------------------------------------------------------------------------ context

const lookups = new WeakMap<Sheet, Map<string, Fact>>();

function lookupOf(sheet: Sheet): (id: string) => Fact | undefined {
  const facts = lookupAll(sheet);
  return (id) => facts.get(id);
}

function lookupAll(sheet: Sheet): Map<string, Fact> {
  let facts = lookups.get(sheet);
  if (!facts) {
    facts = new Map(factsOf(sheet).map((fact) => [fact.id, fact]));
    lookups.set(sheet, facts);
  }
  return facts;
}

/** The deciding facts among others of the same kind, as retrieval would mix them. */
function withDistractors(facts: readonly Fact[], sheet: Sheet, subject: Subject, rng: Random): Fact[] {
  if (subject.asked === 'diagnose') return rng.chance(0.5) ? [...facts] : rng.shuffle(facts);
  if (rng.chance(0.4)) return [...facts];
  const kinds = new Set(facts.map((fact) => fact.kind));
  const others = [...lookupAll(sheet).values()].filter((fact) => kinds.has(fact.kind) && !facts.includes(fact));
  return rng.shuffle([...facts, ...rng.sample(others, 1)]).slice(0, 5);
}

/** Facts of other machines, which decide nothing here. */
function strayFacts(sheets: readonly Sheet[], asset: string, rng: Random): string[] {
  const others = sheets.filter((sheet) => sheet.asset !== asset);
  if (others.length === 0) return [];
  const kinds: Fact['kind'][] = ['shows', 'faults', 'causes', 'mechanism'];
  const kind = rng.pick(kinds);
  const facts = [...lookupAll(rng.pick(others)).values()].filter((fact) => fact.kind === kind);
  return rng.sample(facts, 1 + rng.below(2)).map((fact) => fact.text);
}

/** An engineer has answered this very question, perhaps in other words, and against the sheet. */
function corrected(episode: Episode, sheet: Sheet, rng: Random): Episode {
  const pool = episode.options
    ? episode.options.map(({ text }) => text).filter((text) => !episode.answers.includes(text) && text !== NONE)
    : wrongAnswers(episode, sheet);
  if (pool.length === 0) return episode;
  const right = rng.pick(pool);
  const asked = rng.chance(0.5) ? episode.question : noisy(episode.question, rng);
  return {
    ...episode,
    ...(episode.options
      ? { options: episode.options.map(({ text }) => ({ text, grade: text === right ? 9 : 0 })) }
      : {}),
    context: [...rng.sample(episode.context, 2), correctionText(asked, right)],
    answers: [right],
    rationale: `an engineer has corrected this: ${right}.`,
    answer: right,
  };
}

function wrongAnswers(episode: Episode, sheet: Sheet): string[] {
  const names =
    episode.relation === 'diagnose' || episode.relation === 'faults'
      ? sheet.faults.map((fault) => fault.name)
      : sheet.parameters.map((parameter) => parameter.name);
  return names.filter((name) => !episode.answer.includes(name));
}

// ------------------------------------------------------------------------------------------------ other worlds

/** The same kind of machine in a world of other facts: cells dealt anew, names partly exchanged or invented. */
export function shuffledSheet(sheet: Sheet, sheets: readonly Sheet[], rng: Random): Sheet {
  const invent = rng.chance(0.5);
  const asset = invent ? inventedName(rng) : sheet.asset;
  const pool = [...new Set(sheets.flatMap((other) => other.parameters.map((parameter) => parameter.name)))];
  const names = rng.chance(0.5) ? sheet.parameters.map((p) => p.name) : rng.sample(pool, sheet.parameters.length);
  // Few parameters make short facts: reading is learned sooner on them.
  const kept = names.slice(0, 4 + rng.below(Math.max(1, names.length - 3)));
  const parameters = kept.map((name, i) => ({
    name: invent && rng.chance(0.3) ? inventedName(rng) : name,
    synonyms: name === sheet.parameters[i]?.name ? sheet.parameters[i].synonyms : [],
    unit: '',
    measuredBy: rng.pick(sheet.parameters).measuredBy,
  }));
  const faultPool = sheets.flatMap((other) => other.faults);
  const faults = rng.sample(invent ? faultPool : sheet.faults, Math.min(sheet.faults.length, 8)).map((fault) => {
    const dealt = rng.shuffle(parameters.map((parameter) => parameter.name));
    const shownCount = 1 + rng.below(Math.max(1, Math.ceil(dealt.length * 0.6)));
    return {
      ...fault,
      name: invent && rng.chance(0.4) ? `${inventedName(rng)} fault` : fault.name,
      synonyms: [],
      mechanism: '',
      checks: rng.pick(faultPool).checks,
      actions: rng.pick(faultPool).actions,
      causes: rng.pick(faultPool).causes,
      effects: rng.pick(faultPool).effects,
      shows: dealt.slice(0, shownCount).map((parameter, i) => ({
        parameter,
        strength: 0.95 - (i * 0.9) / shownCount,
        change: 'shifts' as const,
        onset: 'developed' as const,
        why: '',
      })),
      not: dealt.slice(shownCount).map((parameter) => ({ parameter, why: '' })),
    };
  });
  const seen = new Set<string>();
  const distinctFaults = faults.filter((fault) => !seen.has(fault.name) && seen.add(fault.name));
  const others = rng.pick(sheets);
  const roles = rng.shuffle(others.components.map((part) => part.role));
  const dos = rng.shuffle(sheet.rules.map((rule) => rule.do));
  return {
    ...sheet,
    asset,
    synonyms: invent ? [] : sheet.synonyms,
    parameters: unique(parameters),
    faults: distinctFaults,
    components: others.components.map((part, i) => ({ ...part, role: roles[i]! })),
    rules: sheet.rules.map((rule, i) => ({ ...rule, do: dos[i]! })),
  };
}

function unique<T extends { name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.name, item])).values()];
}

/** A word that no one knows: the student cannot have an opinion of it. */
function inventedName(rng: Random): string {
  const syllable = (): string =>
    rng.pick([...'bdfgklmnprstvz']) + rng.pick([...'aeiou']) + rng.pick(['', '', 'n', 'r', 'x', 'l']);
  return Array.from({ length: 2 + rng.below(2) }, syllable).join('');
}

/** Another trade, noise, or an invented machine of which nothing is shown. */
function unknownEpisode(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Episode {
  const base = { mode: 'unknown' as const, facts: [], answers: [NOT_KNOWN], answer: NOT_KNOWN };
  if (rng.chance(0.35)) {
    const question = expand(rng.pick(ELSEWHERE[options.wording]), rng);
    return {
      ...base,
      relation: 'explain',
      asset: '',
      context: [],
      question,
      rationale: `${NOT_KNOWN}: this is not about a machine that the sheets describe.`,
    };
  }
  const sheet = shuffledSheet(rng.pick(sheets), sheets, rng);
  const stranger = { ...sheet, asset: inventedName(rng), synonyms: [] };
  for (let tries = 0; ; tries++) {
    const relation = wanted(options, tries, rng);
    const count = options.options ?? (rng.chance(0.3) ? 4 : 0);
    const episode = tryEpisode(stranger, sheets, relation, { ...options, mode: 'closed', options: count }, rng);
    if (!episode) continue;
    const context = rng.chance(0.4) ? strayFacts(sheets, stranger.asset, rng) : [];
    return {
      ...episode,
      ...base,
      ...(episode.options ? { options: episode.options.map(({ text }) => ({ text, grade: 0 })) } : {}),
      context,
      rationale: `${NOT_KNOWN}: ${stranger.asset} is not a machine that the sheets describe.`,
    };
  }
}

/** Episodes of the whole mix, for a look with one's own eyes. */
export function sampleEpisodes(sheets: readonly Sheet[], seed: number, count: number): Episode[] {
  const modes: Record<Mode, number> = { closed: 5, open: 3, shuffled: 2, corrected: 1, unknown: 1 };
  return Array.from({ length: count }, (_, i) => {
    const rng = random(seed, i);
    return makeEpisode(sheets, { mode: rng.weighted(modes), wording: 'train' }, rng);
  });
}
