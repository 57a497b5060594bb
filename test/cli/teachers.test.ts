/** Teachers from the command line, against a local server that speaks OpenAI's protocol. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_PLANT, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { temporaryFolder } from '../bot/fixture.ts';
import { knowledgeBrain } from '../peers/openai/brain.ts';
import { type OpenAiPeer, openAiPeer } from '../peers/openai/server.ts';
import { rounds } from './run.ts';

let peer: OpenAiPeer;
let env: Record<string, string>;
beforeAll(async () => {
  const knowledge = await loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT });
  peer = await openAiPeer({ brain: knowledgeBrain(knowledge) });
  env = { TEACHER_MODEL: 'openai:peer-model', OPENAI_API_KEY: peer.key, OPENAI_BASE_URL: peer.url };
});
afterAll(() => peer.stop());

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('teachers on the command line', { timeout: 180_000 }, () => {
  it('eval and ask by name; what left is in the audit log, without the name that was in it', async () => {
    const cwd = await temporaryFolder();
    const question = 'Anna Kowalski asks: which sensor shows cavitation of a pump?';
    const item = {
      ...{ id: 1, asset_name: 'pump', question, options: ['oil debris', 'noise', 'length measurement'] },
      ...{ option_ids: ['A', 'B', 'C'], correct: [false, true, false], subject: 'failure_mode_sensor_analysis' },
    };
    await writeFile(join(cwd, 'set.jsonl'), `${JSON.stringify(item)}\n`);
    const evaluated = await rounds(['eval', 'set.jsonl', '--teacher', 'openai:peer-model', '--json'], cwd, env);
    expect(evaluated.stderr).not.toMatch(/rounds:/);
    expect(json(evaluated.stdout)).toMatchObject({ n: 1, accuracy: 1, by: 'openai:peer-model' });

    const asked = await rounds(['ask', question, '--teacher', 'openai:peer-model', '--json'], cwd, env);
    expect(json(asked.stdout)).toMatchObject({ teacher: 'openai:peer-model', kind: 'knows' });
    expect((await rounds(['ask', question, '--teacher', 'nobody'], cwd, env)).stderr).toMatch(
      /--teacher nobody: there is no such teacher; give one of: knowledge, openai:peer-model, person/,
    );
    expect((await rounds(['ask', question, '--teacher', 'person'], cwd, env)).stderr).toMatch(
      /PEOPLE_CHANNEL is not set/,
    );

    expect((await rounds(['audit', 'export', 'audit.jsonl'], cwd, env)).code).toBe(0);
    const audit = await readFile(join(cwd, 'audit.jsonl'), 'utf8');
    const sent = audit.split('\n').filter((line) => line.includes('sent to teacher'));
    expect(sent).toHaveLength(2);
    expect(audit + peer.wire()).not.toContain('Kowalski');
  });

  it('doctor says whether they are reached', async () => {
    const cwd = await temporaryFolder();
    const teacher = async (change: Record<string, string>): Promise<string> =>
      (await rounds(['doctor'], cwd, { PORT: '0', ...env, ...change })).stdout
        .split('\n')
        .filter((line) => line.includes('teacher'))
        .join('\n');
    expect(await teacher({})).toMatch(/^ok {4}teacher: openai:peer-model at http:\/\/127\.0\.0\.1:\d+ answers$/);
    expect(await teacher({ OPENAI_API_KEY: 'wrong' })).toMatch(/^fail {2}teacher: .*401.*check OPENAI_API_KEY/);
  });
});
