/** The dataset of a round, built inside the trainer's worker from plain values, so that big data never crosses threads. */
import { loadTokenizer } from '../student/tokenizer.ts';
import { createDataset, type DatasetOptions, type TokenBatch } from './dataset.ts';

export interface RoundDatasetOptions extends Omit<DatasetOptions, 'tokenizer'> {
  /** A parsed tokenizer.json. */
  tokenizerJson: unknown;
}

export function openDataset({ tokenizerJson, ...rest }: RoundDatasetOptions): { batchAt(step: number): TokenBatch } {
  return createDataset({ ...rest, tokenizer: loadTokenizer(tokenizerJson) });
}
