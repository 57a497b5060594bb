/**
 * The `alerts` section of rounds.config.yaml: sources, routes, shifts, quiet hours and limits, checked once. Secrets may
 * be written as `env:NAME`. It opens nothing.
 */
import { z } from 'zod/v4';
import { BadInput } from '../../models/errors.ts';
import type { Priority } from '../types.ts';

export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const satisfies readonly Priority[];

const name = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1 to 32 small letters, digits or -');
const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as "06:00" (in quotes)')
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
const channel = z.string().regex(/^[a-z]+:[\w.:-]{1,64}$/, 'must be ADAPTER:CHANNEL, such as web:operations');
const some = <T extends z.ZodType>(one: T) => z.union([one.transform((value) => [value]), z.array(one).min(1)]);
const words = some(z.string().min(1));

const quiet = z.strictObject({ from: clockTime, to: clockTime });
const shift = z.strictObject({
  name,
  from: clockTime,
  to: clockTime,
  operators: z.number().int().min(1).max(100).default(1),
});
const route = z.strictObject({
  to: channel,
  area: words.optional(),
  class: words.optional(),
  tag: words.optional(),
  source: words.optional(),
  priority: some(z.enum(PRIORITIES)).optional(),
  shift: words.optional(),
  group: z.enum(['asset', 'area']).default('asset'),
  quiet: z.union([quiet, z.literal(false)]).optional(),
});
const silenced = z
  .strictObject({ tag: words.optional(), condition: words.optional(), because: z.string().min(1) })
  .refine(({ tag, condition }) => tag || condition, 'must name a tag or a condition: it would silence every alarm');

/** `env:NAME` is read from the environment by `readAlerts`. */
const secret = z.string().min(1);
const access = {
  name: name.optional(),
  /** Sent as `Authorization: Bearer …`, or in the header `X-Rounds-Secret`. */
  secret: secret.optional(),
  basic: z.strictObject({ user: z.string().min(1), password: secret }).optional(),
};
const priorities = z.record(z.string(), z.enum(PRIORITIES)).default({});
const labels = z.strictObject({
  tag: words.default(['tag', 'asset', 'machine', 'equipment', 'instance']),
  condition: words.default(['condition', 'alertname']),
  priority: words.default(['priority', 'severity']),
  area: words.default(['area', 'site', 'zone']),
  class: words.default(['class', 'asset_class']),
});
const path = z.string().min(1).max(200);
const fields = z.strictObject({
  id: path.optional(),
  tag: path,
  condition: path,
  status: path.optional(),
  priority: path.optional(),
  text: path.optional(),
  value: path.optional(),
  unit: path.optional(),
  area: path.optional(),
  class: path.optional(),
  at: path.optional(),
  link: path.optional(),
});
const active = words.default(['active', 'firing', 'alarm', 'on', 'true', '1', 'problem']);
const mapped = { fields, active, priorities, priority: z.enum(PRIORITIES).default('medium') };

const alertmanager = z.strictObject({
  kind: z.enum(['alertmanager', 'grafana']),
  ...access,
  labels: labels.prefault({}),
  priorities,
});
const webhook = z.strictObject({ kind: z.literal('webhook'), ...access, items: path.optional(), ...mapped });
const mqtt = z.strictObject({
  kind: z.literal('mqtt'),
  name: name.optional(),
  url: z.string().regex(/^(mqtts?|wss?|tcp|tls):\/\/\S+$/, 'must be a URL such as mqtt://broker:1883'),
  user: z.string().optional(),
  password: secret.optional(),
  clientId: z.string().optional(),
  /** JSON messages. */
  topics: words.optional(),
  ...mapped,
  fields: fields.optional(),
  sparkplug: z
    .strictObject({
      groups: words.default(['+']),
      /** Boolean metrics that are alarms, by name; `*` stands for anything. */
      alarms: words.default(['*alarm*', '*Alarm*', '*fault*', '*Fault*', '*trip*', '*Trip*']),
      /** Tag of a metric: `device`, `node`, or `metric` (what stands before the last `/` of its name). */
      tag: z.enum(['device', 'node', 'metric']).default('device'),
      /** Nodes whose birth was missed are asked to be born again: the one thing that is ever published. */
      rebirth: z.boolean().default(false),
    })
    .optional(),
});
const opcua = z.strictObject({
  kind: z.literal('opcua'),
  name: name.optional(),
  endpoint: z.string().regex(/^opc\.tcp:\/\/\S+$/, 'must be a URL such as opc.tcp://server:4840'),
  user: z.string().optional(),
  password: secret.optional(),
  security: z.enum(['None', 'Sign', 'SignAndEncrypt']).default('SignAndEncrypt'),
  /** What is watched: a node that notifies of events. Default: the server itself. */
  node: z.string().default('i=2253'),
  /** Least severity (1–1000) of each priority. */
  severities: z
    .strictObject({
      critical: z.number().default(801),
      high: z.number().default(601),
      medium: z.number().default(201),
    })
    .prefault({}),
  /** Let acknowledging and shelving in a channel reach the server. Nothing else is ever written. */
  acknowledge: z.boolean().default(false),
  shelve: z.boolean().default(false),
});
const source = z.discriminatedUnion('kind', [alertmanager, webhook, mqtt, opcua]);

const section = z.strictObject({
  timezone: z
    .string()
    .refine((zone) => isTimezone(zone), 'must be a time zone such as Europe/Berlin')
    .default(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
  /** Where webhooks come in. */
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(8090),
    })
    .prefault({}),
  sources: z.array(source).default([]),
  routes: z.array(route).default([]),
  /** Where cards go whose own channel is archived, deleted or closed to the bot. */
  fallback: channel.optional(),
  shifts: z.array(shift).default([]),
  quiet: quiet.optional(),
  /** At a channel, where no shift says it. */
  operators: z.number().int().min(1).max(100).default(1),
  flood: z
    .strictObject({
      begin: z.number().min(1).default(10),
      end: z.number().min(0).default(5),
      minutes: z.number().gt(0).max(60).default(10),
    })
    .refine(({ begin, end }) => end < begin, 'must end at fewer alarms than it begins')
    .prefault({}),
  /** Activations a minute. */
  chattering: z.number().int().min(2).default(3),
  staleHours: z.number().gt(0).default(24),
  /** An alarm that comes back within this time goes on its former card. */
  reopenMinutes: z.number().min(0).default(10),
  /** How long a new card waits for others to join before it is posted. */
  settleSeconds: z.number().min(0).max(60).default(1),
  remind: z
    .strictObject({
      afterMinutes: z.number().gt(0).default(30),
      most: z.number().int().min(0).max(10).default(2),
      priorities: some(z.enum(PRIORITIES)).default(['critical', 'high']),
    })
    .prefault({}),
  /** What is older than this is forgotten; what is open or shelved never. */
  keepDays: z.number().int().min(1).max(36_500).default(400),
  suppress: z.array(silenced).default([]),
  outOfService: z.array(silenced).default([]),
  /** The digest of the last 24 hours, and the handover at each shift's end. */
  digest: z.strictObject({ at: clockTime, to: channel }).optional(),
  handover: z.strictObject({ to: channel }).optional(),
});

export type AlertRules = z.infer<typeof section>;
export type SourceConfig = AlertRules['sources'][number] & { name: string };
export type AlertConfig = AlertRules & { sources: SourceConfig[] };
export type Route = AlertRules['routes'][number];
export type Mapping = Pick<z.infer<typeof webhook>, 'fields' | 'active' | 'priorities' | 'priority'>;

/** What holds where the configuration has no `alerts`. */
export function defaultAlerts(): AlertConfig {
  return { ...section.parse({}), sources: [] };
}

/** @throws BadInput, one line: `rounds.config.yaml: alerts.routes.0.to must be ADAPTER:CHANNEL, such as web:operations` */
export function readAlerts(
  value: unknown,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): AlertConfig {
  const parsed = section.safeParse(value);
  if (!parsed.success) throw new BadInput(`${file}: ${issueLine(parsed.error)}`);
  const seen = new Set<string>();
  const sources = parsed.data.sources.map((one, i): SourceConfig => {
    const at = `${file}: alerts.sources.${i}`;
    const named = { ...one, name: one.name ?? one.kind };
    if (seen.has(named.name))
      throw new BadInput(`${at}: a second source called ${named.name}: give it a name of its own`);
    seen.add(named.name);
    return withSecrets(named, at, env);
  });
  return { ...parsed.data, sources };
}

/**
 * An alert for a channel that is not there would be shown to nobody.
 * @throws BadInput naming the setting
 */
export function refuseUnknownChannels(
  rules: AlertRules,
  file: string,
  configured: Readonly<Record<string, boolean>>,
): void {
  const named: [setting: string, to: string | undefined][] = [
    ...rules.routes.map(({ to }, i): [string, string] => [`routes.${i}.to`, to]),
    ['fallback', rules.fallback],
    ['handover.to', rules.handover?.to],
    ['digest.to', rules.digest?.to],
  ];
  for (const [setting, to] of named) {
    const adapter = to?.slice(0, to.indexOf(':'));
    if (adapter === undefined || configured[adapter]) continue;
    const known = Object.keys(configured).filter((name) => configured[name]);
    throw new BadInput(
      `${file}: alerts.${setting} is "${to}", but ${adapter} is not configured: configure it, or name one of ${known.join(', ')}`,
    );
  }
}

function withSecrets(one: SourceConfig, at: string, env: Readonly<Record<string, string | undefined>>): SourceConfig {
  const read = (text: string, field: string): string => {
    if (!text.startsWith('env:')) return text;
    const value = env[text.slice(4)]?.trim();
    if (!value)
      throw new BadInput(`${at}.${field}: ${text.slice(4)} is not set in the environment: set it, or mend the name`);
    return value;
  };
  if (one.kind === 'mqtt' || one.kind === 'opcua') {
    if (one.kind === 'mqtt' && !one.sparkplug && !one.topics) {
      throw new BadInput(`${at}: give topics (with fields) or sparkplug: nothing would be listened to`);
    }
    if (one.kind === 'mqtt' && one.topics && !one.fields) {
      throw new BadInput(`${at}.fields is missing: say where tag and condition stand in a message`);
    }
    return one.password === undefined ? one : { ...one, password: read(one.password, 'password') };
  }
  if (!one.secret && !one.basic) {
    throw new BadInput(`${at}: give a secret or basic (user and password): deliveries from anybody are not taken`);
  }
  return {
    ...one,
    ...(one.secret ? { secret: read(one.secret, 'secret') } : {}),
    ...(one.basic ? { basic: { ...one.basic, password: read(one.basic.password, 'basic.password') } } : {}),
  };
}

function issueLine(error: z.ZodError): string {
  const issue = deepest(error.issues);
  const where = ['alerts', ...issue.path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys')
    return `${where}: ${issue.keys.join(', ')} is no setting: remove it (docs/alerts.md lists them)`;
  if (issue.code === 'invalid_union' && 'note' in issue && issue.note) {
    return `${where} must be one of alertmanager, grafana, webhook, mqtt, opcua`;
  }
  return `${where} ${issue.message.replace(/^Invalid input: /, '')}`;
}

/** Of a choice that failed in every branch: the branch that came farthest. */
function deepest(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const [first] = issues;
  if (first?.code !== 'invalid_union') return first!;
  const inner = first.errors.flat().sort((a, b) => b.path.length - a.path.length)[0];
  return inner ? { ...inner, path: [...first.path, ...deepest([inner]).path] } : first;
}

function isTimezone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
