/** `rounds distill`: one round, from sheets and validated traces to a registered student. */
import { studentAsker } from '../../chains/eval.ts';
import type { RoundLog } from '../../models/distill/collect.ts';
import { type DistillEvent, distill } from '../../models/distill/round.ts';
import { RoundsError } from '../../models/errors.ts';
import { makeMatcher } from '../../models/knowledge/names.ts';
import { openRegistry, type Registry } from '../../models/student/registry.ts';
import { type Config, loadConfig } from '../config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../main.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import { bar, type Output, percent, print, progressLine } from './output.ts';
import { roundLog } from './round-log.ts';

export interface DistillFlags extends Output {
  tiny?: boolean;
  from?: 'scratch' | 'current';
  minutes?: number;
  resume?: boolean;
  seed?: number;
}

export async function runDistill(flags: DistillFlags): Promise<void> {
  const config = loadConfig();
  const knowledge = await openKnowledge(config);
  const { traces } = await readLog(config);
  const registry = await openRegistry({ dataDir: config.dataDir, shippedDir: SHIPPED_STUDENT });
  const matcher = makeMatcher(knowledge);
  const stop = new AbortController();
  const abort = () => stop.abort(new RoundsError('aborted', 'stopped'));
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const shown = progressLine();
  try {
    const result = await distill({
      sheets: knowledge.sheets,
      sheetHashes: knowledge.hashes,
      traces,
      dataDir: config.dataDir,
      registry,
      from: flags.from ?? (flags.tiny ? 'scratch' : await startOf(registry)),
      tiny: flags.tiny ?? false,
      ...(flags.minutes === undefined ? {} : { minutes: flags.minutes }),
      resume: flags.resume ?? false,
      ...(flags.seed === undefined ? {} : { seed: flags.seed }),
      maxError: config.maxError,
      asker: (student, retrieval) => studentAsker({ student, knowledge, matcher, retrieval }),
      onEvent: (event) => show(event, shown),
      signal: stop.signal,
    });
    shown.end();
    const figures = Object.entries(result.metrics).map(([name, value]) => `  ${name}: ${Number(value.toFixed(4))}`);
    print(flags, result, [
      `Round ${result.round}: student ${result.student}, ${result.steps} steps, ${result.tokensPerSecond} tokens/s`,
      ...figures,
      `${result.promoted ? 'Promoted' : 'Not promoted'}: ${result.reason}`,
    ]);
  } catch (error) {
    shown.end();
    if (!stop.signal.aborted) throw error;
    process.stderr.write('Stopped; `rounds distill --resume` goes on from here.\n');
    process.exitCode = 130;
  } finally {
    await registry.close();
  }
}

/** Where a round begins when nobody says: from the student that serves, if there is one. */
async function startOf(registry: Registry): Promise<'scratch' | 'current'> {
  return (await registry.list()).length > 0 ? 'current' : 'scratch';
}

/** What someone with the role has reviewed of teachers' and people's answers. */
async function readLog(config: Config): Promise<RoundLog> {
  const store = sqlStore({ database: await openDatabase(config) });
  try {
    return await roundLog(store, config);
  } finally {
    await store.close();
  }
}

function show(event: DistillEvent, shown: ReturnType<typeof progressLine>): void {
  if (event.kind === 'step') {
    shown.end();
    process.stderr.write(`${event.step}: ${event.text}\n`);
  } else if (event.kind === 'evaluate') {
    shown.show(`${bar(event.done / event.total)} ${event.done}/${event.total} questions`);
  } else if (event.event.kind === 'progress') {
    const { step, loss, tokensPerSecond, elapsedS, etaS } = event.event;
    const left = etaS < 90 ? `${Math.round(etaS)} s` : `${Math.round(etaS / 60)} min`;
    const share = elapsedS / Math.max(1, elapsedS + etaS);
    shown.show(
      `${bar(share)} ${percent(share, 0)} step ${step}, loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond)} tokens/s, ${left} left`,
    );
  } else if (event.event.kind === 'warning') {
    shown.end();
    process.stderr.write(`${event.event.text}\n`);
  }
}
