/**
 * Turns a list of middleware into one function. A middleware does its part, then calls `next()` to let the rest do
 * theirs; not calling it ends the way there. It does not know what flows through.
 */
import { RoundsError } from '../models/errors.ts';

export type Next = () => Promise<void>;
export type Middleware<C> = (context: C, next: Next) => Promise<void>;

/** The middleware in order as one; `last` runs when every one of them called `next()`. */
export function compose<C>(list: readonly Middleware<C>[]): (context: C, last?: Next) => Promise<void> {
  const steps = [...list];
  return (context, last) => {
    let reached = -1;
    const run = async (index: number): Promise<void> => {
      if (index <= reached) {
        const name = steps[index - 1]?.name || `number ${index}`;
        throw new RoundsError('next_twice', `middleware ${name} called next() twice: call it once, and await it`);
      }
      reached = index;
      const step = steps[index];
      if (step) await step(context, () => run(index + 1));
      else await last?.();
    };
    return run(0);
  };
}
