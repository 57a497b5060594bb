/** The `alerts` section of rounds.config.yaml: what it takes, and the one line for what it does not; docs/alerts.md's own snippets. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readAlerts } from '../../../bot/alerts/config.ts';
import { BadInput } from '../../../models/errors.ts';

const read = (value: unknown, env: Record<string, string> = {}) => readAlerts(value, 'rounds.config.yaml', env);
const refusal = (value: unknown): string => {
  try {
    read(value);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    return (error as Error).message;
  }
  throw new Error('was accepted');
};

describe('alerts in the configuration', () => {
  it('reads secrets from the environment, and names sources by their kind', () => {
    const { sources } = read(
      {
        sources: [
          { kind: 'alertmanager', secret: 'env:AM' },
          { kind: 'alertmanager', name: 'second', basic: { user: 'u', password: 'env:PW' } },
        ],
      },
      { AM: 'one', PW: 'two' },
    );
    expect(sources).toMatchObject([
      { name: 'alertmanager', secret: 'one' },
      { name: 'second', basic: { user: 'u', password: 'two' } },
    ]);
  });

  it.each<[string, unknown, string]>([
    ['a route without a channel', { routes: [{ to: 'operations' }] }, 'alerts.routes.0.to must be ADAPTER:CHANNEL'],
    ['a priority that is none', { routes: [{ to: 'web:ops', priority: 'severe' }] }, 'alerts.routes.0.priority'],
    ['a time that YAML made a number', { quiet: { from: 1320, to: '06:00' } }, 'alerts.quiet.from'],
    ['a time that is none', { quiet: { from: '25:00', to: '06:00' } }, 'must be a time such as "06:00"'],
    ['an unknown setting', { floods: {} }, 'floods is no setting'],
    ['a source of an unknown kind', { sources: [{ kind: 'kafka' }] }, 'alertmanager, grafana, webhook, mqtt, opcua'],
    ['a webhook open to everybody', { sources: [{ kind: 'alertmanager' }] }, 'deliveries from anybody are not taken'],
    ['a secret that is not set', { sources: [{ kind: 'grafana', secret: 'env:NONE' }] }, 'NONE is not set'],
    [
      'two sources of one name',
      { sources: Array(2).fill({ kind: 'opcua', endpoint: 'opc.tcp://x' }) },
      'a second source called opcua',
    ],
    ['MQTT that listens to nothing', { sources: [{ kind: 'mqtt', url: 'mqtt://x' }] }, 'nothing would be listened to'],
    ['topics without fields', { sources: [{ kind: 'mqtt', url: 'mqtt://x', topics: ['a'] }] }, 'fields is missing'],
    ['a suppression of everything', { suppress: [{ because: 'x' }] }, 'must name a tag or a condition'],
    ['a flood that ends above its begin', { flood: { begin: 5, end: 10 } }, 'must end at fewer'],
    ['a time zone that is none', { timezone: 'Mars/Base' }, 'must be a time zone'],
  ])('refuses %s', (_, value, words) => {
    const line = refusal(value);
    expect(line).toContain(words);
    expect(line).toMatch(/^rounds\.config\.yaml: alerts/);
    expect(line).not.toContain('\n');
  });

  it('takes every snippet of docs/alerts.md', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/alerts.md'), 'utf8');
    const snippets = [...page.matchAll(/```yaml\n(alerts:[\s\S]*?)```/g)].map(
      ([, text]) => parse(text!) as { alerts: unknown },
    );
    expect(snippets.length).toBeGreaterThan(5);
    const env = Object.fromEntries([...page.matchAll(/env:([A-Z_]+)/g)].map(([, name]) => [name!, 'secret']));
    for (const { alerts } of snippets) expect(() => read(alerts, env)).not.toThrow();
  });
});
