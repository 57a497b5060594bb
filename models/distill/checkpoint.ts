/**
 * A training run's state on disk, so that a killed run goes on bit for bit where it stood. One safetensors file a
 * checkpoint, the two newest kept; a damaged one is named and the one before it taken. Knows no graph.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RoundsError } from '../errors.ts';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../student/weights.ts';

export interface TrainingState {
  /** Steps done. */
  step: number;
  tokens: number;
  /** Time spent training, without pauses between runs. */
  elapsedMs: number;
  /** All weights in one array, and AdamW's two moments. */
  weights: Float32Array;
  m: Float32Array;
  v: Float32Array;
}

const KEPT = 2;

/** Returns the path written. `run` says what the state belongs to; only a run of the same words can go on from it. */
export async function writeCheckpoint(folder: string, run: string, state: TrainingState): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { step, tokens, elapsedMs } = state;
  const path = join(folder, fileName(step));
  await writeSafetensors(path, arrays(state), {
    metadata: {
      run,
      step: String(step),
      tokens: String(tokens),
      elapsedMs: String(elapsedMs),
      checksum: checksum(state),
    },
  });
  const old = (await checkpoints(folder)).slice(KEPT);
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
  return path;
}

/**
 * The newest whole checkpoint of `folder`, or undefined. `onDamaged` hears of each file passed over.
 * Throws RoundsError `other_run` when the newest belongs to a run with other options.
 */
export async function readCheckpoint(
  folder: string,
  run: string,
  onDamaged: (text: string) => void,
): Promise<TrainingState | undefined> {
  for (const name of await checkpoints(folder)) {
    const path = join(folder, name);
    let found: { run: string | undefined; state: TrainingState };
    try {
      found = await readWhole(path);
    } catch (error) {
      onDamaged(`checkpoint passed over: ${(error as Error).message}`);
      continue;
    }
    if (found.run !== run)
      throw new RoundsError(
        'other_run',
        `[${path}] belongs to a run with other options (${found.run}; now ${run}): use another folder, or start without resume`,
      );
    return found.state;
  }
  return undefined;
}

export async function removeCheckpoints(folder: string): Promise<void> {
  const all = await checkpoints(folder);
  await Promise.all(all.map((name) => rm(join(folder, name), { force: true })));
}

/** Names, newest first. */
async function checkpoints(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort()
    .reverse();
}

async function readWhole(path: string): Promise<{ run: string | undefined; state: TrainingState }> {
  const { tensors, metadata } = await readSafetensors(path);
  const array = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (!data) throw new RoundsError('damaged_weights', `[${path}] holds no ${name}`);
    return data;
  };
  const state = {
    step: Number(metadata.step),
    tokens: Number(metadata.tokens),
    elapsedMs: Number(metadata.elapsedMs),
    weights: array('weights'),
    m: array('m'),
    v: array('v'),
  };
  if (checksum(state) !== metadata.checksum)
    throw new RoundsError('damaged_weights', `[${path}] its numbers do not match its checksum`);
  return { run: metadata.run, state };
}

function arrays({ weights, m, v }: TrainingState): Map<string, StoredTensor> {
  return new Map(Object.entries({ weights, m, v }).map(([name, data]) => [name, { shape: [data.length], data }]));
}

function checksum({ weights, m, v }: TrainingState): string {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of [weights, m, v])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest('hex');
}

function fileName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.safetensors`;
}
