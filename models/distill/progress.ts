/** How a training run is going, in figures a person reads. Knows no clock: it is told the time. */
import type { TrainingState } from './checkpoint.ts';
import type { Progress, TrainTask } from './train.ts';

/** Turns steps into progress events, one every `progressEveryS` and one at the end. */
export class Meter {
  lastLoss = Number.NaN;
  readonly #task: TrainTask;
  readonly #size: number;
  readonly #firstStep: number;
  readonly #firstMs: number;
  #step: number;
  #ms: number;
  #losses = 0;

  constructor(task: TrainTask, size: number, { step, elapsedMs }: TrainingState) {
    this.#task = task;
    this.#size = size;
    this.#firstStep = this.#step = step;
    this.#firstMs = this.#ms = elapsedMs;
  }

  tick(
    { step, elapsedMs }: TrainingState,
    loss: number,
    learningRate: number,
    gradientNorm: number,
    last: boolean,
  ): Progress | undefined {
    this.#losses += loss;
    const ms = elapsedMs - this.#ms;
    if (!last && ms < (this.#task.progressEveryS ?? 1) * 1000) return undefined;
    const { steps, minutes, batch, sequence } = this.#task;
    const count = step - this.#step;
    const tokensPerSecond = (count * batch * sequence * 1000) / ms;
    const msPerStep = (elapsedMs - this.#firstMs) / (step - this.#firstStep);
    const leftMs = steps === undefined ? Math.max(0, minutes! * 60_000 - elapsedMs) : (steps - step) * msPerStep;
    this.lastLoss = this.#losses / count;
    this.#losses = 0;
    this.#step = step;
    this.#ms = elapsedMs;
    return {
      kind: 'progress',
      step,
      steps: steps ?? step + Math.round(leftMs / msPerStep),
      loss: this.lastLoss,
      learningRate,
      gradientNorm,
      tokensPerSecond: Math.round(tokensPerSecond),
      gflops: (6 * this.#size * tokensPerSecond) / 1e9,
      elapsedS: elapsedMs / 1000,
      etaS: leftMs / 1000,
    };
  }
}
