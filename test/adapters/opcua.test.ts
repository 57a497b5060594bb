/** Alarms of a real OPC UA server; acknowledged there only where that is configured. */
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type OpcuaOptions, opcuaSource } from '../../adapters/opcua/opcua.ts';
import { alertOf } from '../../adapters/shared/alert.ts';
import type { AlertSource } from '../../bot/types.ts';
import { NotYet } from '../../models/errors.ts';
import { ANN, openAlertBot, soon } from '../bot/alerts/fixture.ts';
import { type OpcuaPeer, opcuaPeer } from '../peers/opcua.ts';
import { freePort } from '../ports.ts';
import { collectingDoor, sourceContract } from './source.contract.ts';

/** Making its certificate takes seconds: one server for the file. */
let peer: OpcuaPeer | undefined;
afterAll(() => peer?.close());
const server = async () => {
  peer ??= await opcuaPeer(await freePort());
  peer.level(50);
  return peer;
};
const certificates = mkdtempSync(join(tmpdir(), 'rounds-opcua-client-'));
afterAll(() => rmSync(certificates, { recursive: true, force: true }));
const options = (endpoint: string): OpcuaOptions => ({
  ...{ name: 'opcua', endpoint, security: 'None', node: 'i=2253', acknowledge: false, shelve: false, certificates },
  severities: { critical: 801, high: 601, medium: 1 },
});

sourceContract('OPC UA', async () => {
  const { endpoint, level } = await server();
  return {
    source: opcuaSource(options(endpoint)),
    raise: async () => level(85),
    clear: async () => level(50),
    close: async () => {},
    expected: { tag: 'TK-1', condition: 'Level high' },
  };
});

describe('OPC UA', () => {
  it('acknowledges at the server where that is configured, and has no such verb where it is not', async () => {
    const { endpoint, level, acknowledged } = await server();
    expect(opcuaSource(options(endpoint)).acknowledge).toBeUndefined();
    expect(opcuaSource(options(endpoint)).shelve).toBeUndefined();
    const source = opcuaSource({ ...options(endpoint), acknowledge: true });
    const door = collectingDoor();
    await source.start(door);
    level(90);
    await vi.waitFor(() => expect(door.alerts.some(({ status }) => status === 'active')).toBe(true), {
      timeout: 20_000,
    });
    expect(acknowledged()).toBe(false);
    await source.acknowledge!(door.alerts.at(-1)!.fingerprint, { id: 'web:local', name: 'Ann' }, 'seen');
    expect(acknowledged()).toBe(true);
    await source.stop();
  });

  it('signed and encrypted, once the server is trusted; shelves there and takes off again where that is configured', async () => {
    const { endpoint, level, shelving } = await server();
    const source = opcuaSource({ ...options(endpoint), security: 'SignAndEncrypt', shelve: true, retryMs: 100 });
    const door = collectingDoor();
    // A server that nobody has vouched for is not listened to.
    await source.start(door);
    expect(source.problem()).toMatch(/the server's certificate is not trusted: .*rejected to .*trusted\/certs/);
    const rejected = join(certificates, 'rejected');
    for (const file of readdirSync(rejected)) {
      renameSync(join(rejected, file), join(certificates, 'trusted', 'certs', file));
    }
    await vi.waitFor(() => expect(source.problem()).toBeNull(), { timeout: 20_000 });
    level(90);
    await vi.waitFor(() => expect(door.alerts.at(-1)?.status).toBe('active'), { timeout: 20_000 });
    const { fingerprint } = door.alerts.at(-1)!;
    const ann = { id: 'web:local', name: 'Ann' };
    await source.shelve!(fingerprint, 15, ann);
    expect(shelving()).toBe('TimedShelved');
    await source.unshelve!(fingerprint, ann);
    expect(shelving()).toBe('Unshelved');
    // Its time may have run out before.
    await source.unshelve!(fingerprint, ann);
    expect(source.acknowledge).toBeUndefined();
    await source.stop();
  });

  it('what it cannot be told now is to be told again: before it has heard of the condition, and while it is away', async () => {
    const { endpoint, level, acknowledged } = await server();
    level(90);
    const ann = { id: 'web:local', name: 'Ann' };
    const source = opcuaSource({ ...options(endpoint), acknowledge: true });
    const { fingerprint } = alertOf({
      ...{ source: 'opcua', tag: '', condition: 'x', priority: 'low', status: 'normal' },
      fingerprint: 'not told of yet',
    });
    await expect(source.acknowledge!(fingerprint, ann, 'seen')).rejects.toThrow(NotYet);
    const door = collectingDoor();
    await source.start(door);
    await expect(source.acknowledge!(fingerprint, ann, 'seen')).rejects.toThrow(/not known yet/);
    await vi.waitFor(() => expect(door.alerts.at(-1)?.status).toBe('active'), { timeout: 20_000 });
    const again = () => source.acknowledge!(door.alerts.at(-1)!.fingerprint, ann, 'seen');
    await again();
    expect(acknowledged()).toBe(true);
    // Acknowledging is a change, too, of which it has not heard yet. Twice does no harm.
    await again().catch((error) => expect(error).toBeInstanceOf(NotYet));
    await vi.waitFor(again, { timeout: 20_000 });
    await source.stop();
    await expect(source.acknowledge!(door.alerts.at(-1)!.fingerprint, ann, 'seen')).rejects.toThrow(NotYet);
  });

  it('is told after a restart of what was acknowledged on a card just before the process died', async () => {
    const { endpoint, level, acknowledged } = await server();
    level(90);
    const source = () => opcuaSource({ ...options(endpoint), acknowledge: true });
    const desk = { clock: () => new Date() };
    const dying: AlertSource = { ...source(), acknowledge: () => new Promise(() => {}) };
    const first = await openAlertBot({ desk, sources: [dying] });
    await soon(() => expect(first.cards()).toMatchObject([{ state: 'open', alarms: [{ tag: 'TK-1' }] }]));
    expect(await first.press({ kind: 'acknowledge', cardId: first.cards()[0]!.id })).toMatchObject({ kind: 'done' });
    await soon(() => expect(first.cards()[0]!.acknowledgedBy).toEqual(ANN));
    await first.bot.stop(100);
    expect(acknowledged()).toBe(false);
    const second = await openAlertBot({ desk, sources: [source()], dataDir: first.dataDir });
    await vi.waitFor(() => expect(acknowledged()).toBe(true), { timeout: 20_000 });
    await second.bot.stop(100);
  });

  it('tells after a start of what was active before', async () => {
    const { endpoint, level } = await server();
    level(97);
    const source = opcuaSource(options(endpoint));
    const door = collectingDoor();
    await source.start(door);
    await vi.waitFor(() => expect(door.alerts).toMatchObject([{ status: 'active', tag: 'TK-1' }]), { timeout: 20_000 });
    await source.stop();
  });

  it('goes on when the server was away for a while, and learns what it missed', async () => {
    const port = await freePort();
    const first = await opcuaPeer(port);
    const source = opcuaSource(options(first.endpoint));
    const door = collectingDoor();
    await source.start(door);
    await first.close();
    await vi.waitFor(() => expect(source.problem()).toMatch(/connection to the server was lost/), { timeout: 20_000 });
    const second = await opcuaPeer(port);
    second.level(97);
    await vi.waitFor(() => expect(door.alerts.at(-1)).toMatchObject({ status: 'active' }), { timeout: 40_000 });
    expect(source.problem()).toBeNull();
    await source.stop();
    await second.close();
  });

  it('a server that is away is said in `problem`, and does not keep the bot from starting', async () => {
    const source = opcuaSource({ ...options(`opc.tcp://127.0.0.1:${await freePort()}`), connectRetries: 0 });
    await source.start(collectingDoor());
    expect(source.problem()).toMatch(/^\[opcua\] no answer/);
    await source.stop();
  });
});
