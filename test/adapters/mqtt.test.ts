/** Alerts over MQTT from a real broker: JSON and Sparkplug B; kept by the broker until they are on disk. */
import sparkplug from 'sparkplug-payload';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type MqttOptions, mqttSource } from '../../adapters/mqtt/mqtt.ts';
import { mqttBroker } from '../peers/mqtt.ts';
import { collectingDoor, sourceContract } from './source.contract.ts';

const codec = sparkplug.get('spBv1.0')!;
const base = (url: string): MqttOptions => ({
  ...{ name: 'mqtt', url, active: ['on', 'true'], priorities: {}, priority: 'medium', topics: ['plant/+/alarms'] },
  fields: { tag: '$topic.1', condition: 'alarm', status: 'state', priority: 'level', at: 'ts' },
});
const soon = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 });
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

sourceContract('MQTT', async () => {
  const broker = await mqttBroker();
  let ts = 1_795_000_000_000;
  const tell = (state: string) => {
    ts += 1000;
    return broker.publish('plant/P-101/alarms', JSON.stringify({ alarm: 'Vibration high', state, level: 'major', ts }));
  };
  return {
    source: mqttSource(base(broker.url)),
    raise: () => tell('on'),
    clear: () => tell('off'),
    garble: () => broker.publish('plant/P-101/alarms', '{"alarm":'),
    close: broker.close,
    expected: { tag: 'P-101', condition: 'Vibration high', priority: 'high' },
  };
});

describe('Sparkplug B', () => {
  const metric = (name: string | undefined, alias: number, value: boolean | number) =>
    ({ ...(name ? { name } : {}), alias, value, type: typeof value === 'boolean' ? 'Boolean' : 'Double' }) as never;
  const payload = (metrics: never[], seq = 0) => codec.encodePayload({ timestamp: Date.now(), seq, metrics });

  async function open(rebirth = false) {
    const broker = await mqttBroker();
    const door = collectingDoor();
    const source = mqttSource({
      ...base(broker.url),
      ...{ topics: undefined, fields: undefined },
      priorities: { '*Trip*': 'critical' },
      sparkplug: { groups: ['plant'], alarms: ['*Alarm*', '*Trip*'], tag: 'device', rebirth },
    });
    await source.start(door);
    closers.push(broker.close, () => source.stop());
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { broker, door, source };
  }

  it('births name metrics, data by alias changes them, deaths and births again are alarms of their own', async () => {
    const { broker, door } = await open();
    const bdSeq = { name: 'bdSeq', value: 0, type: 'Int64' } as never;
    await broker.publish('spBv1.0/plant/NBIRTH/edge1', payload([bdSeq]));
    await broker.publish(
      'spBv1.0/plant/DBIRTH/edge1/P-101',
      payload([
        metric('Alarm/Vibration high', 7, false),
        metric('Overspeed Trip', 8, false),
        metric('Vibration', 9, 3.2),
      ]),
    );
    await broker.publish(
      'spBv1.0/plant/DDATA/edge1/P-101',
      payload([metric(undefined, 7, true), metric(undefined, 9, 9.9)], 1),
    );
    await broker.publish('spBv1.0/plant/DDATA/edge1/P-101', payload([metric(undefined, 8, true)], 2));
    await soon(() => expect(door.alerts.filter(({ status }) => status === 'active')).toHaveLength(2));
    const [vibration, trip] = door.alerts.filter(({ status }) => status === 'active');
    expect(vibration).toMatchObject({ tag: 'P-101', condition: 'Alarm/Vibration high', priority: 'medium' });
    expect(trip).toMatchObject({ tag: 'P-101', condition: 'Overspeed Trip', priority: 'critical' });
    await broker.publish('spBv1.0/plant/DDATA/edge1/P-101', payload([metric(undefined, 7, false)], 3));
    await broker.publish('spBv1.0/plant/NDEATH/edge1', payload([bdSeq]));
    await soon(() =>
      expect(door.alerts.at(-1)).toMatchObject({ tag: 'edge1', condition: 'edge node offline', status: 'active' }),
    );
    expect(door.alerts.findLast(({ fingerprint }) => fingerprint === vibration!.fingerprint)!.status).toBe('normal');
    // A death of the session before last comes late: the node is there.
    const next = { name: 'bdSeq', value: 1, type: 'Int64' } as never;
    await broker.publish('spBv1.0/plant/NBIRTH/edge1', payload([next]));
    await broker.publish('spBv1.0/plant/NDEATH/edge1', payload([bdSeq]));
    await soon(() => expect(door.alerts.at(-1)).toMatchObject({ condition: 'edge node offline', status: 'normal' }));
  });

  it('what is no payload is counted; a value without a birth is said', async () => {
    const { broker, door, source } = await open();
    await broker.publish('spBv1.0/plant/NDATA/edge1', new Uint8Array([255, 255, 255]));
    await soon(() => expect(door.rejected).toEqual(['mqtt: malformed']));
    await broker.publish('spBv1.0/plant/DDATA/edge1/P-101', payload([metric(undefined, 7, true)]));
    await soon(() => expect(source.problem()).toContain('the birth of plant/edge1/P-101 was not heard'));
    expect(door.alerts).toEqual([]);
    await broker.publish('spBv1.0/plant/DBIRTH/edge1/P-101', payload([metric('Alarm/Vibration high', 7, true)]));
    await soon(() => expect(source.problem()).toBeNull());
  });

  it('a node whose birth was missed is asked for another, once, and only where that is allowed', async () => {
    for (const rebirth of [false, true]) {
      const { broker, door } = await open(rebirth);
      const asked: string[] = [];
      const birth = payload([metric('Alarm/Vibration high', 7, true)]);
      await broker.answer('spBv1.0/plant/NCMD/#', async (topic, message) => {
        const [command] = codec.decodePayload(message).metrics ?? [];
        asked.push(`${topic} ${command?.name} ${String(command?.value)}`);
        await broker.publish('spBv1.0/plant/DBIRTH/edge1/P-101', birth);
      });
      for (const seq of [1, 2])
        await broker.publish('spBv1.0/plant/DDATA/edge1/P-101', payload([metric(undefined, 7, true)], seq));
      // What was published before it has been dealt with when this is.
      await broker.publish('spBv1.0/plant/DDEATH/edge1/P-102', payload([]));
      await soon(() => expect(door.alerts.some(({ condition }) => condition === 'device offline')).toBe(true));
      if (rebirth)
        await soon(() =>
          expect(door.alerts.some(({ status, tag }) => status === 'active' && tag === 'P-101')).toBe(true),
        );
      expect(asked).toEqual(rebirth ? ['spBv1.0/plant/NCMD/edge1 Node Control/Rebirth true'] : []);
    }
  });
});

describe('the broker', () => {
  it('keeps what comes while we are away', async () => {
    const broker = await mqttBroker();
    const door = collectingDoor();
    const source = mqttSource(base(broker.url));
    closers.push(broker.close);
    await source.start(door);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await source.stop();
    await broker.publish('plant/P-101/alarms', JSON.stringify({ alarm: 'Flow low', state: 'on' }));
    await source.start(door);
    closers.push(() => source.stop());
    await soon(() => expect(door.alerts).toMatchObject([{ tag: 'P-101', condition: 'Flow low' }]));
  });

  it('that refuses us is said at the start, one that is away in `problem`', async () => {
    const broker = await mqttBroker({ user: 'rounds', password: 'right' });
    closers.push(broker.close);
    const wrong = mqttSource({ ...base(broker.url), user: 'rounds', password: 'wrong' });
    await expect(wrong.start(collectingDoor())).rejects.toThrow('[mqtt] mqtt://127.0.0.1');
    const away = mqttSource({ ...base('mqtt://127.0.0.1:1'), connectTimeoutMs: 200 });
    await away.start(collectingDoor());
    closers.push(() => away.stop());
    expect(away.problem()).toMatch(/^\[mqtt\] /);
  });
});
