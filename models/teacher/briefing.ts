/**
 * What the plant's sheets say about a question, for a reader with a larger window than the student's: the rows of the
 * faults and readings in question, of those that the options name, and, where only the machine is known, of all its faults.
 */
import { readableGrades } from '../knowledge/facts.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { Matcher } from '../knowledge/names.ts';
import type { Fact, Sheet } from '../knowledge/types.ts';
import type { TeacherQuestion } from './types.ts';

/** Characters of facts that one question is given. */
const LONGEST = 6000;
const FAULTS = 6;
const PARAMETERS = 4;

const OF_FAULT = ['shows', 'mechanism', 'signs', 'causes', 'checks', 'actions'] as const;

/** The most telling first; none where the machine is not known. What was recalled for the student comes before all. */
export function briefing(
  { knowledge, matcher }: { knowledge: Knowledge; matcher: Matcher },
  question: TeacherQuestion,
): Fact[] {
  const sheet = question.topic.asset === undefined ? undefined : knowledge.sheet(question.topic.asset);
  const ids = sheet ? idsOf(sheet, question, matcher) : [];
  const facts = new Map(
    [...question.facts, ...ids.flatMap((id) => knowledge.fact(id) ?? [])].map((one) => [one.id, one]),
  );
  let left = LONGEST;
  return [...facts.values()].filter((fact) => {
    left -= fact.text.length;
    return left >= 0;
  });
}

/** A fact as people and large models read it. */
export function factLine(fact: Fact): string {
  return readableGrades(fact.text);
}

function idsOf(sheet: Sheet, { question, options, topic }: TeacherQuestion, matcher: Matcher): string[] {
  const { asset } = sheet;
  const found = matcher.find(question, topic);
  const named = (kind: 'fault' | 'parameter'): string[] =>
    (options ?? []).flatMap((option) => matcher.nameOf(option, kind, asset)?.name ?? []);
  const here = (matches: readonly { candidates: { asset: string; name: string }[] }[]): string[] =>
    matches.flatMap(({ candidates }) => candidates.find((one) => one.asset === asset)?.name ?? []);
  const faults = unique([...topic.faults, ...here(found.faults)]);
  const optionFaults = unique(named('fault')).filter((name) => !faults.includes(name));
  const parameters = unique([...topic.parameters, ...here(found.parameters)]).slice(0, PARAMETERS);
  const subject = faults.slice(0, FAULTS);
  return [
    ...subject.flatMap((fault) => `${asset}/${fault}/shows`),
    ...parameters.map((parameter) => `${asset}/${parameter}/faults`),
    ...subject.flatMap((fault) =>
      unique([...parameters, ...named('parameter')]).map((parameter) => `${asset}/${fault}/why/${parameter}`),
    ),
    ...optionFaults
      .slice(0, FAULTS)
      .flatMap((fault) => [
        `${asset}/${fault}/shows`,
        ...parameters.map((parameter) => `${asset}/${fault}/why/${parameter}`),
      ]),
    ...subject.flatMap((fault) => OF_FAULT.slice(1).map((kind) => `${asset}/${fault}/${kind}`)),
    // Nothing but the machine is named: a diagnosis wants to see what it can have.
    ...(subject.length === 0 ? sheet.faults.map(({ name }) => `${asset}/${name}/signs`) : []),
    ...(subject.length === 0 ? sheet.faults.map(({ name }) => `${asset}/${name}/shows`) : []),
  ];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
