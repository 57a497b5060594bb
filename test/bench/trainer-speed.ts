/**
 * How fast the trainer learns on this machine: whole steps (forward, backward, AdamW) of the 1.07 M-parameter shape that
 * the project's figures are given for, through the public door. What is learned is noise; the speed does not depend on it.
 */
import type { TokenBatch } from '../../models/distill/dataset.ts';
import { random } from '../../models/distill/random.ts';
import { train } from '../../models/distill/train.ts';
import { decoderConfig, parameterCount } from '../../models/student/config.ts';

export interface TrainerSpeed {
  trainTokensPerSecond: number;
  /** 6 · parameters · tokens a second, in 10⁹. */
  trainGflops: number;
}

/** Median over single steps, the first three left out. */
export async function benchTrainer({
  steps = 20,
  threads,
}: {
  steps?: number;
  threads?: number;
} = {}): Promise<TrainerSpeed> {
  const config = decoderConfig({ vocabSize: 2048, hiddenSize: 128, layers: 4, maxPositions: SEQUENCE });
  const perStep: number[] = [];
  await train({
    config,
    seed: 1,
    dataset: { batches: [noise(config.vocabSize, 1), noise(config.vocabSize, 2)] },
    batch: BATCH,
    sequence: SEQUENCE,
    steps: steps + WARM_UP,
    learningRate: 1e-3,
    progressEveryS: 0,
    ...(threads ? { threads } : {}),
    onEvent: (event) => {
      if (event.kind === 'progress' && event.step > WARM_UP) perStep.push(event.tokensPerSecond);
    },
  });
  const sorted = perStep.sort((a, b) => a - b);
  const trainTokensPerSecond = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { trainTokensPerSecond, trainGflops: (6 * parameterCount(config) * trainTokensPerSecond) / 1e9 };
}

const BATCH = 16;
const SEQUENCE = 128;
const WARM_UP = 3;

function noise(vocabSize: number, seed: number): TokenBatch {
  const rng = random(seed);
  const size = BATCH * SEQUENCE;
  const tokens = () => Int32Array.from({ length: size }, () => Math.floor(rng.next() * vocabSize));
  return {
    inputIds: tokens(),
    positionIds: Int32Array.from({ length: size }, (_, i) => i % SEQUENCE),
    targets: tokens(),
    targetWeights: new Float32Array(size).fill(1),
    documentIds: new Int32Array(size).fill(1),
  };
}
