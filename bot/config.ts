/**
 * The configuration: environment, and `rounds.config.yaml` beneath it, checked once and frozen. It does not open anything
 * that the values point to.
 */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod/v4';
import { BadInput } from '../models/errors.ts';
import { type AlertConfig, defaultAlerts, readAlerts, refuseUnknownChannels } from './alerts/config.ts';
import type { Place } from './serving/specialists.ts';
import { TEACHING_SETTINGS, type Teaching, teachingFault, teachingOf } from './teaching.ts';
import type { Role } from './types.ts';

export interface Config {
  /** Web channel; 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** `/healthz`, `/readyz` and `/metrics` on a port of their own, for a process without the page; null: none. */
  readonly metricsPort: number | null;
  readonly dataDir: string;
  /** PostgreSQL instead of the embedded store. */
  readonly databaseUrl: string | null;
  /** BullMQ on Redis or PostgreSQL instead of the queue in the store. */
  readonly queueUrl: string | null;
  /** Language-model teachers, what may leave for them, and where people are asked. */
  readonly teaching: Teaching;
  /** Highest share of wrong answers among those given without asking a teacher. */
  readonly maxError: number;
  /** Person id, group (`slack:@S123`, `discord:&456`) or `adapter:*`, to roles. Who is not named has none. */
  readonly roles: Readonly<Record<string, readonly Role[]>>;
  /** Tokens of the Slack app; events come by socket with an app token, else by HTTP on `port`, signed with the secret. */
  readonly slack: SlackConfig | null;
  /** Bot token, and the base address of Discord's REST where it is not Discord's own. */
  readonly discord: { readonly token: string; readonly api: string | null } | null;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Asset register file; null: the example plant. */
  readonly plant: string | null;
  /** Alert sources, routes and limits: the file's `alerts`. */
  readonly alerts: AlertConfig;
  /** A student that answers silently beside the one in service: its id, or `newest`; null: none. */
  readonly shadow: string | null;
  /** Students of an area or of some machine classes, beside the general one. */
  readonly students: readonly Place[];
  /** Rounds that run by themselves while the bot serves. */
  readonly rounds: AutoRounds;
  /** The configuration file that was read, if any. */
  readonly file: string | null;
}

export interface AutoRounds {
  /** When a round begins, as five fields; null: never by the clock. */
  readonly cron: string | null;
  /** A round begins when so many reviewed answers have come since the last one; null: never by their number. */
  readonly after: number | null;
  /** Training time. */
  readonly minutes: number;
}

export interface SlackConfig {
  readonly botToken: string;
  readonly appToken: string | null;
  readonly signingSecret: string | null;
  /** Of the HTTP endpoint `/slack/events`. */
  readonly port: number;
  /** Channel id of the self-check message. */
  readonly healthChannel: string | null;
  /** Base address of the Web API where it is not Slack's own. */
  readonly api: string | null;
}

export interface ConfigSources {
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const ROLES = ['operator', 'engineer', 'admin'] as const;
const DEFAULT_FILE = 'rounds.config.yaml';
/** Person id of whoever sits at this machine's own page. */
export const LOCAL_PERSON = 'web:local';
const CLI = 'cli:';
const CLI_ROLES: readonly Role[] = ['engineer'];

/** Throws BadInput, one line that names the variable and the mend. */
export function loadConfig({ env = process.env, cwd = process.cwd() }: ConfigSources = {}): Config {
  const file = configFile(env, cwd);
  const written = file === null ? {} : readConfigFile(file);
  const raw: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const fromEnv = env[name];
    const given = fromEnv !== undefined && fromEnv.trim() !== '';
    const value = given ? fromEnv.trim() : written[setting.key];
    if (value === undefined || value === null) continue;
    const parsed = setting.schema.safeParse(value);
    if (!parsed.success) {
      const where = given ? name : `${file}: ${setting.key}`;
      const said = /token$|secret$/i.test(setting.key) ? 'not of the right form' : shown(value);
      throw new BadInput(`${where} is ${said}: ${setting.mend}`);
    }
    raw[setting.key] = parsed.data;
  }
  const teaching = teachingOf(raw);
  const fault = teachingFault(teaching, env);
  if (fault) throw new BadInput(fault);
  const host = (raw.host as string | undefined) ?? '127.0.0.1';
  const roles = (raw.roles as Config['roles'] | undefined) ?? {};
  const alerts = written.alerts === undefined ? defaultAlerts() : readAlerts(written.alerts, file ?? '', env);
  const slack = slackOf(raw);
  refuseUnknownChannels(alerts, file ?? '', {
    web: true,
    slack: slack !== null,
    discord: raw.discordToken !== undefined,
  });
  return freeze({
    port: (raw.port as number | undefined) ?? 8080,
    host,
    metricsPort: (raw.metricsPort as number | undefined) ?? null,
    dataDir: (raw.dataDir as string | undefined) ?? './data',
    databaseUrl: (raw.databaseUrl as string | undefined) ?? null,
    queueUrl: (raw.queueUrl as string | undefined) ?? null,
    teaching,
    maxError: (raw.maxError as number | undefined) ?? 0.05,
    roles:
      isLoopback(host) && !(LOCAL_PERSON in roles) && !('web:*' in roles)
        ? { [LOCAL_PERSON]: ['engineer'], ...roles }
        : roles,
    slack,
    discord:
      raw.discordToken === undefined
        ? null
        : { token: raw.discordToken as string, api: (raw.discordApi as string | undefined) ?? null },
    logLevel: (raw.logLevel as Config['logLevel'] | undefined) ?? 'info',
    alerts,
    plant: raw.plant === undefined ? null : resolve(cwd, raw.plant as string),
    shadow: (raw.shadow as string | undefined) ?? null,
    students: (raw.students as Place[] | undefined) ?? [],
    rounds: {
      cron: (raw.roundCron as string | undefined) ?? null,
      after: (raw.roundAfter as number | undefined) ?? null,
      minutes: (raw.roundMinutes as number | undefined) ?? 20,
    },
    file,
  });
}

/**
 * What a person may be: exactly what is configured for the person; else what the person's groups are, all together, unless
 * one of them is "none"; else what everybody of the adapter is. Groups of another adapter than the person's count for
 * nothing. Whoever runs the command line can write the data folder: an engineer, unless configured otherwise.
 */
export function rolesOf(config: Pick<Config, 'roles'>, personId: string, groups: readonly string[] = []): Role[] {
  const adapter = personId.slice(0, personId.indexOf(':') + 1);
  const own = config.roles[personId];
  if (own) return [...own];
  if (!adapter) return [];
  const named = groups
    .filter((group) => group.startsWith(adapter))
    .flatMap((group) => (config.roles[group] ? [config.roles[group]] : []));
  if (named.some((roles) => roles.length === 0)) return [];
  if (named.length > 0) return [...new Set(named.flat())];
  return [...(config.roles[`${adapter}*`] ?? (adapter === CLI ? CLI_ROLES : []))];
}

function slackOf(raw: Record<string, unknown>): SlackConfig | null {
  const text = (key: string) => (raw[key] as string | undefined) ?? null;
  const [botToken, appToken, signingSecret] = ['slackBotToken', 'slackAppToken', 'slackSigningSecret'].map(text);
  if (!botToken) {
    if (!appToken && !signingSecret) return null;
    throw new BadInput('SLACK_BOT_TOKEN is not set, but other settings of Slack are: set it, or unset them');
  }
  if (!appToken && !signingSecret) {
    throw new BadInput('SLACK_BOT_TOKEN is set, but nothing brings events: set SLACK_APP_TOKEN (Socket Mode) too');
  }
  const api = text('slackApi');
  return {
    botToken,
    appToken: appToken ?? null,
    signingSecret: signingSecret ?? null,
    port: (raw.slackPort as number | undefined) ?? 3000,
    healthChannel: text('slackHealthChannel'),
    api: api === null || api.endsWith('/') ? api : `${api}/`,
  };
}

/** Slack user groups that ROLES speaks of, by id. */
export function slackGroups({ roles }: Pick<Config, 'roles'>): string[] {
  return Object.keys(roles).flatMap((name) => /^slack:@(\w+)$/.exec(name)?.[1] ?? []);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

interface Setting {
  /** Key in the configuration file, and in `raw`. */
  key: string;
  schema: z.ZodType;
  mend: string;
}

const url = (protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol));

const roleList = z.union([
  z.enum([...ROLES, 'none']).transform((role) => (role === 'none' ? [] : [role])),
  z.tuple([z.literal('none')]).transform(() => []),
  z.array(z.enum(ROLES)),
]);

const places = z
  .array(
    z
      .strictObject({
        name: z.string().regex(/^[a-z][a-z0-9-]*$/),
        classes: z.array(z.string().min(1)).default([]),
        areas: z.array(z.string().min(1)).default([]),
      })
      .refine(({ classes, areas }) => classes.length + areas.length > 0),
  )
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length);

const SETTINGS: Record<string, Setting> = {
  PORT: {
    key: 'port',
    schema: z.coerce.number().int().min(0).max(65_535),
    mend: 'give a port number from 1 to 65535 (0 takes any free one)',
  },
  HOST: {
    key: 'host',
    schema: z.string().regex(/^[A-Za-z0-9.:_-]+$/),
    mend: 'give a host name or address, such as 127.0.0.1',
  },
  METRICS_PORT: {
    key: 'metricsPort',
    schema: z.coerce.number().int().min(1).max(65_535),
    mend: 'give a port number from 1 to 65535',
  },
  DATA_DIR: { key: 'dataDir', schema: z.string().min(1), mend: 'name a folder, such as ./data' },
  DATABASE_URL: {
    key: 'databaseUrl',
    schema: url(['postgres:', 'postgresql:']),
    mend: 'give a URL such as postgres://user@host/database, or unset it for the embedded store',
  },
  QUEUE_URL: {
    key: 'queueUrl',
    schema: url(['redis:', 'rediss:', 'postgres:', 'postgresql:']),
    mend: 'give a URL such as redis://host:6379, or unset it for the embedded queue',
  },
  ...TEACHING_SETTINGS,
  MAX_ERROR: {
    key: 'maxError',
    schema: z.coerce.number().gt(0).lt(1),
    mend: 'give a number above 0 and below 1, such as 0.05',
  },
  ROLES: {
    key: 'roles',
    schema: z
      .union([z.string().transform(rolesOfLine), z.record(z.string(), z.unknown())])
      .pipe(z.record(z.string().regex(/^[a-z]+:\S+$/), roleList)),
    mend: 'give PERSON=ROLE pairs with commas, such as web:local=engineer,slack:@S123=engineer,slack:*=operator (roles: operator, engineer, admin)',
  },
  SLACK_BOT_TOKEN: {
    key: 'slackBotToken',
    schema: z.string().startsWith('xoxb-'),
    mend: 'give the Bot User OAuth Token, xoxb-…, or unset it',
  },
  SLACK_APP_TOKEN: {
    key: 'slackAppToken',
    schema: z.string().startsWith('xapp-'),
    mend: 'give an app-level token with connections:write, xapp-…, or unset it',
  },
  SLACK_SIGNING_SECRET: {
    key: 'slackSigningSecret',
    schema: z.string().min(8),
    mend: 'give the signing secret of the app’s Basic Information page, or unset it',
  },
  SLACK_PORT: {
    key: 'slackPort',
    schema: z.coerce.number().int().min(0).max(65_535),
    mend: 'give a port number from 1 to 65535',
  },
  SLACK_HEALTH_CHANNEL: {
    key: 'slackHealthChannel',
    schema: z.string().regex(/^[CG][A-Z0-9]+$/),
    mend: 'give a channel id such as C0123ABC (at the bottom of the channel’s details)',
  },
  SLACK_API: {
    key: 'slackApi',
    schema: url(['http:', 'https:']),
    mend: 'give a base address such as https://slack.com/api/, or unset it',
  },
  DISCORD_TOKEN: {
    key: 'discordToken',
    schema: z.string().min(1),
    mend: 'give the bot token of the developer portal, or unset it',
  },
  DISCORD_API: {
    key: 'discordApi',
    schema: url(['http:', 'https:']),
    mend: 'give a base address such as https://discord.com/api, or unset it',
  },
  LOG_LEVEL: { key: 'logLevel', schema: z.enum(LOG_LEVELS), mend: `give one of ${LOG_LEVELS.join(', ')}` },
  SHADOW: {
    key: 'shadow',
    schema: z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i),
    mend: "give a student's id (`rounds student list` names them), or newest",
  },
  STUDENTS: {
    key: 'students',
    schema: z.union([z.string().transform(jsonOf).pipe(places), places]),
    mend: 'give a list of {name, classes, areas}, each with a name of its own and at least one class or area',
  },
  ROUND_CRON: {
    key: 'roundCron',
    schema: z.string().regex(/^\S+(\s+\S+){4,5}$/),
    mend: 'give five fields, such as "0 2 * * 0" for Sundays at 02:00',
  },
  ROUND_AFTER: {
    key: 'roundAfter',
    schema: z.coerce.number().int().min(1),
    mend: 'give how many reviewed answers begin a round, such as 100',
  },
  ROUND_MINUTES: {
    key: 'roundMinutes',
    schema: z.coerce.number().gt(0),
    mend: 'give minutes of training above 0, such as 20',
  },
  PLANT: { key: 'plant', schema: z.string().min(1), mend: 'name an asset register file, such as ./plant.yaml' },
};

/** `a:1=engineer+admin, b:*=operator` → {a:1: [engineer, admin], b:*: [operator]}. */
function rolesOfLine(line: string): Record<string, unknown> {
  const pairs = line
    .split(',')
    .map((pair) => pair.trim())
    .filter(Boolean)
    .map((pair) => {
      const at = pair.lastIndexOf('=');
      return [
        pair.slice(0, Math.max(at, 0)).trim(),
        pair
          .slice(at + 1)
          .split('+')
          .map((role) => role.trim()),
      ] as const;
    });
  return Object.fromEntries(pairs);
}

/** Not JSON: as it stands, for the schema behind it to refuse. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function configFile(env: Readonly<Record<string, string | undefined>>, cwd: string): string | null {
  const named = env.CONFIG?.trim();
  if (!named) {
    const file = resolve(cwd, DEFAULT_FILE);
    return existsSync(file) ? file : null;
  }
  const file = resolve(cwd, named);
  if (!existsSync(file)) throw new BadInput(`CONFIG names ${file}, which does not exist: mend the name or unset it`);
  return file;
}

function readConfigFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new BadInput(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}): mend its rights`, {
      cause: error,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault) {
    throw new BadInput(`${file}:${lines.linePos(fault.pos[0]).line}: not YAML: ${fault.message}`, { cause: fault });
  }
  const values: unknown = document.toJS() ?? {};
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new BadInput(`${file}: settings are expected, one "name: value" a line`);
  }
  const known = [...Object.values(SETTINGS).map(({ key }) => key), 'alerts'];
  const unknown = Object.keys(values).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new BadInput(`${file}: ${unknown} is no setting: remove it (there are ${known.join(', ')})`);
  }
  return values as Record<string, unknown>;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // A URL may carry a password.
  return `"${text.replace(/\/\/[^@/]*@/, '//…@').slice(0, 60)}"`;
}

function freeze(config: Config): Config {
  for (const roles of Object.values(config.roles)) Object.freeze(roles);
  Object.freeze(config.roles);
  Object.freeze(config.students);
  Object.freeze(config.rounds);
  return Object.freeze(config);
}
