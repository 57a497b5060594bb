/** Students of a place: chosen by class and area, each with a choice and a way back of its own. */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { quiet } from '../../bot/logger.ts';
import { isOf, serveSpecialists } from '../../bot/serving/specialists.ts';
import { openRegistry } from '../../models/student/registry.ts';
import { writeSmall } from '../models/student/fixture.ts';
import { afterwards, temporaryFolder } from './fixture.ts';

const place = (name: string, of: { classes?: string[]; areas?: string[] }) => ({ name, classes: [], areas: [], ...of });

describe('specialists', () => {
  it('are of a class, of an area, or of a class in an area', () => {
    const pumps = place('pumps', { classes: ['pump'] });
    const north = place('north', { areas: ['north'] });
    const both = place('both', { classes: ['pump'], areas: ['north'] });
    expect([pumps, north, both].map((one) => isOf(one, { asset: 'pump', area: 'south' }))).toEqual([
      true,
      false,
      false,
    ]);
    expect([pumps, north, both].map((one) => isOf(one, { asset: 'pump', area: 'north' }))).toEqual([true, true, true]);
    expect([pumps, north, both].map((one) => isOf(one, { asset: 'fan', area: 'north' }))).toEqual([false, true, false]);
    expect([pumps, north, both].map((one) => isOf(one, {}))).toEqual([false, false, false]);
  });

  it('serve from the moment one is chosen, and go back by themselves', async () => {
    const dataDir = await temporaryFolder();
    const source = await temporaryFolder();
    const options = { dataDir, shippedDir: join(source, 'none') };
    const general = await openRegistry(options);
    afterwards(() => general.close());
    for (const id of ['all', 'pumps-1']) {
      await writeSmall(join(source, id), undefined, id);
      await general.add(join(source, id));
    }
    await general.use('all');
    const specialists = await serveSpecialists([place('pumps', { classes: ['pump'] })], options, {
      logger: quiet,
      follow: true,
    });
    afterwards(() => specialists.close());
    expect(specialists.of({ asset: 'pump' })).toEqual([]);
    expect(specialists.problems()).toEqual([]);

    const pumps = await openRegistry({ ...options, place: 'pumps' });
    afterwards(() => pumps.close());
    await expect(pumps.current()).rejects.toThrow(/no student was chosen for pumps: run `rounds distill --for pumps`/);
    await pumps.use('pumps-1');
    await vi.waitFor(() => expect(specialists.of({ asset: 'pump' })[0]?.card.id).toBe('pumps-1'), { timeout: 30_000 });
    expect(specialists.of({ asset: 'fan' })).toEqual([]);
    expect((await general.current()).entry.id).toBe('all');
    expect(specialists.serving()).toEqual([{ place: 'pumps', student: 'pumps-1' }]);
    expect((await pumps.rollback()).id).toBe('all');
    await vi.waitFor(() => expect(specialists.serving()).toEqual([{ place: 'pumps', student: 'all' }]), {
      timeout: 30_000,
    });
    await expect(pumps.rollback()).rejects.toThrow(/nothing to roll back to/);
  });
});
