/**
 * Episodes as token batches: rendered in the student's prompt form, encoded, packed into rows in which packed documents
 * do not see each other. A batch is a pure function of the step, so a resumed run continues exactly where it stopped.
 */
import type { Fact, Sheet } from '../knowledge/types.ts';
import {
  ANSWER,
  GRADES,
  OPTION,
  renderCompletion,
  renderOption,
  renderPrompt,
  renderThought,
} from '../student/prompt.ts';
import type { Tokenizer } from '../student/tokenizer.ts';
import { type Episode, type EpisodeOption, type Mode, makeEpisode } from './episodes.ts';
import { type Random, random } from './random.ts';

/** Share of each mode among the episodes of a round. */
export const MIX: Record<Mode, number> = { closed: 34, open: 24, shuffled: 28, corrected: 8, unknown: 6 };

/**
 * Loss weights. The prompt teaches the language and must not crowd out the rest; a grade is one token that holds a whole
 * fact, among many that only copy.
 */
const WEIGHTS = { prompt: 0.05, rationale: 0.7, grade: 4, answer: 2 } as const;

export interface DatasetOptions {
  sheets: readonly Sheet[];
  tokenizer: Tokenizer;
  seed: number;
  /** Rows a batch. */
  batch: number;
  /** Tokens a row. */
  sequence: number;
  mix?: Record<Mode, number>;
  /** Lessons of validated traces of people and teachers, in this share of the documents. */
  traces?: { items: readonly Lesson[]; share: number };
  /** Facts that the student has to learn anew: asked about in this share of the documents. */
  news?: { facts: readonly Fact[]; share: number };
  /** Facts that deserve more than their turn: asked about in this share of the documents. */
  focus?: { facts: readonly Fact[]; share: number };
  /** What the student knew and shall keep, with its own grades, in this share of the documents. */
  replay?: { items: readonly Lesson[]; share: number };
}

/** Of what is new most is to be known by heart; some of it is read, so that reading and knowing stay one skill. */
const NEWS_MIX: Record<'closed' | 'open', number> = { closed: 8, open: 1 };
/** What was asked in service was asked with its facts at hand. */
const FOCUS_MIX: Record<'closed' | 'open', number> = { closed: 1, open: 1 };

/** B rows of S tokens, flattened to [B·S]. */
export interface TokenBatch {
  inputIds: Int32Array;
  /** Position within the document, from 0. */
  positionIds: Int32Array;
  /** The next token; 0 where the weight is 0. */
  targets: Int32Array;
  /** Loss weight of each target. */
  targetWeights: Float32Array;
  /** Which document of its row a token belongs to, from 1; 0 is padding. */
  documentIds: Int32Array;
}

/** Padding throughout. */
export function emptyBatch(size: number): TokenBatch {
  return {
    inputIds: new Int32Array(size),
    positionIds: new Int32Array(size),
    targets: new Int32Array(size),
    targetWeights: new Float32Array(size),
    documentIds: new Int32Array(size),
  };
}

export interface Document {
  tokens: number[];
  /** Loss weight of each token as a target. */
  weights: number[];
}

export function createDataset(options: DatasetOptions): { batchAt(step: number): TokenBatch } {
  const { batch: B, sequence: S } = options;
  return {
    batchAt(step) {
      const out = emptyBatch(B * S);
      for (let row = 0; row < B; row++) fillRow(out, row * S, S, random(options.seed, step, row), options);
      return out;
    },
  };
}

/** What is encoded of an episode; a trace is one without grades. */
export type Lesson = Pick<Episode, 'question' | 'rationale' | 'answer'> & {
  context?: readonly string[];
  /** `soft`: probability of each grade, from which one is drawn each time: its mean gradient is that of the whole. */
  options?: readonly (EpisodeOption | SoftOption)[];
};

export interface SoftOption {
  text: string;
  soft: readonly number[];
}

/** Encodes one question with its completion: an answer, or its options with their grades. */
export function encodeEpisode(tokenizer: Tokenizer, episode: Lesson, rng?: Random): Document {
  const { context = [], question, options, rationale, answer } = episode;
  const prompt = renderPrompt({ context, question });
  const grades = gradeIds(tokenizer);
  const tokens: number[] = [];
  const weights: number[] = [];
  const add = (text: string, weigh: (token: number) => number): void => {
    for (const token of tokenizer.encode(text)) {
      tokens.push(token);
      weights.push(weigh(token));
    }
  };
  add(prompt, () => WEIGHTS.prompt);
  if (!options) {
    const end = tokenizer.id(ANSWER);
    let answering = false;
    add(renderCompletion(rationale, answer), (token) => {
      const weight = answering ? WEIGHTS.answer : grades.has(token) ? WEIGHTS.grade : WEIGHTS.rationale;
      answering ||= token === end;
      return weight;
    });
    return { tokens, weights };
  }
  add(renderThought('', rationale), (token) => (grades.has(token) ? WEIGHTS.grade : WEIGHTS.rationale));
  // Options are put by who asks. A student that learned to begin them itself does so where an open answer is wanted.
  const marker = tokenizer.id(OPTION);
  for (const option of options) {
    add(renderOption(option.text), (token) => (token === marker ? 0 : WEIGHTS.prompt));
    add(GRADES['soft' in option ? drawn(option.soft, rng) : option.grade]!, () => WEIGHTS.grade);
  }
  return { tokens, weights };
}

function drawn(soft: readonly number[], rng: Random | undefined): number {
  if (!rng) return soft.indexOf(Math.max(...soft));
  let left = rng.next();
  return Math.max(
    0,
    soft.findIndex((probability) => {
      left -= probability;
      return left < 0;
    }),
  );
}

const gradesOf = new WeakMap<Tokenizer, Set<number>>();

function gradeIds(tokenizer: Tokenizer): Set<number> {
  let ids = gradesOf.get(tokenizer);
  if (!ids) {
    ids = new Set(
      GRADES.map((grade) => {
        const [id, ...rest] = tokenizer.encode(grade);
        if (id === undefined || rest.length) throw new RangeError(`the tokenizer has no one token for '${grade}'`);
        return id;
      }),
    );
    gradesOf.set(tokenizer, ids);
  }
  return ids;
}

function fillRow(out: TokenBatch, offset: number, S: number, rng: Random, options: DatasetOptions): void {
  let at = 0;
  let misses = 0;
  for (let document = 1; misses < 4; ) {
    const { tokens, weights } = drawDocument(rng, options);
    const length = tokens.length - 1;
    if (at + length > S) {
      misses += 1;
      continue;
    }
    for (let i = 0; i < length; i++) {
      const k = offset + at + i;
      out.inputIds[k] = tokens[i]!;
      out.positionIds[k] = i;
      out.targets[k] = tokens[i + 1]!;
      out.targetWeights[k] = weights[i + 1]!;
      out.documentIds[k] = document;
    }
    at += length;
    document += 1;
  }
}

function drawDocument(rng: Random, options: DatasetOptions): Document {
  const { tokenizer, sheets, traces, news, focus, replay } = options;
  const about = (facts: readonly Fact[], modes: Record<'closed' | 'open', number>): Document => {
    const how = { mode: rng.weighted(modes), wording: 'train' as const, about: rng.pick(rowsFirst(facts, rng)) };
    return encodeEpisode(tokenizer, makeEpisode(sheets, how, rng));
  };
  let place = rng.next();
  /** Whether the draw falls into this share; the shares lie one behind the other. */
  const falls = (share: number): boolean => {
    const within = place < share;
    place -= share;
    return within;
  };
  if (traces && falls(traces.share)) return encodeEpisode(tokenizer, shuffled(rng.pick(traces.items), rng), rng);
  if (news && falls(news.share)) return about(news.facts, NEWS_MIX);
  if (focus && falls(focus.share)) return about(focus.facts, FOCUS_MIX);
  if (replay && falls(replay.share)) return encodeEpisode(tokenizer, rng.pick(replay.items), rng);
  const mode = rng.weighted(options.mix ?? MIX);
  return encodeEpisode(tokenizer, makeEpisode(sheets, { mode, wording: 'train' }, rng));
}

const rowsOf = new WeakMap<readonly Fact[], Record<'rows' | 'others', Fact[]>>();
/** Rows of grades are what most questions are about; a changed sheet has many smaller facts beside them. */
const ROW_SHARE = 0.85;

function rowsFirst(facts: readonly Fact[], rng: Random): readonly Fact[] {
  let parts = rowsOf.get(facts);
  if (!parts) {
    const isRow = ({ kind }: Fact): boolean => kind === 'shows' || kind === 'faults';
    parts = { rows: facts.filter(isRow), others: facts.filter((fact) => !isRow(fact)) };
    rowsOf.set(facts, parts);
  }
  const { rows, others } = parts;
  if (rows.length === 0 || others.length === 0) return facts;
  return rng.chance(ROW_SHARE) ? rows : others;
}

function shuffled(lesson: Lesson, rng: Random): Lesson {
  return lesson.options ? { ...lesson, options: rng.shuffle<EpisodeOption | SoftOption>(lesson.options) } : lesson;
}
