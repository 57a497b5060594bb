/** Alarms of a real OPC UA server; acknowledged there only where that is configured. */
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type OpcuaOptions, opcuaSource } from '../../adapters/opcua/opcua.ts';
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
const options = (endpoint: string): OpcuaOptions => ({
  ...{ name: 'opcua', endpoint, security: 'None', node: 'i=2253', acknowledge: false, shelve: false },
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

  it('tells after a start of what was active before', async () => {
    const { endpoint, level } = await server();
    level(97);
    const source = opcuaSource(options(endpoint));
    const door = collectingDoor();
    await source.start(door);
    await vi.waitFor(() => expect(door.alerts).toMatchObject([{ status: 'active', tag: 'TK-1' }]), { timeout: 20_000 });
    await source.stop();
  });

  it('a server that is away is said in `problem`, and does not keep the bot from starting', async () => {
    const source = opcuaSource({ ...options(`opc.tcp://127.0.0.1:${await freePort()}`), connectRetries: 0 });
    await source.start(collectingDoor());
    expect(source.problem()).toMatch(/^\[opcua\] no answer/);
    await source.stop();
  });
});
