/** Training through its one door: it learns, it goes on exactly where it was killed, and it says what is wrong. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TrainEvent, train } from '../../../models/distill/train.ts';
import { tiny } from './tiny.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'train-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('train', () => {
  it('learns a random table by heart', async () => {
    const events: TrainEvent[] = [];
    const result = await train({ ...tiny, steps: 300, onEvent: (event) => events.push(event), progressEveryS: 0.2 });
    expect(result.loss).toBeLessThan(0.05);
    expect(result).toMatchObject({ steps: 300, tokens: 300 * 8 * 16 });
    const progress = events.filter((event) => event.kind === 'progress');
    expect(progress[0]!.loss).toBeGreaterThan(progress.at(-1)!.loss);
    expect(progress.at(-1)).toMatchObject({ step: 300, steps: 300, etaS: 0 });
    expect(progress.at(-1)!.tokensPerSecond).toBeGreaterThan(0);
  });

  it('gives the same weights again, and after a stop half way', async () => {
    // Long enough that the stop arrives on a busy machine.
    const long = { ...tiny, steps: 200 };
    const whole = await train(long);
    const again = await train(long);
    expect(again.weights).toEqual(whole.weights);

    const stop = new AbortController();
    const stopped = train({
      ...long,
      runFolder: folder,
      progressEveryS: 0,
      signal: stop.signal,
      onEvent: (event) => event.kind === 'progress' && event.step === 10 && stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('go on with resume'),
    });
    const events: TrainEvent[] = [];
    const resumed = await train({ ...long, runFolder: folder, resume: true, onEvent: (event) => events.push(event) });
    const start = events.find((event) => event.kind === 'start')!;
    expect(start.resumedAt).toBeGreaterThanOrEqual(10);
    expect(start.resumedAt).toBeLessThan(200);
    expect(resumed.weights).toEqual(whole.weights);

    const finished = await train({ ...long, runFolder: folder, resume: true });
    expect(finished.weights).toEqual(whole.weights);
    expect(await readFile(join(folder, 'log.jsonl'), 'utf8')).toContain('"step":200');
  });

  it('goes on exactly after kill -9', async () => {
    const whole = await train(tiny);
    const killed = spawn(process.execPath, [
      '--import',
      'tsx',
      fileURLToPath(new URL('./killed.ts', import.meta.url)),
      folder,
    ]);
    for await (const text of killed.stdout) if (String(text).includes('step 5\n')) killed.kill('SIGKILL');
    const before = (await readdir(folder)).filter((name) => name.endsWith('.safetensors'));
    expect(before.length).toBeGreaterThan(0);
    expect(before).not.toContain('step-00000030.safetensors');
    const resumed = await train({ ...tiny, runFolder: folder, resume: true });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('passes over a half-written checkpoint with a clear line', async () => {
    const whole = await train({ ...tiny, runFolder: folder, checkpointEveryS: 0 });
    const names = (await readdir(folder)).filter((name) => name.endsWith('.safetensors')).sort();
    expect(names).toEqual(['step-00000029.safetensors', 'step-00000030.safetensors']);
    await truncate(join(folder, names[1]!), 10_000);
    const events: TrainEvent[] = [];
    const resumed = await train({ ...tiny, runFolder: folder, resume: true, onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ kind: 'warning', text: expect.stringMatching(/step-00000030.*cut off/) });
    expect(events.find((event) => event.kind === 'start')).toMatchObject({ resumedAt: 29 });
    expect(resumed.weights).toEqual(whole.weights);
  });

  it('notices a checkpoint with a flipped bit', async () => {
    await train({ ...tiny, steps: 3, runFolder: folder });
    const path = join(folder, 'step-00000003.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 5]! ^= 4;
    await writeFile(path, bytes);
    const events: TrainEvent[] = [];
    await train({ ...tiny, steps: 3, runFolder: folder, resume: true, onEvent: (event) => events.push(event) });
    expect(events[0]).toMatchObject({ kind: 'warning', text: expect.stringContaining('do not match its checksum') });
  });

  it('learns with Muon in fewer steps, and resumes it exactly', async () => {
    const half = { ...tiny, steps: 80, progressEveryS: 0 };
    const losses = { adamw: [] as number[], muon: [] as number[] };
    const note = (of: number[]) => (event: TrainEvent) => {
      if (event.kind === 'progress') of.push(event.loss);
    };
    const last10 = (of: number[]) => of.slice(-10).reduce((sum, loss) => sum + loss, 0) / 10;
    await train({ ...half, onEvent: note(losses.adamw) });
    const muon = await train({
      ...half,
      optimizer: 'muon',
      runFolder: folder,
      checkpointEveryS: 0,
      onEvent: note(losses.muon),
    });
    expect(losses.adamw).toHaveLength(80);
    expect(last10(losses.muon)).toBeLessThan(last10(losses.adamw));
    await rm(join(folder, 'step-00000080.safetensors'));
    const events: TrainEvent[] = [];
    const onEvent = (event: TrainEvent) => events.push(event);
    const resumed = await train({ ...half, optimizer: 'muon', runFolder: folder, resume: true, onEvent });
    expect(events.find((event) => event.kind === 'start')).toMatchObject({ resumedAt: 79 });
    expect(resumed.weights).toEqual(muon.weights);
  });

  it('goes on from given weights', async () => {
    const first = await train({ ...tiny, steps: 150 });
    const next = await train({ ...tiny, weights: first.weights, steps: 1, learningRate: 1e-4 });
    expect(next.loss).toBeLessThan(2);
  });

  it('ends in time with the learning rate run down', async () => {
    const events: TrainEvent[] = [];
    const { steps: _, ...limited } = tiny;
    const result = await train({
      ...limited,
      minutes: 0.02,
      progressEveryS: 0.1,
      onEvent: (event) => events.push(event),
    });
    expect(result.minutes).toBeGreaterThanOrEqual(0.02);
    expect(result.minutes).toBeLessThan(0.2);
    const rates = events.filter((event) => event.kind === 'progress').map((event) => event.learningRate);
    expect(rates.at(-1)).toBeLessThan(1e-3);
  });

  it('takes batches at hand', async () => {
    const { openDataset } = await import('./table.ts');
    const batches = [openDataset({ vocabSize: 40, batch: 8, sequence: 16 }).batchAt(0)];
    const result = await train({ ...tiny, dataset: { batches }, steps: 100 });
    expect(result.loss).toBeLessThan(1);
  });
});

describe('train says what is wrong', () => {
  it('with the options', async () => {
    await expect(train({ ...tiny, minutes: 1 })).rejects.toThrow('either steps or minutes');
  });
  it('with the weights', async () => {
    await expect(train({ ...tiny, weights: new Map() })).rejects.toMatchObject({ code: 'wrong_weights' });
  });
  it("with another run's folder", async () => {
    await train({ ...tiny, steps: 2, runFolder: folder });
    const other = train({ ...tiny, steps: 2, learningRate: 1e-4, runFolder: folder, resume: true });
    await expect(other).rejects.toMatchObject({ code: 'other_run' });
  });
  it('with the dataset', async () => {
    const module = new URL('./table.ts', import.meta.url);
    const outside = { module, options: { vocabSize: 41, batch: 8, sequence: 16 } };
    await expect(train({ ...tiny, dataset: outside })).rejects.toThrow(/target 40 is outside the config's 40/);
    const short = { module, options: { vocabSize: 40, batch: 4, sequence: 16 } };
    await expect(train({ ...tiny, dataset: short })).rejects.toThrow('batch·sequence is 128');
    const none = { module: new URL('./random.ts', new URL('../../../models/distill/', import.meta.url)), options: {} };
    await expect(train({ ...tiny, dataset: none })).rejects.toThrow('exports no openDataset');
  });
  it('with a learning rate that blows up', async () => {
    const wild = train({ ...tiny, learningRate: 1e20, clip: 1e20, steps: 50 });
    await expect(wild).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining('lower the learning rate'),
    });
  });
});

describe('a training that rests', () => {
  it('does no step while somebody waits, and learns the same in the same counted time', async () => {
    const steps: number[] = [];
    let tell = (_: boolean): void => {};
    let resting = false;
    let during = 0;
    const idle = {
      onChange(listener: (paused: boolean) => void) {
        tell = listener;
        return () => {};
      },
    };
    const rested = await train({
      ...tiny,
      steps: 60,
      progressEveryS: 0,
      idle,
      onEvent(event) {
        if (event.kind !== 'progress') return;
        steps.push(event.step);
        if (resting) during += 1;
        if (event.step !== 5) return;
        tell(true);
        // What is under way when the word comes is ended; then nothing moves.
        setTimeout(() => (resting = true), 200);
        setTimeout(() => {
          resting = false;
          tell(false);
        }, 600);
      },
    });
    expect(during).toBe(0);
    expect(steps.at(-1)).toBe(60);
    expect(rested.minutes * 60).toBeLessThan(60);
    expect(rested.weights).toEqual((await train({ ...tiny, steps: 60 })).weights);
  });
});
