/** A dataset for tests: a random table "two symbols → a third", three tokens a document, as many documents as fit. */

import { random } from '../../../models/distill/random.ts';
import type { Dataset } from '../../../models/distill/train.ts';

export function openDataset(options: { vocabSize: number; batch: number; sequence: number }): Dataset {
  const { vocabSize: V, batch: B, sequence: S } = options;
  const cells = 64;
  const rng = random(11);
  const table = Array.from({ length: cells }, (_, i) => [i % 8, 8 + Math.floor(i / 8), rng.below(V)] as const);
  table[0] = [0, 8, V - 1];
  return {
    batchAt(step) {
      const draw = random(5, step);
      const size = B * S;
      const int = (): Int32Array => new Int32Array(size);
      const out = {
        inputIds: int(),
        positionIds: int(),
        targets: int(),
        documentIds: int(),
        targetWeights: new Float32Array(size),
      };
      for (let at = 0; at < size; at += 2) {
        const [row, column, value] = table[at / 2 < cells ? at / 2 : draw.below(cells)]!;
        out.inputIds.set([row, column], at);
        out.targets.set([column, value], at);
        out.positionIds.set([0, 1], at);
        out.documentIds.fill(1 + at, at, at + 2);
        out.targetWeights.set([0, 1], at);
      }
      return out;
    },
  };
}
