/**
 * `rounds doctor`: looks at everything that `serve` needs, changes nothing, and says the mend of what is amiss. Exit 1 when
 * something would keep the bot from working as configured.
 */
import { access, constants, stat, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { verifyStudent } from '../../models/student/card.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { examineModel } from '../../models/teacher/providers.ts';
import { type Config, isLoopback, loadConfig, slackGroups } from '../config.ts';
import { openKnowledge, SHIPPED_STUDENT } from '../main.ts';
import { localQueue } from '../queue/local.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { lockDataDir } from '../store/lock.ts';
import { sqlStore } from '../store/store.ts';
import { examineQueue, examineStore } from './doctor-servers.ts';
import { type Output, print } from './output.ts';

interface Check {
  name: string;
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

const MIB = 2 ** 20;

export async function doctor(output: Output): Promise<void> {
  const checks: Check[] = [nodeVersion()];
  const config = configuration(checks);
  if (config) {
    const there = await dataFolder(config, checks);
    await storeAndQueue(config, there, checks);
    const running = await serving(config, there, checks);
    await channels(config, running, checks);
    await alerts(config, running, checks);
    await slack(config, checks);
    await discord(config, checks);
    await teachers(config, checks);
    await student(config, there, checks);
    await knowledge(config, checks);
  }
  const ok = checks.every(({ state }) => state !== 'fail');
  print(
    output,
    { ok, checks },
    checks.map(({ name, state, detail }) => `${state.padEnd(4)}  ${name}: ${detail}`),
  );
  if (!ok) process.exitCode = 1;
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  const detail = `Node ${process.versions.node}${fits ? '' : ' is too old: install 20.19 or newer'}`;
  return { name: 'node', state: fits ? 'ok' : 'fail', detail };
}

function configuration(checks: Check[]): Config | undefined {
  try {
    const config = loadConfig();
    const roles = Object.entries(config.roles).map(([person, all]) => `${person} ${all.join('+') || 'none'}`);
    const from = config.file ?? 'environment and defaults';
    checks.push(
      roles.length > 0
        ? { name: 'configuration', state: 'ok', detail: `${from}; roles: ${roles.join(', ')}` }
        : { name: 'configuration', state: 'warn', detail: `${from}; nobody has a role, so nobody may ask: set ROLES` },
    );
    return config;
  } catch (error) {
    checks.push({ name: 'configuration', state: 'fail', detail: reason(error) });
    return undefined;
  }
}

/** Whether the folder is there; it is not made. */
async function dataFolder({ dataDir }: Config, checks: Check[]): Promise<boolean> {
  let folder = resolve(dataDir);
  let there = true;
  while (!(await exists(folder)) && dirname(folder) !== folder) {
    there = false;
    folder = dirname(folder);
  }
  const name = 'data folder';
  try {
    if (!(await stat(folder)).isDirectory()) {
      checks.push({ name, state: 'fail', detail: `${folder} is not a folder: move it away, or set DATA_DIR` });
      return false;
    }
    await access(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(folder);
    const free = (bavail * bsize) / MIB;
    const detail = `${dataDir}${there ? '' : ' (made at the first start)'}, ${(free / 1024).toFixed(1)} GiB free`;
    if (free < 100) checks.push({ name, state: 'fail', detail: `${detail}: make room` });
    else if (free < 1024)
      checks.push({ name, state: 'warn', detail: `${detail}: a round of distillation needs about 1 GiB` });
    else checks.push({ name, state: 'ok', detail });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    checks.push({
      name,
      state: 'fail',
      detail: `${dataDir} cannot be written (${code}): mend its rights, or set DATA_DIR`,
    });
    return false;
  }
  return there;
}

async function storeAndQueue(config: Config, there: boolean, checks: Check[]): Promise<void> {
  if (config.queueUrl !== null) checks.push({ name: 'queue server', ...(await examineQueue(config.queueUrl)) });
  if (config.databaseUrl === null && !(there && (await exists(join(config.dataDir, 'rounds.db'))))) {
    checks.push({ name: 'store', state: 'ok', detail: 'none yet: made at the first start' });
    return;
  }
  if (config.databaseUrl !== null) {
    const { ready, ...finding } = await examineStore(config.databaseUrl);
    // What can be read is told below, with its counts.
    if (!ready) {
      checks.push({ name: 'store', ...finding });
      return;
    }
  }
  let database: Database | undefined;
  try {
    database = await openDatabase(config);
    const [fault] = await database.check();
    const counts = await sqlStore({ database }).counts();
    checks.push(
      fault !== undefined
        ? { name: 'store', state: 'fail', detail: `${database.name} is damaged (${fault}): restore it from a copy` }
        : {
            name: 'store',
            state: 'ok',
            detail: `${database.name}: ${counts.exchanges} exchanges, ${counts.flags} flags, ${counts.corrections} corrections, ${counts.openEscalations} questions waiting for people`,
          },
    );
    const { waiting, active } = await localQueue({ database }).counts();
    const [dead] = await database.rows("SELECT COUNT(*) AS dead FROM jobs WHERE state = 'dead'");
    const gaveUp = Number(dead!.dead);
    checks.push({
      name: 'queue',
      state: gaveUp > 0 ? 'warn' : 'ok',
      detail: `${waiting} waiting, ${active} in work${gaveUp > 0 ? `, ${gaveUp} given up: the log of serve says why` : ''}`,
    });
  } catch (error) {
    checks.push({ name: 'store', state: 'fail', detail: reason(error) });
  } finally {
    await database?.close();
  }
}

/** Whether a `rounds serve` works on this folder. */
async function serving({ dataDir }: Config, there: boolean, checks: Check[]): Promise<boolean> {
  if (!there) return false;
  try {
    const lock = await lockDataDir(dataDir);
    await lock.release();
    return false;
  } catch (error) {
    const detail = /in use by (.*?):/.exec(reason(error))?.[1];
    if (!detail) {
      checks.push({ name: 'serve', state: 'fail', detail: reason(error) });
      return false;
    }
    checks.push({ name: 'serve', state: 'ok', detail: `running as ${detail}` });
    return true;
  }
}

async function channels({ host, port }: Config, running: boolean, checks: Check[]): Promise<void> {
  const name = 'web channel';
  const where = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const fault = running || port === 0 ? null : await listens(host, port);
  if (fault) {
    const mend =
      fault === 'EADDRINUSE'
        ? 'is in use: stop the other program or set PORT'
        : `cannot be opened (${fault}): set PORT or HOST`;
    checks.push({ name, state: 'fail', detail: `port ${port} ${mend}` });
  } else if (isLoopback(host)) {
    checks.push({ name, state: 'ok', detail: `${where}, this machine only` });
  } else {
    const detail = `${where} is open to the network without sign-in: everyone there is one person; HOST=127.0.0.1 closes it`;
    checks.push({ name, state: 'warn', detail });
  }
}

/** Sources, and the port that webhooks come in by. That each can be reached is seen at the start. */
async function alerts({ alerts: { sources, listen } }: Config, running: boolean, checks: Check[]): Promise<void> {
  if (sources.length === 0) return;
  const name = 'alerts';
  const names = sources.map((source) => source.name).join(', ');
  const posting = sources.some(({ kind }) => kind !== 'mqtt' && kind !== 'opcua');
  const fault = running || !posting || listen.port === 0 ? null : await listens(listen.host, listen.port);
  if (fault) {
    const detail = `port ${listen.port} of alerts.listen cannot be opened (${fault}): stop the other program or set another`;
    checks.push({ name, state: 'fail', detail });
  } else if (posting && !isLoopback(listen.host)) {
    const detail = `${names}; webhooks at ${listen.host}:${listen.port}, with their secrets in the clear: put TLS in front of it`;
    checks.push({ name, state: 'warn', detail });
  } else {
    checks.push({
      name,
      state: 'ok',
      detail: `${names}${posting ? `; webhooks at ${listen.host}:${listen.port}` : ''}`,
    });
  }
}

async function slack(config: Config, checks: Check[]): Promise<void> {
  if (!config.slack) return;
  const { botToken, appToken, signingSecret, healthChannel, api } = config.slack;
  const { examineSlack } = await import('../../adapters/slack/doctor.ts');
  const findings = await examineSlack({
    ...{ botToken, groups: slackGroups(config) },
    ...(appToken ? { appToken } : {}),
    ...(signingSecret ? { signingSecret } : {}),
    ...(healthChannel ? { healthChannel } : {}),
    ...(api ? { apiUrl: api } : {}),
  });
  checks.push(...findings.map((finding) => ({ name: 'slack', ...finding })));
}

async function discord({ discord: given }: Config, checks: Check[]): Promise<void> {
  if (!given) return;
  const { examineDiscord } = await import('../../adapters/discord/doctor.ts');
  const findings = await examineDiscord({ token: given.token, ...(given.api ? { api: given.api } : {}) });
  checks.push(...findings.map((finding) => ({ name: 'discord', ...finding })));
}

async function teachers({ teaching }: Config, checks: Check[]): Promise<void> {
  for (const spec of teaching.models) {
    try {
      checks.push({ name: 'teacher', ...(await examineModel(spec, process.env)) });
    } catch (error) {
      checks.push({ name: 'teacher', state: 'fail', detail: reason(error) });
    }
  }
}

async function student({ dataDir }: Config, there: boolean, checks: Check[]): Promise<void> {
  const name = 'student';
  try {
    if (!there) {
      const card = await verifyStudent(SHIPPED_STUDENT);
      checks.push({ name, state: 'ok', detail: `${card.id} (shipped), every file as it should be` });
      return;
    }
    const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
    try {
      const { entry, warning } = await registry.current();
      await verifyStudent(entry.folder);
      checks.push({
        name,
        state: warning ? 'warn' : 'ok',
        detail: warning ?? `${entry.id}, every file as it should be`,
      });
    } finally {
      await registry.close();
    }
  } catch (error) {
    checks.push({ name, state: 'fail', detail: reason(error) });
  }
}

async function knowledge(config: Config, checks: Check[]): Promise<void> {
  try {
    const { sheets, register, problems } = await openKnowledge(config);
    const plant = config.plant ?? 'the example plant (set PLANT for yours)';
    checks.push({
      name: 'knowledge',
      state: problems.length > 0 ? 'warn' : 'ok',
      detail: `${sheets.length} sheets, ${register.assets.length} tags of ${plant}${problems.length > 0 ? `; ${problems.length} warnings: rounds knowledge check` : ''}`,
    });
  } catch (error) {
    checks.push({ name: 'knowledge', state: 'fail', detail: reason(error) });
  }
}

/** The error code when the port cannot be opened. */
function listens(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, '; ');
}
