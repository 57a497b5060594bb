/**
 * The training loop, in a thread of its own: set up, then {batch, gradients, clip, AdamW, say, save} until done. Reads
 * from top to bottom. All weights stand in one flat array whose parts are the graph's inputs; the gradients likewise.
 */
import { appendFile, mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { RoundsError } from '../errors.ts';
import { globalNorm } from '../graph/adamw.ts';
import type { DecoderConfig } from '../student/config.ts';
import { gradientName, initWeights, LOSS, trainingGraph } from '../student/decoder.ts';
import { readCheckpoint, removeCheckpoints, writeCheckpoint } from './checkpoint.ts';
import type { TokenBatch } from './dataset.ts';
import { layoutOf, pack, tensorsOver, unpack } from './layout.ts';
import { adamwOptimizer, muonOptimizer } from './optimizer.ts';
import { Meter } from './progress.ts';
import type { Dataset, OpenDataset, TrainEvent, TrainMessage, TrainResult, TrainTask } from './train.ts';

async function main(task: TrainTask): Promise<TrainResult> {
  // Options
  const { config, seed, batch: B, sequence: S, runFolder, learningRate, clip = 1, weightDecay = 0.1 } = task;
  const threads = task.threads ?? availableParallelism();
  const run = identity(task);

  // Weights and optimizer state: where an earlier run stood, or the start
  const layout = layoutOf(config);
  const resumed =
    runFolder && task.resume
      ? await readCheckpoint(runFolder, run, (text) => say({ kind: 'warning', text }))
      : undefined;
  if (runFolder) {
    await mkdir(runFolder, { recursive: true });
    if (!task.resume) await removeCheckpoints(runFolder);
  }
  const state = resumed ?? {
    step: 0,
    tokens: 0,
    elapsedMs: 0,
    weights: pack(config, layout, task.weights ?? initWeights(config, seed)),
    m: new Float32Array(layout.size),
    v: new Float32Array(layout.size),
  };
  const gradient = new Float32Array(layout.size);

  // The graph, its session, and its inputs and outputs laid over the flat arrays
  const open = (model: Uint8Array): Promise<InferenceSession> =>
    InferenceSession.create(model, sessionOptions(threads));
  const session = await open(trainingGraph(config, { batch: B, sequence: S }).graph.encode());
  const loss = new Float32Array(1);
  const weightFeeds = tensorsOver(state.weights, layout.parts, (name) => name);
  const fetches = { [LOSS]: new Tensor('float32', loss, []), ...tensorsOver(gradient, layout.parts, gradientName) };
  const optimize = task.optimizer === 'muon' ? await muonOptimizer(state, layout, open) : adamwOptimizer(state, layout);
  const dataset = await openDataset(task.dataset);
  const schedule = learningRateOf(task);
  say({ kind: 'start', parameters: layout.size, resumedAt: state.step, threads });

  // Train
  let begun = performance.now() - state.elapsedMs;
  const stepsBefore = state.step;
  const elapsedBefore = state.elapsedMs;
  const meter = new Meter(task, layout.size, state);
  let saved = performance.now();
  let savedStep = resumed ? state.step : -1;
  const save = async (): Promise<void> => {
    if (!runFolder || savedStep === state.step) return;
    const path = await writeCheckpoint(runFolder, run, state);
    savedStep = state.step;
    say({ kind: 'checkpoint', step: state.step, path });
  };
  const done = (): boolean =>
    task.steps === undefined ? state.elapsedMs >= task.minutes! * 60_000 : state.step >= task.steps;

  while (!done() && !stopping) {
    if (paused) {
      const since = performance.now();
      await paused.over;
      begun += performance.now() - since;
      continue;
    }
    const data = checkBatch(dataset.batchAt(state.step), B * S, config, state.step);
    await session.run({ ...weightFeeds, ...batchFeeds(data) }, fetches);

    const norm = globalNorm(gradient);
    if (!Number.isFinite(norm) || !Number.isFinite(loss[0]!))
      throw new RoundsError(
        'diverged',
        `[train] step ${state.step}: loss ${loss[0]}, gradient ${norm}: lower the learning rate ${learningRate}`,
      );
    const rate = schedule(state.step, state.elapsedMs);
    const scale = norm > clip ? clip / norm : 1;
    await optimize(gradient, { step: state.step + 1, learningRate: rate, weightDecay, scale });

    state.step += 1;
    state.tokens += B * S;
    state.elapsedMs = performance.now() - begun;
    const progress = meter.tick(state, loss[0]!, rate, norm, done());
    if (progress) {
      say(progress);
      if (runFolder) await appendFile(join(runFolder, 'log.jsonl'), `${JSON.stringify(progress)}\n`);
    }
    if (performance.now() - saved > (task.checkpointEveryS ?? 30) * 1000) {
      await save();
      saved = performance.now();
    }
  }

  // Leave
  await save();
  await session.release();
  if (stopping && !done())
    throw new RoundsError(
      'aborted',
      `[train] stopped at step ${state.step}: ${runFolder ? 'go on with resume' : 'nothing was kept'}`,
    );
  const seconds = (state.elapsedMs - elapsedBefore) / 1000;
  return {
    weights: unpack(state.weights, layout),
    steps: state.step,
    tokens: state.tokens,
    minutes: state.elapsedMs / 60_000,
    tokensPerSecond: seconds > 0 ? ((state.step - stepsBefore) * B * S) / seconds : 0,
    loss: meter.lastLoss,
  };
}

/** What must be the same for a run to go on from a checkpoint. */
function identity(task: TrainTask): string {
  const names = [
    ...(['config', 'seed', 'batch', 'sequence', 'steps', 'minutes', 'optimizer'] as const),
    ...(['learningRate', 'warmup', 'schedule', 'weightDecay', 'clip'] as const),
  ];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, task[name]])));
}

/**
 * Learning rate of a step: a linear rise, then either a cosine to a tenth (Llama) or constant with a linear fall to zero
 * over the last 40 % (warm-up, stable, decay: arXiv 2404.06395). With a time limit the share of time gone takes the
 * place of the share of steps done.
 */
function learningRateOf(task: TrainTask): (step: number, elapsedMs: number) => number {
  const { learningRate, steps, minutes, schedule = 'wsd' } = task;
  const warmup = Math.min(task.warmup ?? 50, steps === undefined ? 50 : Math.ceil(steps / 10));
  return (step, elapsedMs) => {
    const gone = Math.min(1, steps === undefined ? elapsedMs / (minutes! * 60_000) : step / steps);
    const rise = Math.min(1, (step + 1) / warmup);
    const fall = schedule === 'cosine' ? 0.1 + 0.45 * (1 + Math.cos(Math.PI * gone)) : Math.min(1, (1 - gone) / 0.4);
    return learningRate * rise * fall;
  };
}

function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Threads that wait sleep: spinning is 5 % faster on an idle machine and two to five times slower on a busy one.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}

function batchFeeds(data: TokenBatch): Record<string, Tensor> {
  const N = data.inputIds.length;
  return {
    input_ids: new Tensor('int32', data.inputIds, [N]),
    position_ids: new Tensor('int32', data.positionIds, [N]),
    document_ids: new Tensor('int32', data.documentIds, [N]),
    targets: new Tensor('int32', data.targets, [N]),
    target_weights: new Tensor('float32', data.targetWeights, [N]),
  };
}

/** What does not fit would fail deep inside the runtime, or not at all. */
function checkBatch(data: TokenBatch, size: number, config: DecoderConfig, step: number): TokenBatch {
  const wrong = (problem: string): never => {
    throw new RoundsError('bad_batch', `[dataset] step ${step}: ${problem}`);
  };
  for (const [name, values] of Object.entries(data) as [string, TokenBatch['targets']][])
    if (values.length !== size) wrong(`${name} has ${values.length} elements, batch·sequence is ${size}`);
  const within = (ids: Int32Array, end: number, what: string): void => {
    for (const id of ids) if (id < 0 || id >= end) wrong(`${what} ${id} is outside the config's ${end}`);
  };
  within(data.inputIds, config.vocabSize, 'token');
  within(data.targets, config.vocabSize, 'target');
  within(data.positionIds, config.maxPositions, 'position');
  return data;
}

async function openDataset(source: TrainTask['dataset']): Promise<Dataset> {
  if ('batches' in source) return { batchAt: (step) => source.batches[step % source.batches.length]! };
  const module = (await import(source.module)) as { openDataset?: OpenDataset };
  if (!module.openDataset)
    throw new RoundsError('bad_input', `[train] ${source.module} exports no openDataset(options)`);
  return module.openDataset(source.options as never);
}

let stopping = false;
let paused: { over: Promise<void>; end: () => void } | undefined;

function pause(): void {
  let end = (): void => {};
  const over = new Promise<void>((resolve) => {
    end = resolve;
  });
  paused ??= { over, end };
}

function goOn(): void {
  paused?.end();
  paused = undefined;
}

function post(message: TrainMessage): void {
  parentPort!.postMessage(message);
}
function say(event: TrainEvent): void {
  post({ kind: 'event', event });
}

parentPort!.on('message', (message) => {
  if (message === 'stop') stopping = true;
  if (message === 'pause') pause();
  else goOn();
});
main(workerData as TrainTask).then(
  (result) => post({ kind: 'done', result }),
  (error: Error) =>
    post({
      kind: 'failed',
      code: error instanceof RoundsError ? error.code : 'training_failed',
      message: error instanceof RoundsError ? error.message : `[train] ${error.message}`,
      stack: error.stack,
    }),
);
