import { type TokenizerJson, trainBpe } from '../../../models/student/bpe.ts';
import { type DecoderConfig, decoderConfig } from '../../../models/student/config.ts';
import { type Weights, weightShapes } from '../../../models/student/decoder.ts';
import { SPECIAL_TOKENS } from '../../../models/student/prompt.ts';
import { writeStudent } from '../../../models/student/student.ts';
import type { StudentCard } from '../../../models/student/types.ts';

/** Repeatable numbers in [0, 1) (mulberry32), so that a failing case can be run again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A card of an untrained student: every field there, nothing claimed. */
export function blankCard(id: string): Omit<StudentCard, 'checksums'> {
  return {
    id,
    name: id,
    parent: null,
    round: 0,
    createdAt: '2026-11-21T00:00:00.000Z',
    parameters: 0,
    dataHash: '',
    sheets: {},
    seed: 1,
    training: { steps: 0, tokens: 0, minutes: 0, code: '' },
    metrics: {},
    calibration: { features: {}, bias: 0, threshold: 1.01, maxError: 0.05, fittedOn: 0, certifiedOn: 0 },
    licences: {},
  };
}

/** Enough of the trade's words for a small vocabulary. */
export const TEXTS = [
  'which sensor best shows bearing wear in an electric motor? vibration rises because the rolling surfaces are pitted',
  'the drive end bearing growls and the housing is hot; oil debris appears and temperature rises with bearing damage',
  'unbalance means that the mass axis is off the shaft axis, so the rotor shakes once per turn and vibration rises',
  'voltage: the supply sets the voltage; a bearing does not load it enough to matter. answer: vibration; oil debris',
];

export interface SmallStudent {
  config: DecoderConfig;
  weights: Weights;
  tokenizer: TokenizerJson;
}

/** A student that has learned nothing but speaks: random weights, wide enough that likely tokens differ by position. */
export function smallStudent(shape: Partial<DecoderConfig> = {}): SmallStudent {
  const tokenizer = trainBpe(TEXTS, { vocabSize: 384, specialTokens: SPECIAL_TOKENS, minCount: 1 });
  const vocabSize = Object.keys(tokenizer.model.vocab).length;
  const config = decoderConfig({ vocabSize, hiddenSize: 64, layers: 2, headDim: 32, maxPositions: 256, ...shape });
  const next = random(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const weights: Weights = new Map(
    [...weightShapes(config)].map(([name, dims]) => {
      const size = dims.reduce((a, b) => a * b, 1);
      const spread = name.includes('embed') ? 0.3 : 1.5 / Math.sqrt(dims[1] ?? 1);
      const value = dims.length === 1 ? () => 1 + 0.2 * normal() : () => spread * normal();
      return [name, Float32Array.from({ length: size }, value)];
    }),
  );
  return { config, weights, tokenizer };
}

export const writeSmall = (folder: string, student = smallStudent(), id = 'small') =>
  writeStudent(folder, { ...student, card: blankCard(id) });
