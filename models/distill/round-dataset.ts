/** The dataset of a round, built inside the trainer's worker from plain values, so that big data never crosses threads. */
import type { Sheet } from '../knowledge/types.ts';
import { loadTokenizer } from '../student/tokenizer.ts';
import { createDataset, type DatasetOptions, type TokenBatch } from './dataset.ts';
import type { Mode } from './episodes.ts';
import type { Trace } from './validate.ts';

export interface RoundDatasetOptions {
  sheets: Sheet[];
  /** A parsed tokenizer.json. */
  tokenizerJson: unknown;
  seed: number;
  batch: number;
  sequence: number;
  mix?: Record<Mode, number>;
  traces: Trace[];
  /** Share of the documents drawn from `traces`. */
  traceShare: number;
  news?: DatasetOptions['news'];
  replay?: DatasetOptions['replay'];
}

export function openDataset(options: RoundDatasetOptions): { batchAt(step: number): TokenBatch } {
  const { tokenizerJson, traces, traceShare, ...rest } = options;
  return createDataset({
    ...rest,
    tokenizer: loadTokenizer(tokenizerJson),
    ...(traces.length ? { traces: { items: traces, share: traceShare } } : {}),
  });
}
