/**
 * How far to go from the former weights to the trained ones. Between the two what is new comes in and what was known goes
 * out, not at the same pace (Wortsman et al., arXiv 2109.01903): places on the way back are asked in training wordings,
 * never in the gate's. Taken is the first that still knows what the former knew, and nearer ones as long as what is new
 * stays: in wordings that were not trained more is lost than these show. It trains nothing.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenizerJson } from '../../student/bpe.ts';
import { UNCALIBRATED } from '../../student/confidence.ts';
import type { DecoderConfig } from '../../student/config.ts';
import type { Weights } from '../../student/decoder.ts';
import { openStudent } from '../../student/runtime.ts';
import { writeStudent } from '../../student/student.ts';
import { percent } from '../figures.ts';
import { judge } from '../judge.ts';
import { once } from '../round-folder.ts';
import type { Round } from '../round-types.ts';

/** Shares of the way, furthest first. */
const PLACES = [1, 0.8, 0.65, 0.5, 0.35] as const;
/** Share of what was gained that a nearer place must keep. */
const KEEPS = 0.9;
/** Part of the evaluation's questions, and at most so many: each place is asked eight times as many as that. */
const SAMPLE = 0.5;
const MOST = 100;
const SEED = 300_000;

const ASKED = ['closed', 'open', 'openQuestion', 'service', 'newsAlone'] as const;

/** Right shares at a place on the way: of what is new, and of what the former knew or could have known. */
export interface Place {
  share: number;
  news: number;
  known: number;
}

export interface Between {
  config: DecoderConfig;
  tokenizerJson: TokenizerJson;
  /** Of the student that the training began from. */
  from: Weights;
  to: Weights;
}

/** The weights at that place; the trained ones where nothing was new, for then nothing is weighed against it. */
export async function blended(round: Round, between: Between): Promise<Weights> {
  const { folder, news, say } = round;
  if (news.length === 0) return between.to;
  const { places, chosen } = await once(folder, 'blend.json', async () => {
    return place((share) => asked(round, between, share));
  });
  const told = places.map(({ share, news: fresh, known }) => `${share}: ${percent(fresh)} and ${percent(known)}`);
  say('train', `${chosen} of the way from the former weights (new and known facts at ${told.join(', ')})`);
  return mixed(between, chosen);
}

/** Asks at the former weights, then from the trained ones back, and says where to stay; `places` are those that were asked. */
export async function place(ask: (share: number) => Promise<Place>): Promise<{ places: Place[]; chosen: number }> {
  const former = await ask(0);
  const places = [former];
  let furthest: Place | undefined;
  let chosen: Place | undefined;
  for (const share of PLACES) {
    const here = await ask(share);
    places.push(here);
    const keeps = here.known >= former.known;
    if (!furthest && keeps) furthest = chosen = here;
    else if (furthest && keeps && here.news - former.news >= KEEPS * (furthest.news - former.news)) chosen = here;
    else if (furthest) break;
  }
  // Where each has lost more, the gate will say whether it was too much.
  const [, ...moved] = places;
  chosen ??= moved.reduce((a, b) => (b.known > a.known ? b : a));
  return { places, chosen: chosen.share };
}

async function asked(round: Round, between: Between, share: number): Promise<Place> {
  const { folder, options, plan, taught, news, idle, count } = round;
  const at = join(folder, 'blend');
  await rm(at, { recursive: true, force: true });
  const { config, tokenizerJson } = between;
  await writeStudent(at, {
    ...{ config, weights: mixed(between, share), tokenizer: tokenizerJson },
    card: {
      ...{ id: `${plan.id}-blend`, name: 'on the way', parent: plan.parent, round: plan.round, seed: plan.seed },
      ...{ createdAt: plan.createdAt, dataHash: '', sheets: {}, metrics: {}, licences: {}, calibration: UNCALIBRATED },
      training: { steps: 0, tokens: 0, minutes: 0, code: 'rounds distill' },
    },
  });
  const student = await openStudent(at, options.threads ? { threads: options.threads } : {});
  try {
    const { items } = await judge(student, {
      ...{
        sheets: taught,
        news,
        seed: SEED + plan.seed,
        count: Math.min(MOST, Math.ceil(SAMPLE * plan.shape.questions)),
      },
      ...{ wording: 'train', only: ASKED, maxError: options.maxError },
      ...(options.machines ? { machines: options.machines } : {}),
      ...(options.asker ? { asker: options.asker } : {}),
      turn: () => idle.turn(),
      onProgress: count,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const ids = new Set(news.map(({ id }) => id));
    const rate = (fresh: boolean): number => {
      const of = items.filter((item) => (item.asked === 'newsAlone' || ids.has(item.fact)) === fresh);
      return of.filter(({ right }) => right).length / Math.max(1, of.length);
    };
    return { share, news: rate(true), known: rate(false) };
  } finally {
    await student.close();
    await rm(at, { recursive: true, force: true });
  }
}

/** A straight line in every weight. */
function mixed({ from, to }: Between, share: number): Weights {
  if (share === 1) return to;
  return new Map(
    [...to].map(([name, now]) => {
      const before = from.get(name)!;
      return [name, now.map((value, i) => share * value + (1 - share) * before[i]!)];
    }),
  );
}
