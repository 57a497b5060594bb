/** A student's card says what made it, and the same inputs make the same student, to the last bit. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EMPTY_LOG } from '../../../models/distill/collect.ts';
import { codeHash, traceHash } from '../../../models/distill/lineage.ts';
import { distill } from '../../../models/distill/round.ts';
import type { Trace } from '../../../models/distill/validate.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { openRegistry } from '../../../models/student/registry.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';

const traces: Trace[] = ['vibration', 'temperature'].map((answer, i) => ({
  ...{ question: `Which reading shows bearing wear of pump ${i} best?`, rationale: '', answer, teacher: 'person' },
  ...{ id: `correction/${i}`, kind: 'correction', reviewedBy: 'web:eng' },
}));

async function made() {
  const { sheets, hashes } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
  const dataDir = await temporaryFolder();
  const registry = await openRegistry({ dataDir, shippedDir: join(dataDir, 'none') });
  afterwards(() => registry.close());
  const { student } = await distill({
    sheets: sheets.filter(({ asset }) => ['pump', 'fan'].includes(asset)),
    sheetHashes: hashes,
    log: { ...EMPTY_LOG, traces },
    ...{
      dataDir,
      registry,
      from: 'scratch',
      tiny: true,
      steps: 12,
      questions: 10,
      resume: false,
      seed: 5,
      maxError: 0.05,
    },
  });
  return (await registry.list()).find(({ id }) => id === student)!.card!;
}

it('the same traces, sheets, code and seed make the same student; its card names them', {
  timeout: 240_000,
}, async () => {
  const [one, two] = [await made(), await made()];
  expect(one.lineage).toEqual({
    traces: traces.map(traceHash).sort(),
    teachers: { person: 2 },
    code: await codeHash(),
  });
  expect(one.lineage!.code).toMatch(/^models sha256:[0-9a-f]{64}$/);
  expect(Object.keys(one.sheets)).toContain('pump.yaml');
  const bits = ({ checksums }: typeof one) => [
    ...[checksums['model.safetensors'], checksums['tokenizer.json'], checksums['onnx/model_quantized.onnx']],
  ];
  expect(bits(two)).toEqual(bits(one));
  expect({ ...two, id: '', createdAt: '', checksums: {}, training: {} }).toEqual({
    ...{ ...one, id: '', createdAt: '', checksums: {}, training: {} },
  });
  expect(traceHash({ ...traces[0]!, answer: 'flow' })).not.toBe(traceHash(traces[0]!));
});
