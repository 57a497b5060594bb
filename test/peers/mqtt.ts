/** A real MQTT broker (aedes) on loopback, in this process, for tests. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';

export interface Broker {
  url: string;
  /** As a machine: quality of service 1; resolves when the broker has it. */
  publish(topic: string, payload: string | Uint8Array): Promise<void>;
  /** As a machine that listens to commands. */
  answer(topic: string, listener: (topic: string, payload: Uint8Array) => unknown): Promise<void>;
  close(): Promise<void>;
}

export async function mqttBroker(access?: { user: string; password: string }): Promise<Broker> {
  const broker = await Aedes.createBroker();
  if (access) {
    broker.authenticate = (_client, user, password, done) =>
      done(null, user === access.user && password?.toString() === access.password);
  }
  const server = createServer(broker.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const machine = await mqtt.connectAsync(url, access ? { username: access.user, password: access.password } : {});
  return {
    url,
    publish: async (topic, payload) => void (await machine.publishAsync(topic, Buffer.from(payload), { qos: 1 })),
    async answer(topic, listener) {
      machine.on('message', (from, payload) => void listener(from, payload));
      await machine.subscribeAsync(topic);
    },
    async close() {
      await machine.endAsync(true);
      await new Promise<void>((resolve) => broker.close(resolve));
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
