/** The alert sources that a configuration asks for. A protocol's library is loaded only where it is asked for. */
import { join } from 'node:path';
import type { AlertSource } from '../bot/types.ts';
import type { MqttOptions } from './mqtt/mqtt.ts';
import type { OpcuaOptions } from './opcua/opcua.ts';
import type { WebhookConfig } from './webhooks/webhooks.ts';

export type SourceOptions =
  | WebhookConfig
  | ({ kind: 'mqtt' } & MqttOptions)
  | ({ kind: 'opcua' } & Omit<OpcuaOptions, 'certificates'>);

export interface SourcesOptions {
  sources: readonly SourceOptions[];
  /** Where webhooks come in. */
  listen: { host: string; port: number };
  /** Where sources keep what is theirs. */
  dataDir: string;
  logger?: Record<'info' | 'warn' | 'error', (details: object, message: string) => void>;
}

export interface Sources {
  sources: AlertSource[];
  /** Of the webhooks' listener, once started; null where there is none. */
  url(): string | null;
}

export async function alertSources({ sources: wanted, listen, dataDir, logger }: SourcesOptions): Promise<Sources> {
  const log = logger ? { logger } : {};
  const posting = wanted.filter((one): one is WebhookConfig => one.kind !== 'mqtt' && one.kind !== 'opcua');
  const hooks =
    posting.length > 0
      ? (await import('./webhooks/webhooks.ts')).webhooks({ ...listen, sources: posting, ...log })
      : undefined;
  const sources = [...(hooks?.sources ?? [])];
  for (const one of wanted) {
    if (one.kind === 'mqtt') sources.push((await import('./mqtt/mqtt.ts')).mqttSource({ ...one, ...log }));
    if (one.kind === 'opcua') {
      const certificates = join(dataDir, 'opcua');
      sources.push((await import('./opcua/opcua.ts')).opcuaSource({ ...one, certificates, ...log }));
    }
  }
  return { sources, url: () => hooks?.url ?? null };
}
