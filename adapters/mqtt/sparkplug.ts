/**
 * Alarms in Sparkplug B: births name the metrics, data changes them, deaths end them. A metric that is an alarm is active
 * while it is true or not zero. A node or device that dies is an alarm itself until it is born again. Where a birth was
 * missed (we were away), values by alias have no name: it says which nodes would have to be born again, and sends nothing.
 */
import sparkplug from 'sparkplug-payload';
import type { Alert, Priority } from '../../bot/types.ts';
import { BadInput } from '../../models/errors.ts';
import { alertOf } from '../shared/alert.ts';

export interface SparkplugOptions {
  source: string;
  /** Names of metrics that are alarms; `*` stands for anything. */
  alarms: readonly string[];
  /** Where the tag of a metric stands: the device, the node, or the name up to its last `/`. */
  tag: 'device' | 'node' | 'metric';
  priority: Priority;
  priorities: Readonly<Record<string, Priority>>;
}

export interface Sparkplug {
  /** Alerts of one message; none for those that tell of no alarm. Throws BadInput where it is no Sparkplug payload. */
  read(topic: string, payload: Uint8Array): Alert[];
  /** Nodes (`group/node`) with values whose birth was not heard; each once a minute until it was. */
  unborn(now: number): string[];
  /** What was missed, in one line; null when nothing was. */
  problem(): string | null;
}

/** The one command that a host may send for it: be born again, and name all metrics anew. */
export function rebirth(node: string): { topic: string; payload: Uint8Array } {
  const [group, name] = node.split('/');
  const metrics = [{ name: 'Node Control/Rebirth', type: 'Boolean' as const, value: true }];
  const payload = sparkplug.get('spBv1.0')!.encodePayload({ timestamp: Date.now(), metrics });
  return { topic: `spBv1.0/${group}/NCMD/${name}`, payload };
}

type Payload = ReturnType<Codec['decodePayload']>;
type Metric = NonNullable<Payload['metrics']>[number];
type Codec = NonNullable<ReturnType<typeof sparkplug.get>>;

/** A metric that has as many aliases is none of a machine. */
const MOST_METRICS = 20_000;
const ASK_EVERY_MS = 60_000;

export function createSparkplug(options: SparkplugOptions): Sparkplug {
  const codec = sparkplug.get('spBv1.0')!;
  const isAlarm = options.alarms.map(patternOf);
  /** `group/node[/device]` → alias → name, of the latest birth. */
  const births = new Map<string, Map<string, string>>();
  const bdSeqs = new Map<string, string>();
  /** Where values came by an alias that has no name, with its node. */
  const nameless = new Map<string, string>();
  const askedAt = new Map<string, number>();

  return {
    read(topic, payload) {
      const parts = topic.split('/');
      const [namespace, group = '', verb = '', node = '', device] = parts;
      if (namespace !== 'spBv1.0' || parts.length > 5) return [];
      if (!['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'NDEATH', 'DDEATH'].includes(verb)) return [];
      const decoded = decode(codec, payload);
      const metrics = decoded.metrics ?? [];
      const where = device === undefined ? `${group}/${node}` : `${group}/${node}/${device}`;
      const at = numberOf(decoded.timestamp);
      if (verb === 'NDEATH') {
        // The death of a session that was followed by another is old news.
        const born = bdSeqs.get(where);
        const dying = bdSeq(metrics);
        if (born !== undefined && dying !== undefined && born !== dying) return [];
        return [presence('active', where, node, 'edge node offline')];
      }
      if (verb === 'DDEATH') return [presence('active', where, device ?? node, 'device offline')];
      const birth = verb === 'NBIRTH' || verb === 'DBIRTH';
      if (birth) {
        births.set(where, namesIn(metrics));
        nameless.delete(where);
        const seq = bdSeq(metrics);
        if (verb === 'NBIRTH' && seq !== undefined) bdSeqs.set(where, seq);
      }
      const names = births.get(where);
      const back = birth
        ? [presence('normal', where, device ?? node, verb === 'NBIRTH' ? 'edge node offline' : 'device offline')]
        : [];
      return [...back, ...metrics.flatMap((metric) => ofMetric(metric, { where, group, node, device, names, at }))];
    },

    unborn(now) {
      const due = [...new Set(nameless.values())].filter((node) => now - (askedAt.get(node) ?? 0) >= ASK_EVERY_MS);
      for (const node of due) askedAt.set(node, now);
      return due;
    },

    problem() {
      const [first] = nameless.keys();
      if (!first) return null;
      const more = nameless.size > 1 ? ` and ${nameless.size - 1} more` : '';
      return `the birth of ${first}${more} was not heard, so values that come by alias are not understood: set sparkplug.rebirth, or restart the node`;
    },
  };

  function ofMetric(
    metric: Metric,
    {
      where,
      group,
      node,
      device,
      names,
      at,
    }: {
      where: string;
      group: string;
      node: string;
      device: string | undefined;
      names: Map<string, string> | undefined;
      at: number | undefined;
    },
  ): Alert[] {
    const alias = aliasOf(metric);
    const name = metric.name || (alias === undefined ? undefined : names?.get(alias));
    if (!name) {
      if (alias !== undefined) nameless.set(where, `${group}/${node}`);
      return [];
    }
    if (metric.isNull || !isAlarm.some((pattern) => pattern.test(name))) return [];
    const active = truth(metric.value);
    if (active === undefined) return [];
    const slash = name.lastIndexOf('/');
    const own = options.tag === 'metric' && slash > 0;
    return [
      alertOf({
        source: options.source,
        fingerprint: `${where}/${name}`,
        tag: own ? name.slice(0, slash) : options.tag === 'node' ? node : (device ?? node),
        condition: own ? name.slice(slash + 1) : name,
        priority: priorityOfName(name),
        status: active ? 'active' : 'normal',
        text: `${name} of ${where}`,
        at: numberOf(metric.timestamp) ?? at,
      }),
    ];
  }

  function priorityOfName(name: string): Priority {
    const own = Object.entries(options.priorities).find(([pattern]) => patternOf(pattern).test(name));
    return own?.[1] ?? options.priority;
  }

  /** By our own clock: a death is told by the broker, which knows no time of the node's. */
  function presence(status: 'active' | 'normal', where: string, tag: string, condition: string): Alert {
    const text = status === 'active' ? `${where} is not heard of: its values are not known` : `${where} is back`;
    const fingerprint = `${where}/${condition}`;
    return alertOf({ source: options.source, fingerprint, tag, condition, priority: 'high', status, text });
  }
}

function decode(codec: Codec, payload: Uint8Array): Payload {
  try {
    return codec.decodePayload(payload);
  } catch (cause) {
    throw new BadInput('not a Sparkplug B payload', { cause });
  }
}

function namesIn(metrics: readonly Metric[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const metric of metrics.slice(0, MOST_METRICS)) {
    const alias = aliasOf(metric);
    if (alias !== undefined && metric.name) names.set(alias, metric.name);
  }
  return names;
}

/** protobufjs gives 0 for an alias that was not sent: a metric with a name needs none. */
function aliasOf({ alias }: Metric): string | undefined {
  return alias === undefined || alias === null ? undefined : String(alias);
}

function bdSeq(metrics: readonly Metric[]): string | undefined {
  const metric = metrics.find(({ name }) => name === 'bdSeq');
  return metric?.value === undefined || metric.value === null ? undefined : String(metric.value);
}

function truth(value: Metric['value']): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return value !== 0;
  return typeof value === 'object' && value !== null && 'toNumber' in value ? value.toNumber() !== 0 : undefined;
}

/** Milliseconds since 1970, from a number or a 64-bit one. */
function numberOf(value: unknown): number | undefined {
  const number = Number(String(value ?? ''));
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function patternOf(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
