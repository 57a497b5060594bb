/** A run of seconds, for the tests and for the process they kill. */
import type { TrainOptions } from '../../../models/distill/train.ts';
import { decoderConfig } from '../../../models/student/config.ts';

export const tiny: TrainOptions = {
  config: decoderConfig({ vocabSize: 40, hiddenSize: 32, layers: 2, headDim: 16, maxPositions: 16 }),
  seed: 1,
  dataset: { module: new URL('./table.ts', import.meta.url), options: { vocabSize: 40, batch: 8, sequence: 16 } },
  batch: 8,
  sequence: 16,
  steps: 30,
  learningRate: 5e-3,
  threads: 1,
};
