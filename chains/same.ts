/** Whether two answers to one question come to the same: the same options chosen, or the same thing named first. */
import { firstNamed } from '../models/distill/episodes.ts';
import type { Matcher } from '../models/knowledge/names.ts';
import { plain } from '../models/student/prompt.ts';
import { chosenOptions } from './answer.ts';

/** @param asset of the machine that was asked about, by which names are read */
export function sameAnswer(
  matcher: Matcher,
  { options = [], asset }: { options?: readonly string[]; asset?: string | undefined },
  a: string,
  b: string,
): boolean {
  if (options.length === 0) return plain(firstNamed(a)) === plain(firstNamed(b));
  const chosen = (said: string): string => {
    const asAsked = chosenOptions(said, options);
    if (asAsked.length) return asAsked.join();
    // A student's own try is in the sheets' names.
    const named = options.map(
      (option) =>
        (matcher.nameOf(option, 'parameter', asset) ?? matcher.nameOf(option, 'fault', asset))?.name ?? option,
    );
    return chosenOptions(said, named).join() || plain(said);
  };
  return chosen(a) === chosen(b);
}
