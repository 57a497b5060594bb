/**
 * Questions with the knowledge teacher's chain of thought, drawn from sheets: what the student is taught.
 *
 * An episode is one question in one wording. Modes: `closed` (the student must know), `open` (the facts stand before it),
 * `shuffled` (facts that differ from the weights stand before it: it must believe what it is shown), `corrected` (an
 * engineer's correction outranks facts and weights), `unknown` (nothing is known: it must say so).
 */
import {
  cellsOfFault,
  cellsOfParameter,
  correctionText,
  factsOf,
  type Verdict,
  verdict,
  verdictsText,
} from '../knowledge/facts.ts';
import { type Asked, selectFacts } from '../knowledge/select.ts';
import type { Fact, Fault, Sheet } from '../knowledge/types.ts';
import { plainOption } from '../student/prompt.ts';
import { type Random, random } from './random.ts';
import { ELSEWHERE, expand, fill, PLAIN, type Relation, SEVERAL, WORDINGS } from './wordings.ts';

export type Mode = 'closed' | 'open' | 'shuffled' | 'corrected' | 'unknown';

export interface Episode {
  mode: Mode;
  relation: Relation;
  asset: string;
  context: string[];
  question: string;
  options?: string[];
  /** The right options, or the open answer alone. */
  answers: string[];
  rationale: string;
  answer: string;
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
}

/** What the student says of what it does not know. */
export const NOT_KNOWN = 'not known';

/** How often each relation is asked. */
const RELATIONS: Record<Relation, number> = {
  parameters: 26,
  notParameters: 14,
  faults: 22,
  notFaults: 12,
  cell: 8,
  diagnose: 14,
  causes: 5,
  effects: 4,
  checks: 5,
  actions: 5,
  components: 4,
  explain: 4,
};

const ASKED: Record<Relation, Asked> = {
  parameters: 'parameters',
  notParameters: 'parameters',
  faults: 'faults',
  notFaults: 'faults',
  cell: 'cell',
  diagnose: 'diagnose',
  causes: 'causes',
  effects: 'effects',
  checks: 'checks',
  actions: 'actions',
  components: 'components',
  explain: 'explain',
};

/** What a question is about, before it is worded. */
interface Subject {
  asked: Asked;
  faults: Fault[];
  parameter?: string;
  /** Everything that can stand as an option, with its verdict and rank (higher is better). */
  candidates: Candidate[];
  /** How the rationale begins. */
  opening: string;
  /** Rationale and answer where there are no options. */
  open: { rationale: string; answer: string };
  signs?: string;
}

interface Candidate {
  name: string;
  wordings: readonly string[];
  verdict: Verdict | 'yes' | 'no';
  rank: number;
}

/**
 * One episode, a pure function of the random source.
 * @param sheets at least one, each with at least two faults
 */
export function makeEpisode(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Episode {
  if (options.mode === 'unknown') return unknownEpisode(sheets, options, rng);
  if (options.mode === 'closed' && rng.chance(0.12)) {
    // Retrieval sometimes brings what does not help.
    const episode = sheetEpisode(sheets, options, rng);
    return { ...episode, context: strayFacts(sheets, episode.asset, rng) };
  }
  return sheetEpisode(sheets, options, rng);
}

function sheetEpisode(sheets: readonly Sheet[], options: EpisodeOptions, rng: Random): Episode {
  const real = rng.pick(sheets);
  const sheet = options.mode === 'shuffled' ? shuffledSheet(real, sheets, rng) : real;
  for (let tries = 0; ; tries++) {
    const relation = wanted(options, tries, rng);
    const episode = tryEpisode(sheet, relation, options, rng);
    if (episode) return options.mode === 'corrected' ? corrected(episode, sheet, rng) : episode;
  }
}

/** The relation asked for; another one where the sheet cannot be asked it (no mechanism to explain, say). */
function wanted(options: EpisodeOptions, tries: number, rng: Random): Relation {
  return options.relation !== undefined && tries < 20 ? options.relation : rng.weighted(RELATIONS);
}

function tryEpisode(sheet: Sheet, relation: Relation, options: EpisodeOptions, rng: Random): Episode | undefined {
  const subject = subjectOf(sheet, relation, rng);
  if (!subject) return undefined;
  const count = options.options ?? (rng.chance(openShare(relation)) ? 0 : rng.pick([2, 3, 4, 4, 4, 5, 5, 6, 8, 10]));
  const negated = relation === 'notParameters' || relation === 'notFaults';
  if (negated && count === 0) return undefined;
  const several = count >= 3 && !negated && (options.several ?? rng.chance(0.15));
  const choice = count > 0 ? choose(subject, count, { negated, several }, rng) : undefined;
  if (count > 0 && !choice) return undefined;

  const slots = slotsFor(sheet, subject, options.mode, rng);
  const plain = options.wording === 'train' && relation !== 'diagnose' && rng.chance(0.3);
  const grammar = plain ? PLAIN[relation] : rng.pick(WORDINGS[relation][options.wording]);
  let question = fill(expand(grammar, rng), slots);
  if (several) question += ` ${rng.pick(SEVERAL)}`;
  if (options.noise !== false) question = noisy(question, rng);

  const facts = selectFacts(
    {
      asked: subject.asked,
      asset: sheet.asset,
      faults: subject.faults.map((fault) => fault.name),
      parameters: subject.parameter ? [subject.parameter] : [],
    },
    lookupOf(sheet),
  );
  const shown = options.mode === 'closed' ? [] : withDistractors(facts, sheet, subject, rng);
  const verdicts = choice?.options.map((option) => `${option.text}: ${option.verdict}`).join('; ');
  const answers = choice ? choice.right : [subject.open.answer];
  return {
    mode: options.mode,
    relation,
    asset: sheet.asset,
    context: shown.map((fact) => fact.text),
    question,
    ...(choice ? { options: choice.options.map((option) => option.text) } : {}),
    answers,
    rationale: choice ? `${subject.opening} ${verdicts}.` : subject.open.rationale,
    answer: answers.join('; '),
    facts: facts.map((fact) => fact.id),
  };
}

// ------------------------------------------------------------------------------------------------ what is asked

function subjectOf(sheet: Sheet, relation: Relation, rng: Random): Subject | undefined {
  const asked = ASKED[relation];
  if (asked === 'faults') return parameterSubject(sheet, rng);
  const fault = rng.pick(sheet.faults);
  if (asked === 'parameters') return faultSubject(sheet, fault);
  if (asked === 'cell') return cellSubject(sheet, fault, rng);
  if (asked === 'diagnose') return diagnoseSubject(sheet, fault, rng);
  if (asked === 'explain') {
    if (!fault.mechanism) return undefined;
    const rationale = verdictsText(sheet.asset, fault.name, cellsOfFault(fault));
    return {
      asked,
      faults: [fault],
      candidates: [],
      opening: '',
      open: { rationale, answer: `${fault.name} means that ${fault.mechanism}.` },
    };
  }
  return itemsSubject(sheet, fault, asked, rng);
}

/** Which parameters show a fault. */
function faultSubject(sheet: Sheet, fault: Fault): Subject {
  const cells = cellsOfFault(fault);
  const wordings = (name: string): string[] => {
    const parameter = sheet.parameters.find((candidate) => candidate.name === name);
    if (!parameter) return [];
    // An instrument that serves two parameters ("visual inspection") names neither.
    const own = (wording: string): boolean =>
      sheet.parameters.every(
        (other) => other === parameter || ![other.name, ...other.synonyms, ...other.measuredBy].includes(wording),
      );
    return [...parameter.synonyms, ...parameter.measuredBy].filter(own);
  };
  return {
    asked: 'parameters',
    faults: [fault],
    candidates: [
      ...fault.shows.map((cell) => ({
        name: cell.parameter,
        wordings: wordings(cell.parameter),
        verdict: verdict(fault, cell.parameter)!,
        rank: cell.strength,
      })),
      ...cells.not.map((name) => ({ name, wordings: wordings(name), verdict: 'not' as const, rank: 0 })),
    ],
    opening: meaning(sheet, fault),
    open: {
      rationale: verdictsText(sheet.asset, fault.name, cells),
      answer: [...cells.clearly, ...cells.also].slice(0, 3).join(', '),
    },
  };
}

/** Which faults a parameter tells of. */
function parameterSubject(sheet: Sheet, rng: Random): Subject {
  const parameter = rng.pick(sheet.parameters).name;
  const cells = cellsOfParameter(sheet, parameter);
  return {
    asked: 'faults',
    faults: [],
    parameter,
    candidates: sheet.faults.flatMap((fault) => {
      const found = verdict(fault, parameter);
      const rank = fault.shows.find((cell) => cell.parameter === parameter)?.strength ?? 0;
      return found ? [{ name: fault.name, wordings: fault.synonyms, verdict: found, rank }] : [];
    }),
    opening: `${sheet.asset}, ${parameter}.`,
    open: {
      rationale: verdictsText(sheet.asset, parameter, cells),
      answer: [...cells.clearly, ...cells.also].slice(0, 3).join(', ') || 'none of the known faults',
    },
  };
}

/** One fault × parameter. */
function cellSubject(sheet: Sheet, fault: Fault, rng: Random): Subject | undefined {
  const cells = [...fault.shows, ...fault.not].filter((cell) => cell.why);
  if (cells.length === 0) return undefined;
  const cell = rng.pick(cells);
  const grade = verdict(fault, cell.parameter)!;
  const why = lookupAll(sheet).get(`${sheet.asset}/${fault.name}/why/${cell.parameter}`)!;
  const said = { clearly: 'yes, clearly', also: 'yes, but less clearly', not: 'no' }[grade];
  return {
    asked: 'cell',
    faults: [fault],
    parameter: cell.parameter,
    candidates: [],
    opening: '',
    open: { rationale: why.text, answer: said },
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
  const clearly = cellsOfFault(fault).clearly.slice(0, 3).join(', ');
  const fits = `these signs fit ${fault.name} of the ${sheet.asset}${fault.mechanism ? `: ${fault.mechanism}` : ''}.`;
  return {
    asked: 'diagnose',
    faults: [fault, ...others],
    candidates: sheet.faults.map((candidate) => ({
      name: candidate.name,
      wordings: candidate.synonyms,
      verdict: candidate === fault ? 'yes' : 'no',
      rank: candidate === fault ? 1 : 0,
    })),
    opening: fits,
    open: {
      rationale: `${fits}${clearly ? ` it shows clearly in ${clearly}.` : ''}`,
      answer: check ? `${fault.name}; first ${check}` : fault.name,
    },
    signs: rng.shuffle(seen).join(rng.pick([', ', ' and ', '; '])),
  };
}

/** Causes, effects, checks, actions, components. */
function itemsSubject(
  sheet: Sheet,
  fault: Fault,
  asked: Exclude<Asked, 'parameters' | 'faults' | 'cell' | 'diagnose' | 'explain'>,
  rng: Random,
): Subject | undefined {
  const itemsOf = (of: Fault): string[] => (asked === 'checks' ? of.checks.map((check) => check.what) : of[asked]);
  const right = itemsOf(fault);
  const wrong = [
    ...new Set(sheet.faults.flatMap((other) => (other === fault ? [] : itemsOf(other)))),
    ...(asked === 'components' ? sheet.components.map((part) => part.name) : []),
  ].filter((item) => !right.some((known) => alike(known, item)));
  if (right.length === 0 || wrong.length < 2) return undefined;
  const kind = lookupAll(sheet).get(`${sheet.asset}/${fault.name}/${asked}`)!;
  const shown = asked === 'checks' || asked === 'actions' ? right.slice(0, 1) : right.slice(0, 2);
  return {
    asked,
    faults: [fault],
    candidates: [
      // The first of the list is the first to do, so it outranks the rest.
      ...right.map((name, i) => ({ name, wordings: [], verdict: 'yes' as const, rank: 1 - i / 10 })),
      ...rng.sample(wrong, 12).map((name) => ({ name, wordings: [], verdict: 'no' as const, rank: 0 })),
    ],
    opening: meaning(sheet, fault),
    open: { rationale: kind.text, answer: shown.join('; ') },
  };
}

/** Two phrases that say nearly the same: half of their words are shared. */
function alike(a: string, b: string): boolean {
  const words = (text: string): Set<string> => new Set(text.match(/[a-z]{3,}/g) ?? []);
  const [wa, wb] = [words(a), words(b)];
  const shared = [...wa].filter((word) => wb.has(word)).length;
  return a === b || shared / Math.max(1, Math.min(wa.size, wb.size)) >= 0.5;
}

function meaning(sheet: Sheet, fault: Fault): string {
  return fault.mechanism
    ? `${sheet.asset}, ${fault.name} means that ${fault.mechanism}.`
    : `${sheet.asset}, ${fault.name}.`;
}

// ------------------------------------------------------------------------------------------------ options

interface Choice {
  options: { text: string; verdict: Candidate['verdict'] | 'yes' | 'no' }[];
  right: string[];
}

const NONE = 'none of the above';

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
    right = rng.sample(pool.right, 1 + rng.below(Math.min(pool.right.length, count - 1)));
    wrong = rng.sample(pool.wrong, count - right.length);
  } else if (!how.negated && count >= 3 && pool.wrong.length >= count - 1 && rng.chance(0.05)) {
    const options = rng.sample(pool.wrong, count - 1).map((candidate) => worded(candidate, rng));
    if (new Set(options.map((option) => option.text)).size < options.length) return undefined;
    return { options: [...options, { text: NONE, verdict: 'yes' }], right: [NONE] };
  } else {
    const best = rng.pick(pool.right.length ? pool.right : [undefined]);
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
  if (new Set(options.map((option) => option.text)).size < options.length) return undefined;
  return {
    options: options.map(({ text, verdict: said }) => ({ text, verdict: said })),
    right: options.filter((option) => right.includes(option.candidate)).map((option) => option.text),
  };
}

function worded(candidate: Candidate, rng: Random): { text: string; verdict: Candidate['verdict'] } {
  const text = candidate.wordings.length && rng.chance(0.2) ? rng.pick(candidate.wordings) : candidate.name;
  return { text: plainOption(text), verdict: candidate.verdict };
}

function openShare(relation: Relation): number {
  if (relation === 'explain' || relation === 'cell') return 1;
  return relation === 'diagnose' ? 0.6 : 0.35;
}

// ------------------------------------------------------------------------------------------------ words

function slotsFor(sheet: Sheet, subject: Subject, mode: Mode, rng: Random): Record<string, string> {
  const name = (canonical: string, synonyms: readonly string[]): string =>
    synonyms.length && rng.chance(mode === 'shuffled' ? 0.15 : 0.4) ? rng.pick(synonyms) : canonical;
  const asset = name(sheet.asset, sheet.synonyms);
  const [fault] = subject.faults;
  const parameter = sheet.parameters.find((candidate) => candidate.name === subject.parameter);
  return {
    asset: rng.chance(0.8) ? `${/^[aeiou]/.test(asset) ? 'an' : 'a'} ${asset}` : `the ${asset}`,
    Asset: asset,
    tag: taggedAsset(asset, rng),
    ...(fault ? { fault: name(fault.name, fault.synonyms) } : {}),
    ...(parameter ? { parameter: name(parameter.name, parameter.synonyms) } : {}),
    ...(subject.signs ? { signs: subject.signs } : {}),
  };
}

/** As the chain writes a tag once the register has told its class: `p-101 (pump)`. */
function taggedAsset(asset: string, rng: Random): string {
  const letters = asset
    .split(' ')
    .at(-1)!
    .slice(0, rng.pick([1, 1, 2]));
  const tag = `${letters}${rng.pick(['-', '-', ''])}${1 + rng.below(rng.pick([9, 99, 999]))}${rng.pick(['', '', 'a', 'b'])}`;
  return rng.chance(0.8) ? `${tag} (${asset})` : `${asset} ${tag}`;
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
  const options = episode.options;
  const pool = options
    ? options.filter((option) => !episode.answers.includes(option) && option !== NONE)
    : wrongAnswers(episode, sheet);
  if (pool.length === 0) return episode;
  const right = rng.pick(pool);
  const asked = rng.chance(0.5) ? episode.question : noisy(episode.question, rng);
  const correction = correctionText(asked, right);
  const distractors = rng.sample(episode.context, 2);
  return {
    ...episode,
    context: [...distractors, correction],
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
    measuredBy: [],
  }));
  const faultPool = sheets.flatMap((other) => other.faults);
  const faults = (invent ? rng.sample(faultPool, Math.min(sheet.faults.length, 8)) : sheet.faults).map((fault) => {
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
  const distinct = faults.filter((fault) => !seen.has(fault.name) && seen.add(fault.name));
  return { ...sheet, asset, synonyms: invent ? [] : sheet.synonyms, parameters: unique(parameters), faults: distinct };
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
      rationale: 'this is not about a machine that the sheets describe.',
    };
  }
  const sheet = shuffledSheet(rng.pick(sheets), sheets, rng);
  const stranger = { ...sheet, asset: inventedName(rng), synonyms: [] };
  for (let tries = 0; ; tries++) {
    const relation = wanted(options, tries, rng);
    const count = options.options ?? 0;
    const episode = tryEpisode(stranger, relation, { ...options, mode: 'closed', options: count }, rng);
    if (!episode) continue;
    const context = rng.chance(0.4) ? strayFacts(sheets, stranger.asset, rng) : [];
    return { ...episode, ...base, context, rationale: `${stranger.asset} is not a machine that the sheets describe.` };
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
