/**
 * Episodes as token batches: rendered in the student's prompt form, encoded, packed into rows in which packed documents
 * do not see each other. A batch is a pure function of the step, so a resumed run continues exactly where it stopped.
 */
import type { Sheet } from '../knowledge/types.ts';
import { ANSWER, renderCompletion, renderPrompt } from '../student/prompt.ts';
import type { Tokenizer } from '../student/tokenizer.ts';
import { type Episode, type Mode, makeEpisode } from './episodes.ts';
import { type Random, random } from './random.ts';
import type { Trace } from './validate.ts';

/** Share of each mode among the episodes of a round. */
export const MIX: Record<Mode, number> = { closed: 42, open: 27, shuffled: 22, corrected: 5, unknown: 4 };

/**
 * Loss weights. The prompt teaches the language and must not crowd out the rest; a verdict ("vibration: clearly") is one
 * token that holds a whole fact, among many that only copy.
 */
const WEIGHTS = { prompt: 0.05, rationale: 0.7, verdict: 4, answer: 2 } as const;
const VERDICTS = [' clearly', ' also', ' not', ' yes', ' no'] as const;

export interface DatasetOptions {
  sheets: readonly Sheet[];
  tokenizer: Tokenizer;
  seed: number;
  /** Rows a batch. */
  batch: number;
  /** Tokens a row. */
  sequence: number;
  mix?: Record<Mode, number>;
  /** Validated traces of people and teachers, drawn with this share of the documents. */
  traces?: { items: readonly Trace[]; share: number };
}

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

export interface Document {
  tokens: number[];
  /** Loss weight of each token as a target. */
  weights: number[];
}

export function createDataset(options: DatasetOptions): { batchAt(step: number): TokenBatch } {
  const { batch: B, sequence: S } = options;
  return {
    batchAt(step) {
      const size = B * S;
      const out: TokenBatch = {
        inputIds: new Int32Array(size),
        positionIds: new Int32Array(size),
        targets: new Int32Array(size),
        targetWeights: new Float32Array(size),
        documentIds: new Int32Array(size),
      };
      for (let row = 0; row < B; row++) fillRow(out, row * S, S, random(options.seed, step, row), options);
      return out;
    },
  };
}

/** Encodes one question with its completion. */
export function encodeEpisode(
  tokenizer: Tokenizer,
  episode: Pick<Episode, 'context' | 'question' | 'options' | 'rationale' | 'answer'>,
): Document {
  const prompt = tokenizer.encode(
    renderPrompt({
      context: episode.context,
      question: episode.question,
      ...(episode.options ? { options: episode.options } : {}),
    }),
  );
  const completion = tokenizer.encode(renderCompletion(episode.rationale, episode.answer));
  return {
    tokens: [...prompt, ...completion],
    weights: [...prompt.map(() => WEIGHTS.prompt), ...completionWeights(tokenizer, completion)],
  };
}

const verdictIds = new WeakMap<
  Tokenizer,
  { colon: number | undefined; verdicts: Set<number>; answer: number | undefined }
>();

function completionWeights(tokenizer: Tokenizer, completion: readonly number[]): number[] {
  let ids = verdictIds.get(tokenizer);
  if (!ids) {
    const single = VERDICTS.map((word) => tokenizer.encode(word)).filter((tokens) => tokens.length === 1);
    const verdicts = new Set(single.map(([token]) => token!));
    ids = { colon: tokenizer.encode(':')[0], verdicts, answer: tokenizer.id(ANSWER) };
    verdictIds.set(tokenizer, ids);
  }
  const { colon, verdicts, answer } = ids;
  const answerAt = completion.indexOf(answer ?? -1);
  return completion.map((token, i) => {
    if (answerAt >= 0 && i > answerAt) return WEIGHTS.answer;
    return completion[i - 1] === colon && verdicts.has(token) ? WEIGHTS.verdict : WEIGHTS.rationale;
  });
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
  const { tokenizer, traces } = options;
  if (traces?.items.length && rng.chance(traces.share)) {
    const trace = rng.pick(traces.items);
    return encodeEpisode(tokenizer, { ...trace, context: [], options: trace.options && rng.shuffle(trace.options) });
  }
  const mode = rng.weighted(options.mix ?? MIX);
  return encodeEpisode(tokenizer, makeEpisode(options.sheets, { mode, wording: 'train' }, rng));
}
