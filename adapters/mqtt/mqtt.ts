/**
 * Alerts from an MQTT broker: JSON messages by a mapping, and Sparkplug B. A message is acknowledged to the broker only
 * when its alerts are on disk; the session is kept, so that the broker holds back what comes while we are away. Nothing
 * is published, but for Sparkplug's request to be born again, and that only where the configuration allows it.
 */
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import type { Alert, AlertDoor, AlertSource, Priority } from '../../bot/types.ts';
import { BadInput, RoundsError } from '../../models/errors.ts';
import { type Mapping, mapped } from '../shared/mapping.ts';
import { createSparkplug, rebirth, type SparkplugOptions } from './sparkplug.ts';

export interface MqttOptions {
  name: string;
  /** `mqtt://broker:1883`, `mqtts://…`, `ws://…`. */
  url: string;
  user?: string | undefined;
  password?: string | undefined;
  /** Names our session at the broker; one a process. */
  clientId?: string | undefined;
  topics?: readonly string[] | undefined;
  fields?: Mapping['fields'] | undefined;
  active: readonly string[];
  priorities: Readonly<Record<string, Priority>>;
  priority: Priority;
  /** `rebirth`: nodes whose birth was missed may be asked to be born again. */
  sparkplug?: (Pick<SparkplugOptions, 'alarms' | 'tag'> & { groups: readonly string[]; rebirth: boolean }) | undefined;
  /** How long the start waits for the first connection. Default 3,000. */
  connectTimeoutMs?: number;
  logger?: { warn(details: object, message: string): void };
}

const PAYLOAD_LIMIT_BYTES = 256 * 1024;
const STORE_RETRY_MS = 1000;
/** Return codes of MQTT 3.1.1 and 5: bad user or password, not authorized. */
const REFUSED = [4, 5, 134, 135];

export function mqttSource(options: MqttOptions): AlertSource {
  const { name, logger } = options;
  const sparkplug = options.sparkplug && createSparkplug({ ...options, ...options.sparkplug, source: name });
  const mapping = options.fields && { ...options, fields: options.fields };
  let client: MqttClient | undefined;
  let trouble: string | null = 'not connected yet';
  let stopping = false;

  const topics = [...(options.topics ?? []), ...(options.sparkplug?.groups ?? []).map((group) => `spBv1.0/${group}/#`)];

  function read(topic: string, payload: Uint8Array): Alert[] {
    if (payload.length > PAYLOAD_LIMIT_BYTES) throw new BadInput('the message is too large');
    if (sparkplug && topic.startsWith('spBv1.0/')) return sparkplug.read(topic, payload);
    if (!mapping || payload.length === 0) return [];
    const message = parsed(payload);
    return (Array.isArray(message) ? message : [message]).map((one) => mapped(name, one, mapping, topic));
  }

  /** Resolves when the message is on disk, or known to be nothing; until then the broker keeps it. */
  async function take(door: AlertDoor, topic: string, payload: Uint8Array): Promise<void> {
    let alerts: Alert[];
    try {
      alerts = read(topic, payload);
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      logger?.warn(
        { source: name, topic: topic.slice(0, 200) },
        `[mqtt] a message was not understood: ${error.message}`,
      );
      await door.rejectAlerts(name, 'malformed');
      return;
    }
    if (alerts.length > 0) await door.handleAlerts(alerts);
    if (options.sparkplug?.rebirth) askUnborn();
  }

  function askUnborn(): void {
    for (const node of sparkplug?.unborn(Date.now()) ?? []) {
      const { topic, payload } = rebirth(node);
      client?.publish(topic, Buffer.from(payload), (error) => {
        if (error) logger?.warn({ error, source: name, node }, '[mqtt] a node could not be asked to be born again');
      });
    }
  }

  async function takeForSure(door: AlertDoor, topic: string, payload: Uint8Array): Promise<void> {
    while (!stopping) {
      try {
        return await take(door, topic, payload);
      } catch (error) {
        trouble = `alerts cannot be stored (${(error as Error).message}): they wait at the broker`;
        logger?.warn({ error, source: name }, `[mqtt] ${trouble}`);
        await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
      }
    }
    throw new RoundsError('stopping', 'the source is being stopped');
  }

  return {
    name,
    alone: true,

    async start(door) {
      stopping = false;
      const settings: IClientOptions = {
        clientId: options.clientId ?? `rounds-${name}`,
        // A kept session: what is sent with quality 1 while we are away is delivered afterwards.
        clean: false,
        ...(options.user === undefined ? {} : { username: options.user }),
        ...(options.password === undefined ? {} : { password: options.password }),
        reconnectPeriod: 2000,
        connectTimeout: 10_000,
      };
      const opened = mqtt.connect(options.url, settings);
      client = opened;
      // Called for every message in turn; the broker hears of it when we call back.
      opened.handleMessage = (packet, callback) => {
        const { topic, payload } = packet as { topic: string; payload: Uint8Array };
        takeForSure(door, topic, payload).then(() => callback(), callback);
      };
      opened.on('connect', () => {
        trouble = null;
        opened.subscribe([...topics], { qos: 1 }, (error, granted) => {
          const refused = granted?.find(({ qos }) => (qos as number) === 128);
          if (error || refused)
            trouble = `the broker refuses ${refused?.topic ?? topics.join(', ')}: mend topics or the user's rights`;
        });
      });
      opened.on('close', () => {
        trouble ??= 'the connection to the broker was lost: trying again';
      });
      opened.on('error', (error) => {
        trouble = explained(error);
      });
      await connected(opened, options).catch((error) => {
        opened.end(true);
        throw error;
      });
    },

    async stop() {
      stopping = true;
      await client?.endAsync(true);
      client = undefined;
    },

    problem() {
      const said = trouble ?? sparkplug?.problem() ?? null;
      return said === null ? null : `[${name}] ${said}`;
    },
  };
}

/** The first connection is waited for a while: a broker that refuses us is said at the start, one that is away is waited for. */
async function connected(client: MqttClient, { name, url, connectTimeoutMs = 3000 }: MqttOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (error?: Error & { code?: unknown }) => {
      clearTimeout(timer);
      client.off('error', end);
      client.off('connect', go);
      if (!error || !REFUSED.includes(error.code as number)) resolve();
      else reject(new RoundsError('mqtt', `[${name}] ${shown(url)}: ${explained(error)}`, { cause: error }));
    };
    const go = () => end();
    const timer = setTimeout(end, connectTimeoutMs);
    client.once('connect', go);
    client.once('error', end);
  });
}

function explained(error: Error & { code?: unknown }): string {
  if (REFUSED.includes(error.code as number)) return 'the broker refuses user and password: check them';
  if (error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND') return `${String(error.code)}: check the address`;
  return error.message || String(error.code ?? 'error');
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new BadInput('the message is not JSON in UTF-8', { cause });
  }
}

function shown(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//…@');
}
