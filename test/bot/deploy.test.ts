/** The files of docs/deploy name settings and roles that there are. Running them is for a machine with Docker or systemd. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../bot/config.ts';
import { PROCESS_ROLES } from '../../bot/foundation.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(ROOT, file), 'utf8');

interface Service {
  build?: { dockerfile: string };
  command?: string[];
  environment?: Record<string, string>;
}

describe('compose.yaml', async () => {
  const { services } = parse(await read('docs/deploy/compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
  };
  const ours = Object.entries(services).filter(([, { build }]) => build);

  it('has a service for each role, from a Dockerfile that is there', async () => {
    expect(ours.map(([name, { command }]) => [name, command])).toEqual(
      ['bot', 'web', 'worker'].map((role) => [role, ['serve', '--role', role]]),
    );
    expect([...PROCESS_ROLES].sort()).toEqual(ours.map(([name]) => name).sort());
    for (const [, { build }] of ours) expect(await read(build!.dockerfile)).toContain('bot/rounds.mjs');
  });

  it('sets nothing that is no setting, and what it sets is taken', async () => {
    const known = await read('.env.example');
    for (const [, { environment = {} }] of ours) {
      for (const name of Object.keys(environment)) expect(known).toMatch(new RegExp(`^#?${name}=`, 'm'));
      // As compose fills them in: the default behind :-, or nothing.
      const env = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')]),
      );
      const config = loadConfig({ env, cwd: ROOT });
      expect(config.databaseUrl).toBe('postgres://rounds:rounds@postgres/rounds');
      expect(config.queueUrl).toBe('redis://redis:6379');
      expect(config.roles['web:local']).toEqual(['engineer']);
    }
  });
});

describe('systemd units', () => {
  it.each(['rounds@.service', 'rounds-worker@.service'])('%s starts the program with a role', async (file) => {
    const unit = await read(`docs/deploy/${file}`);
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/node bot\/rounds\.mjs serve --role (%i|worker)$/m);
    expect(unit).toMatch(/^KillSignal=SIGTERM$/m);
  });
});
