/** A round that keeps away while somebody waits. */
import { describe, expect, it, vi } from 'vitest';
import { idleWatch } from '../../../models/distill/idle.ts';

describe('the watch over who waits', () => {
  it('holds work that asks for its turn, and tells work that cannot ask', async () => {
    let waiting = false;
    const idle = idleWatch(async () => waiting, 5);
    const told: boolean[] = [];
    const unwatch = idle.onChange((paused) => told.push(paused));
    await idle.turn();
    waiting = true;
    await vi.waitFor(() => expect(told).toEqual([true]));
    let had = false;
    const turn = idle.turn().then(() => {
      had = true;
    });
    // Whoever comes later is told at once.
    const late: boolean[] = [];
    idle.onChange((paused) => late.push(paused));
    expect(late).toEqual([true]);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(had).toBe(false);
    waiting = false;
    await turn;
    unwatch();
    expect(told).toEqual([true, false]);
    idle.close();
  });

  it('holds nothing where it cannot be told, nor once it is closed', async () => {
    const broken = idleWatch(async () => {
      throw new Error('the store is gone');
    }, 5);
    await broken.turn();
    broken.close();
    const closed = idleWatch(async () => true, 5);
    await vi.waitFor(() => {
      const told: boolean[] = [];
      closed.onChange((paused) => told.push(paused))();
      expect(told).toEqual([true]);
    });
    const turn = closed.turn();
    closed.close();
    await turn;
  });
});
