/** Debian's prometheus-alertmanager on loopback, posting to a webhook: a process of its own, started and ended by the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAM = '/usr/bin/prometheus-alertmanager';

/** Why tests with it are left out here, or undefined when they run: always where services are required. */
export const withoutAlertmanager =
  existsSync(PROGRAM) || process.env.REQUIRE_SERVICES === '1' ? undefined : `there is no ${PROGRAM}`;

export interface Alertmanager {
  /** Fires an alert as Prometheus does, always with the same start, or ends it: now, or at a time of its own. */
  send(labels: Record<string, string>, annotations: Record<string, string>, ends?: true | Date): Promise<void>;
  close(): Promise<void>;
}

export async function alertmanager(options: { port: number; webhook: string; secret: string }): Promise<Alertmanager> {
  const folder = await mkdtemp(join(tmpdir(), 'rounds-am-'));
  const config = join(folder, 'alertmanager.yml');
  await writeFile(
    config,
    `route: {receiver: rounds, group_by: [area], group_wait: 100ms, group_interval: 500ms, repeat_interval: 1m}
receivers:
  - name: rounds
    webhook_configs:
      - url: ${options.webhook}
        send_resolved: true
        http_config: {authorization: {type: Bearer, credentials: ${options.secret}}}
`,
  );
  const url = `http://127.0.0.1:${options.port}`;
  const program: ChildProcess = spawn(
    PROGRAM,
    [
      ...[`--config.file=${config}`, `--storage.path=${join(folder, 'data')}`, '--cluster.listen-address='],
      `--web.listen-address=127.0.0.1:${options.port}`,
    ],
    { stdio: 'ignore' },
  );
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    if (program.exitCode !== null || tries > 300) throw new Error(`${PROGRAM} did not start`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const startsAt = new Date().toISOString();
  return {
    async send(labels, annotations, ends) {
      const endsAt = ends === true ? new Date() : ends;
      const alert = { labels, annotations, startsAt, ...(endsAt ? { endsAt: endsAt.toISOString() } : {}) };
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([alert]),
      });
      if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${await response.text()}`);
    },
    async close() {
      program.kill('SIGTERM');
      if (program.exitCode === null) await once(program, 'exit');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
