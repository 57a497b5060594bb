/** The pipeline: order, stopping, errors, and next() twice. */
import { describe, expect, it } from 'vitest';
import { compose, type Middleware } from '../../bot/compose.ts';

const named =
  (name: string): Middleware<string[]> =>
  async (seen, next) => {
    seen.push(`${name} in`);
    await next();
    seen.push(`${name} out`);
  };

describe('compose', () => {
  it('runs in order, inwards and outwards, the last in the middle', async () => {
    const seen: string[] = [];
    await compose([named('a'), named('b')])(seen, async () => void seen.push('last'));
    expect(seen).toEqual(['a in', 'b in', 'last', 'b out', 'a out']);
  });

  it('ends where next() is not called', async () => {
    const seen: string[] = [];
    await compose<string[]>([named('a'), async () => {}, named('b')])(seen, async () => void seen.push('last'));
    expect(seen).toEqual(['a in', 'a out']);
  });

  it('passes an error outwards', async () => {
    const fails: Middleware<string[]> = async () => {
      throw new Error('broken');
    };
    await expect(compose([named('a'), fails])([])).rejects.toThrow('broken');
  });

  it('names the middleware that calls next() twice', async () => {
    const twice: Middleware<string[]> = async function greedy(_, next) {
      await next();
      await next();
    };
    await expect(compose([twice])([])).rejects.toThrow(/greedy called next\(\) twice/);
  });

  it('may run many times at once, and is not changed by later changes of the list', async () => {
    const list = [named('a')];
    const run = compose(list);
    list.push(named('b'));
    const [one, two]: string[][] = [[], []];
    await Promise.all([run(one!), run(two!)]);
    expect([one, two]).toEqual([
      ['a in', 'a out'],
      ['a in', 'a out'],
    ]);
  });
});
