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
  | 'explain'
  /** What to do when a condition is seen. */
  | 'rule'
  /** Which components the machine has, or never has. */
  | 'parts'
  /** What a component does, or which one does that. */
  | 'role'
  /** What measures a parameter. */
  | 'instruments';

export interface Subject {
  asked: Asked;
  asset: string;
  /** Canonical names. For `diagnose`, the candidates, most likely first. */
  faults: readonly string[];
  parameters: readonly string[];
  components?: readonly string[];
  /** For `rule`: places among the sheet's rules, best first. */
  rules?: readonly number[];
}

/** Looks a fact up by its id (see `Fact.id`). */
export type FactLookup = (id: string) => Fact | undefined;

/** At most five facts, the most telling last (nearest to the question). */
export function selectFacts(subject: Subject, lookup: FactLookup): Fact[] {
  const { asked, asset } = subject;
  const faults = subject.faults.slice(0, asked === 'diagnose' ? 4 : 3);
  const parameters = subject.parameters.slice(0, 2);
  const [first] = faults;
  const ids: string[] = [];
  const ofFaults = (kind: Fact['kind']): string[] => faults.map((fault) => `${asset}/${fault}/${kind}`);
  switch (asked) {
    case 'parameters':
      ids.push(...ofFaults('shows').reverse());
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
    case 'rule':
      ids.push(...(subject.rules ?? []).slice(0, 3).map((i) => `${asset}/rule/${i}`));
      ids.reverse();
      break;
    case 'parts':
      ids.push(`${asset}/components`);
      break;
    case 'role':
      ids.push(...(subject.components ?? []).slice(0, 3).map((component) => `${asset}/${component}/role`));
      ids.reverse();
      break;
    case 'instruments':
      ids.push(...parameters.map((name) => `${asset}/${name}/instruments`));
      break;
    default:
      ids.push(...ofFaults(asked).slice(0, 2));
  }
  return ids.flatMap((id) => lookup(id) ?? []).slice(-5);
}
