/** What every alert source must do. A new source runs this suite with a peer that raises and clears one alarm. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Alert, AlertDoor, AlertSource } from '../../bot/types.ts';

export interface SourceFixture {
  source: AlertSource;
  /** Lets the peer raise the alarm, or clear it. Resolves when the peer has sent it, taken or not. */
  raise(): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
  /** Sends what cannot be understood; left out where the protocol has no such thing. */
  garble?(): Promise<void>;
  expected: Partial<Alert>;
}

export interface CollectingDoor extends AlertDoor {
  alerts: Alert[];
  rejected: string[];
  failing: boolean;
}

export function collectingDoor(): CollectingDoor {
  const door: CollectingDoor = {
    alerts: [],
    rejected: [],
    failing: false,
    async handleAlerts(alerts) {
      if (door.failing) throw new Error('the disk is full');
      door.alerts.push(...alerts);
    },
    async rejectAlerts(source, reason) {
      door.rejected.push(`${source}: ${reason}`);
    },
  };
  return door;
}

const soon = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 20 });

export function sourceContract(name: string, open: () => Promise<SourceFixture>): void {
  describe(`${name} as a source`, () => {
    const closers: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
    });
    const started = async () => {
      const fixture = await open();
      const door = collectingDoor();
      closers.push(fixture.close, () => fixture.source.stop());
      await fixture.source.start(door);
      return { ...fixture, door };
    };

    it('tells of an alarm and its end under one fingerprint, each with an id of its own', async () => {
      const { source, raise, clear, door, expected } = await started();
      await soon(() => expect(source.problem()).toBeNull());
      await raise();
      await soon(() => expect(door.alerts.some(({ status }) => status === 'active')).toBe(true));
      await clear();
      await soon(() => expect(door.alerts.at(-1)?.status).toBe('normal'));
      const active = door.alerts.find(({ status }) => status === 'active')!;
      const normal = door.alerts.at(-1)!;
      expect(active).toMatchObject({ source: source.name, ...expected });
      expect(normal.fingerprint).toBe(active.fingerprint);
      expect(new Set(door.alerts.map(({ id }) => id)).size).toBe(door.alerts.length);
      expect(Number.isFinite(Date.parse(active.at))).toBe(true);
    });

    it('loses nothing while it cannot be stored', async () => {
      const { raise, door } = await started();
      door.failing = true;
      const sent = raise();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(door.alerts.filter(({ status }) => status === 'active')).toEqual([]);
      door.failing = false;
      await sent;
      await soon(() => expect(door.alerts.some(({ status }) => status === 'active')).toBe(true));
    });

    it('counts what it does not understand, and goes on', async () => {
      const { raise, garble, door } = await started();
      if (garble) {
        await garble();
        await soon(() => expect(door.rejected).toHaveLength(1));
      }
      await raise();
      await soon(() => expect(door.alerts.some(({ status }) => status === 'active')).toBe(true));
    });
  });
}
