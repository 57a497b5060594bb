/**
 * Trains a student: starts the training thread, passes on what it says, and hands back the weights. The training itself
 * is train-worker.ts. Knows no knowledge: what is learned comes from the dataset's module.
 */
import { RoundsError } from '../errors.ts';
import type { DecoderConfig } from '../student/config.ts';
import type { Weights } from '../student/decoder.ts';
import { startThread } from '../thread.ts';
import type { TokenBatch } from './dataset.ts';
import type { Idle } from './idle.ts';

export interface TrainOptions {
  config: DecoderConfig;
  /** Where to start; default: drawn from `seed`. */
  weights?: Weights;
  seed: number;
  dataset: DatasetSource;
  /** Rows a step, tokens a row. */
  batch: number;
  sequence: number;
  /** Either: with `steps` the same options give the same weights bit for bit, resumed or not (on one kind of machine)… */
  steps?: number;
  /** …or: the learning rate follows the share of the time that is gone, so the run ends in time at any speed. */
  minutes?: number;
  /**
   * Default `adamw`. `muon` moves the layers' matrices by Muon and the rest by AdamW: a lower loss after as many steps
   * (600 steps of the dataset at d 64: 1.88 nats against 2.03), each about 15 % longer.
   */
  optimizer?: 'adamw' | 'muon';
  /** Highest learning rate. */
  learningRate: number;
  /** Steps of linear rise at the start. Default 50, at most a tenth of `steps`. */
  warmup?: number;
  /** `cosine` to a tenth; `wsd` (default): constant, then linear to zero over the last 40 %. */
  schedule?: 'cosine' | 'wsd';
  /** Decoupled decay of the matrices. Default 0.1. */
  weightDecay?: number;
  /** Longest gradient let through; longer ones are shortened to it. Default 1. */
  clip?: number;
  /** Checkpoints and log.jsonl (progress events, a line each) go here; without it nothing is written. */
  runFolder?: string;
  /** Go on from the newest whole checkpoint of `runFolder`, if any. */
  resume?: boolean;
  /** Default 30. */
  checkpointEveryS?: number;
  /** Time between progress events. Default 1. */
  progressEveryS?: number;
  /** Threads of the runtime; default: cores. */
  threads?: number;
  /** Stops after the running step, with a checkpoint; `train` then throws RoundsError `aborted`. */
  signal?: AbortSignal;
  /** Rests between two steps while it says so; the time does not count. */
  idle?: Pick<Idle, 'onChange'>;
  onEvent?: (event: TrainEvent) => void;
}

/**
 * A module whose exported `openDataset(options)` gives `{batchAt(step)}`, built inside the training thread; or batches
 * already at hand, gone through in order, again and again.
 */
export type DatasetSource = { module: URL; options: unknown } | { batches: readonly TokenBatch[] };

/** What a dataset's module exports as `openDataset`. `batchAt` must be a pure function of the step, counted from 0. */
export type OpenDataset = (options: never) => Dataset | Promise<Dataset>;
export interface Dataset {
  batchAt(step: number): TokenBatch;
}

export type TrainEvent =
  | { kind: 'start'; parameters: number; resumedAt: number; threads: number }
  | Progress
  | { kind: 'checkpoint'; step: number; path: string }
  | { kind: 'warning'; text: string };

export interface Progress {
  kind: 'progress';
  /** Steps done. */
  step: number;
  /** All steps; an estimate that moves where the run is limited by time. */
  steps: number;
  /** Mean over the steps since the last event, nats a token. */
  loss: number;
  learningRate: number;
  /** Before clipping, of the last step. */
  gradientNorm: number;
  /** Since the last event. */
  tokensPerSecond: number;
  /** 6·parameters·tokens a second, in 10⁹. */
  gflops: number;
  elapsedS: number;
  etaS: number;
}

export interface TrainResult {
  weights: Weights;
  steps: number;
  tokens: number;
  /** Time spent training, earlier runs included. */
  minutes: number;
  /** Over the whole run; 0 where nothing was left to do. */
  tokensPerSecond: number;
  /** Of the last progress event. */
  loss: number;
}

/** What goes to the thread: everything that can be cloned. */
export type TrainTask = Omit<TrainOptions, 'signal' | 'onEvent' | 'dataset' | 'idle'> & {
  dataset: { module: string; options: unknown } | { batches: readonly TokenBatch[] };
};

/** What comes back. */
export type TrainMessage =
  | { kind: 'event'; event: TrainEvent }
  | { kind: 'done'; result: TrainResult }
  | { kind: 'failed'; code: string; message: string; stack: string | undefined };

/**
 * Throws RoundsError `aborted` (state saved), `diverged`, `other_run`, `wrong_weights`, and `training_failed` for what
 * the dataset's module throws.
 */
export async function train({ signal, onEvent, dataset, idle, ...rest }: TrainOptions): Promise<TrainResult> {
  if ((rest.steps === undefined) === (rest.minutes === undefined))
    throw new RoundsError('bad_input', '[train] give either steps or minutes');
  signal?.throwIfAborted();
  const task: TrainTask = {
    ...rest,
    dataset: 'module' in dataset ? { ...dataset, module: dataset.module.href } : dataset,
  };
  const thread = startThread(new URL('./train-worker.ts', import.meta.url), task);
  const stop = (): void => thread.postMessage('stop');
  signal?.addEventListener('abort', stop, { once: true });
  const unwatch = idle?.onChange((paused) => thread.postMessage(paused ? 'pause' : 'go on'));
  try {
    return await new Promise<TrainResult>((resolve, reject) => {
      thread.on('message', (message: TrainMessage) => {
        if (message.kind === 'event') onEvent?.(message.event);
        else if (message.kind === 'done') resolve(message.result);
        else {
          const error = new RoundsError(message.code, message.message);
          if (message.stack) error.stack = message.stack;
          reject(error);
        }
      });
      thread.on('error', reject);
      thread.on('exit', (code) => {
        reject(
          new RoundsError(
            'training_failed',
            `[train] the training thread ended with code ${code}: run again with resume`,
          ),
        );
      });
    });
  } finally {
    unwatch?.();
    signal?.removeEventListener('abort', stop);
    await thread.terminate();
  }
}
