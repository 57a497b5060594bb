/** What the knowledge teacher makes of a question before it answers: one sheet, the names in question, and what is asked. */
import type { Asks } from '../knowledge/asks.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { Found, How, Matcher, NameMatch } from '../knowledge/names.ts';
import type { Change, Component, Fact, Fault, Sheet } from '../knowledge/types.ts';
import type { Source, Topic } from './types.ts';

export interface Subject {
  /** The question's own words. */
  text: string;
  sheet: Sheet;
  faults: Fault[];
  parameters: { name: string; change?: Change }[];
  /** Parts that are asked about by name. */
  components: Component[];
  asks: Asks;
  /** 1 for names met word for word, less for misspelled ones and for what the conversation had to supply. */
  certainty: number;
}

export interface Known {
  knowledge: Knowledge;
  matcher: Matcher;
}

/** The question seen through one sheet. */
export function subjectIn(sheet: Sheet, text: string, found: Found, asked: Asks, topic: Topic): Subject {
  const here = (matches: readonly NameMatch[]): string[] =>
    unique(
      matches.flatMap((match) =>
        match.candidates
          .filter((one) => one.asset === sheet.asset)
          .map((one) => one.name)
          .slice(0, 1),
      ),
    );
  const known = (names: readonly string[], all: readonly { name: string }[]): string[] =>
    names.filter((name) => all.some((one) => one.name === name));
  const named = { faults: here(found.faults), parameters: here(found.parameters) };
  // A question that names neither takes both from the conversation; one that names a fault asks about that fault alone.
  const leans = named.faults.length === 0 && (named.parameters.length === 0 || asked.relation !== 'faults');
  const faults = named.faults.length > 0 ? named.faults : leans ? known(topic.faults, sheet.faults) : [];
  const parameters =
    named.parameters.length > 0 || named.faults.length > 0 || asked.relation !== 'faults'
      ? named.parameters
      : known(topic.parameters, sheet.parameters);
  // A part that is told by what it does is not among those that are named in telling it.
  const parts = asked.relation === 'role' && !asked.byRole ? here(found.components) : [];
  const components = parts.length > 0 || asked.byRole ? parts : known(topic.components ?? [], sheet.components);
  const worst = Math.min(
    1,
    ...[...found.faults, ...found.parameters, ...found.assets].map((match) => SURENESS[match.how]),
  );
  return {
    text,
    sheet,
    faults: faults.flatMap((name) => sheet.faults.find((fault) => fault.name === name) ?? []),
    parameters: parameters.map((name) => {
      const change = found.parameters.find((match) => match.candidates.some((one) => one.name === name))?.change;
      return change ? { name, change } : { name };
    }),
    components: components.flatMap((name) => sheet.components.find((part) => part.name === name) ?? []),
    asks: asked,
    certainty: worst * (named.faults.length === 0 && faults.length > 0 ? 0.95 : 1),
  };
}

const SURENESS: Record<How, number> = { exact: 1, synonym: 1, inflected: 0.98, typo: 0.92 };

/** Facts as sources that a person can look up; ids that are not known are left out. */
export function sourcesOf(knowledge: Knowledge, ids: readonly string[]): Source[] {
  return unique(ids).flatMap((id) => {
    const fact: Fact | undefined = knowledge.fact(id);
    return fact ? [{ title: fact.source, text: fact.text, kind: fact.kind, id: fact.id }] : [];
  });
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
