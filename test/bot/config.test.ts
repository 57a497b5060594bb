/** The configuration: defaults, sources, and one line for every bad value. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultAlerts } from '../../bot/alerts/config.ts';
import { loadConfig, rolesOf } from '../../bot/config.ts';
import { BadInput } from '../../models/errors.ts';
import { temporaryFolder } from './fixture.ts';

const load = (env: Record<string, string>, cwd = '/nowhere') => loadConfig({ env, cwd });

function refusal(env: Record<string, string>, cwd?: string): string {
  try {
    load(env, cwd);
  } catch (error) {
    expect(error).toBeInstanceOf(BadInput);
    return (error as Error).message;
  }
  throw new Error('was accepted');
}

describe('configuration', () => {
  it('needs nothing', () => {
    expect(load({})).toEqual({
      ...{
        port: 8080,
        host: '127.0.0.1',
        dataDir: './data',
        databaseUrl: null,
        slack: null,
        discord: null,
        queueUrl: null,
        metricsPort: null,
        maxError: 0.05,
        logLevel: 'info',
      },
      ...{ roles: { 'web:local': ['engineer'] }, plant: null, file: null, alerts: defaultAlerts() },
      teaching: {
        ...{ models: [], panel: true, limit: { tokens: 200_000 }, prices: {}, perMinute: null, attemptMs: 20_000 },
        ...{ streaming: false, redactTags: false, redactWords: [], peopleChannel: null },
      },
      ...{ shadow: null, students: [], rounds: { cron: null, after: null, minutes: 20 } },
    });
  });

  it('refuses alerts for a channel that is not there', async () => {
    const file = join(await temporaryFolder(), 'rounds.config.yaml');
    await writeFile(file, 'alerts:\n  routes:\n    - {to: "slack:C1"}\n');
    expect(() => load({ CONFIG: file })).toThrow(
      `${file}: alerts.routes.0.to is "slack:C1", but slack is not configured: configure it, or name one of web`,
    );
  });

  it('is frozen', () => {
    const config = load({ ROLES: 'slack:*=operator' });
    expect(() => Object.assign(config, { port: 1 })).toThrow();
    expect(() => Object.assign(config.roles, { x: [] })).toThrow();
    expect(() => (config.roles['slack:*'] as string[]).push('admin')).toThrow();
  });

  it('reads the environment, blanks as not given', () => {
    const env = { PORT: ' 0 ', HOST: '::1', DATA_DIR: '/d', MAX_ERROR: '0.1', LOG_LEVEL: '', PLANT: 'plant.csv' };
    expect(load(env, '/home')).toMatchObject({ port: 0, host: '::1', dataDir: '/d', maxError: 0.1, logLevel: 'info' });
    expect(load(env, '/home').plant).toBe('/home/plant.csv');
  });

  it.each([
    ['PORT', '80a80', /^PORT is "80a80": give a port number/],
    ['PORT', '70000', /^PORT is "70000"/],
    ['PORT', '1.5', /^PORT is "1.5"/],
    ['HOST', 'not a host', /^HOST is "not a host"/],
    ['MAX_ERROR', '5%', /^MAX_ERROR is "5%": give a number above 0 and below 1/],
    ['MAX_ERROR', '0', /^MAX_ERROR/],
    ['MAX_ERROR', '1', /^MAX_ERROR/],
    ['SHADOW', 'two students', /^SHADOW is "two students": give a student's id/],
    ['STUDENTS', 'pump', /^STUDENTS is "pump": give a list of \{name, classes, areas\}/],
    ['STUDENTS', '[{"name":"north"}]', /^STUDENTS/],
    ['ROUND_CRON', 'sundays', /^ROUND_CRON is "sundays": give five fields/],
    ['ROUND_AFTER', '0', /^ROUND_AFTER is "0": give how many reviewed answers/],
    ['ROUND_MINUTES', 'long', /^ROUND_MINUTES/],
    ['LOG_LEVEL', 'loud', /^LOG_LEVEL is "loud": give one of trace/],
    ['ROLES', 'web:local', /^ROLES is "web:local": give PERSON=ROLE/],
    ['ROLES', 'web:local=king', /^ROLES/],
    ['ROLES', 'ann=engineer', /^ROLES/],
    ['TEACHER_MODEL', 'gpt', /^TEACHER_MODEL is "gpt": give provider:model/],
    ['QUEUE_URL', 'http://x', /^QUEUE_URL is "http:\/\/x": give a URL such as redis/],
    ['TEACHER_LIMIT', 'much', /^TEACHER_LIMIT is "much": give tokens or money a day/],
    ['TEACHER_LIMIT', '5.00 EUR', /^TEACHER_LIMIT/],
    ['TEACHER_PRICE', 'openai:x', /^TEACHER_PRICE is "openai:x": give MODEL=INPUT\/OUTPUT/],
    ['TEACHER_RATE', '0', /^TEACHER_RATE is "0": give calls a minute/],
    ['TEACHER_TIMEOUT', '600', /^TEACHER_TIMEOUT is "600": give seconds from 1 to 60/],
    ['TEACHER_PANEL', 'maybe', /^TEACHER_PANEL is "maybe": give yes/],
    ['PEOPLE_CHANNEL', 'people', /^PEOPLE_CHANNEL is "people": give ADAPTER:CHANNEL/],
    [
      'LANGSMITH_TRACING',
      'true',
      /^LANGSMITH_TRACING would send every question to LangSmith as it was asked: unset it/,
    ],
  ])('refuses %s=%s in one line', (name, value, message) => {
    const line = refusal({ [name]: value });
    expect(line).toMatch(message);
    expect(line).not.toContain('\n');
  });

  it('reads teachers, limits and prices', () => {
    const { teaching } = load({
      TEACHER_MODEL: 'openai:a, ollama:b:8b',
      TEACHER_PANEL: 'no',
      TEACHER_LIMIT: '50_000 tokens, 2.50',
      TEACHER_PRICE: 'openai:a=2.5/10, ollama:b:8b=0/0',
      REDACT_TAGS: 'yes',
      REDACT_WORDS: 'ACME, Riverside',
      PEOPLE_CHANNEL: 'slack:C012',
    });
    expect(teaching).toMatchObject({
      models: ['openai:a', 'ollama:b:8b'],
      panel: false,
      limit: { tokens: 50_000, micros: 2_500_000 },
      prices: { 'openai:a': { input: 2.5, output: 10 }, 'ollama:b:8b': { input: 0, output: 0 } },
      redactTags: true,
      redactWords: ['ACME', 'Riverside'],
      peopleChannel: { adapter: 'slack', channel: 'C012' },
    });
    expect(load({ TEACHER_LIMIT: 'none' }).teaching.limit).toEqual({});
    expect(refusal({ TEACHER_MODEL: 'openai:a', TEACHER_LIMIT: '5' })).toMatch(/openai:a has no price/);
    expect(refusal({ TEACHER_MODEL: 'openai:a', TEACHER_PRICE: 'openai:b=1/1' })).toMatch(/names openai:b, which/);
  });

  it('does not show a password', () => {
    expect(refusal({ DATABASE_URL: 'mysql://me:secret@host/db' })).not.toContain('secret');
  });

  it('reads rounds.config.yaml, which the environment outranks', async () => {
    const cwd = await temporaryFolder();
    const file = join(cwd, 'rounds.config.yaml');
    await writeFile(file, 'port: 9000\nmaxError: 0.2\nroles:\n  slack:U1: [engineer, admin]\n  slack:*: operator\n');
    const config = load({ PORT: '9001' }, cwd);
    expect(config).toMatchObject({ port: 9001, maxError: 0.2, file });
    expect(rolesOf(config, 'slack:U1')).toEqual(['engineer', 'admin']);
    expect(rolesOf(config, 'slack:U2')).toEqual(['operator']);
  });

  it('takes Slack’s tokens together, and shows none of them', () => {
    const SLACK_BOT_TOKEN = 'xoxb-1-secretive';
    expect(load({ SLACK_BOT_TOKEN, SLACK_APP_TOKEN: 'xapp-1', SLACK_API: 'http://127.0.0.1:9/api' }).slack).toEqual({
      ...{ botToken: SLACK_BOT_TOKEN, appToken: 'xapp-1', signingSecret: null, port: 3000, healthChannel: null },
      api: 'http://127.0.0.1:9/api/',
    });
    expect(refusal({ SLACK_BOT_TOKEN })).toMatch(/set SLACK_APP_TOKEN/);
    expect(refusal({ SLACK_APP_TOKEN: 'xapp-1' })).toMatch(/SLACK_BOT_TOKEN is not set/);
    const swapped = refusal({ SLACK_BOT_TOKEN: 'xapp-secretive' });
    expect(swapped).toMatch(/SLACK_BOT_TOKEN is not of the right form: give the Bot User OAuth Token/);
    expect(swapped).not.toContain('secretive');
  });

  it('gives roles by group: all together, none takes away, a name outranks them, another platform’s count for nothing', () => {
    const config = load({
      ROLES: 'slack:@S1=engineer,slack:@S2=admin,slack:@S9=none,discord:&7=admin,slack:*=operator,slack:U1=operator',
    });
    expect(rolesOf(config, 'slack:U2', ['slack:@S1', 'slack:@S2', 'slack:@S5'])).toEqual(['engineer', 'admin']);
    expect(rolesOf(config, 'slack:U2', ['slack:@S1', 'slack:@S9'])).toEqual([]);
    expect(rolesOf(config, 'slack:U1', ['slack:@S1'])).toEqual(['operator']);
    expect(rolesOf(config, 'slack:U2', ['discord:&7'])).toEqual(['operator']);
    expect(rolesOf(config, 'discord:3', ['discord:&8', 'slack:@S1'])).toEqual([]);
  });

  it.each([
    ['port: 9000\nport: 9001\n', /yaml:2: not YAML: .*unique/],
    ['port: [\n', /yaml:\d: not YAML/],
    ['prot: 9000\n', /yaml: prot is no setting: remove it/],
    ['- port\n', /yaml: settings are expected/],
    ['port: many\n', /yaml: port is "many": give a port number/],
    ['roles: {web:local: boss}\n', /yaml: roles is /],
  ])('names file and fault of a bad file: %j', async (text, message) => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'rounds.config.yaml'), text);
    const line = refusal({}, cwd);
    expect(line).toMatch(message);
    expect(line).not.toContain('\n');
  });

  it('says when the file that CONFIG names is not there', () => {
    expect(refusal({ CONFIG: 'other.yaml' })).toMatch(/^CONFIG names \/nowhere\/other.yaml, which does not exist/);
  });
});

describe('roles', () => {
  it('nobody has one who is not named', () => {
    expect(rolesOf(load({}), 'slack:U1')).toEqual([]);
    expect(rolesOf(load({ ROLES: 'slack:*=operator' }), 'nobody')).toEqual([]);
  });

  it('the local user of a loopback page is an engineer unless named', () => {
    expect(rolesOf(load({}), 'cli:ann')).toEqual(['engineer']);
    expect(rolesOf(load({ ROLES: 'cli:*=operator' }), 'cli:ann')).toEqual(['operator']);
    expect(rolesOf(load({ ROLES: 'cli:ann=none' }), 'cli:ann')).toEqual([]);
    expect(rolesOf(load({}), 'web:local')).toEqual(['engineer']);
    expect(rolesOf(load({ HOST: '0.0.0.0' }), 'web:local')).toEqual([]);
    expect(rolesOf(load({ HOST: '127.0.0.1.evil.org' }), 'web:local')).toEqual([]);
    expect(rolesOf(load({ ROLES: 'web:local=operator' }), 'web:local')).toEqual(['operator']);
    expect(rolesOf(load({ ROLES: 'web:*=operator' }), 'web:local')).toEqual(['operator']);
    expect(rolesOf(load({ ROLES: 'web:local=none' }), 'web:local')).toEqual([]);
  });
});
