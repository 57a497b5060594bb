/**
 * Which facts belong beside a question once it is understood. Training and use call the same function, so that the
 * student finds in front of it what it was taught to read. It knows nothing of wording or of search.
 */
import type { Fact } from './types.ts';

/** What is asked of an asset, in the sheets' terms. */
export type Asked =
  | 'parameters'
  | 'faults'
  | 'cell'
  | 'diagnose'
  | 'causes'
  | 'effects'
  | 'checks'
  | 'actions'
  | 'components'
  | 'explain';

export interface Subject {
  asked: Asked;
  asset: string;
  /** Canonical names. For `diagnose`, the candidates, most likely first. */
  faults: readonly string[];
  parameters: readonly string[];
}

/** Looks a fact up by its id (see `Fact.id`). */
export type FactLookup = (id: string) => Fact | undefined;

/** At most five facts, the most telling last (nearest to the question). */
export function selectFacts(subject: Subject, lookup: FactLookup): Fact[] {
  const { asked, asset } = subject;
  const faults = subject.faults.slice(0, 3);
  const parameters = subject.parameters.slice(0, 2);
  const [first] = faults;
  const ids: string[] = [];
  const ofFaults = (kind: Fact['kind']): string[] => faults.map((fault) => `${asset}/${fault}/${kind}`);
  switch (asked) {
    case 'parameters':
      ids.push(...ofFaults('mechanism').slice(0, 1), ...ofFaults('shows'));
      break;
    case 'cell':
      ids.push(...faults.slice(0, 2).flatMap((fault) => parameters.map((name) => `${asset}/${fault}/why/${name}`)));
      break;
    case 'faults':
      ids.push(...parameters.map((name) => `${asset}/${name}/faults`));
      break;
    case 'diagnose':
      if (first) ids.push(`${asset}/${first}/checks`);
      ids.push(...ofFaults('signs').reverse());
      break;
    case 'components':
      ids.push(...ofFaults('components'));
      if (!first) ids.push(`${asset}/components`);
      break;
    case 'explain':
      ids.push(...ofFaults('shows').slice(0, 1), ...ofFaults('mechanism'));
      break;
    default:
      ids.push(...ofFaults(asked).slice(0, 2));
  }
  return ids.flatMap((id) => lookup(id) ?? []).slice(-5);
}
