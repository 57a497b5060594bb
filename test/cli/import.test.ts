/** `rounds student import`: a decoder of another maker is tried, calibrated, and then serves like ours. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../bot/fixture.ts';
import { writeForeign } from '../models/student/foreign.ts';
import { rounds } from './run.ts';

it('takes in any Hugging Face ONNX decoder; it serves, and asks the teachers as long as it is not good', {
  timeout: 240_000,
}, async () => {
  const cwd = await temporaryFolder();
  await writeForeign(join(cwd, 'Other Maker'));
  const taken = await rounds(['student', 'import', 'Other Maker', '--questions', '10', '--json'], cwd);
  expect({ code: taken.code, said: taken.stderr }).toEqual({ code: 0, said: expect.stringContaining('It says: ') });
  const { id, card } = JSON.parse(taken.stdout);
  expect(id).toBe('other-maker');
  expect(card.metrics).toMatchObject({ accuracy: expect.any(Number), withRetrieval: expect.any(Number) });
  // Drawn weights know nothing: no answer of theirs may be certified.
  expect(card.calibration).toMatchObject({ threshold: 1.01, certifiedOn: expect.any(Number) });
  expect(card.calibration.certifiedOn).toBeGreaterThan(0);

  expect((await rounds(['student', 'use', 'other-maker'], cwd)).code).toBe(0);
  const asked = await rounds(
    ['ask', 'What shows bearing wear of a pump?', '--options', 'vibration|flow', '--json'],
    cwd,
  );
  expect(JSON.parse(asked.stdout)).toMatchObject({
    ...{ student: 'other-maker', outcome: 'escalated', answer: 'vibration', answeredBy: 'knowledge' },
    attempt: { answer: expect.stringMatching(/vibration|flow/) },
  });
  const trained = await rounds(['distill', '--tiny', '--from', 'current'], cwd);
  expect(trained).toMatchObject({ code: 2, stderr: expect.stringMatching(/of another maker .*--from scratch/) });
  expect((await rounds(['student', 'rollback'], cwd)).code).toBe(0);

  await rm(join(cwd, 'Other Maker', 'onnx', 'model.onnx'));
  const without = await rounds(['student', 'import', 'Other Maker'], cwd);
  expect(without).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/neither model\.safetensors nor an ONNX model/),
  });
});
