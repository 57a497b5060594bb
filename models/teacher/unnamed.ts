/**
 * A question that names no machine. What is wrong differs from class to class, yet a person at the machine is helped by what
 * it would be on the likeliest ones, said as that, and asked which it is.
 */
import type { Asks } from '../knowledge/asks.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import type { Found } from '../knowledge/names.ts';
import { likeliest } from '../knowledge/rank.ts';
import type { Register } from '../knowledge/register.ts';
import type { Sheet } from '../knowledge/types.ts';
import { listed, paragraph, sentence, withArticle } from './sentences.ts';
import type { Told } from './tell.ts';
import type { TeacherAnswer, TeacherQuestion } from './types.ts';

/** The classes that most plants have most of: of several that fit alike, these come first. */
const COMMON = ['pump', 'electric motor', 'fan', 'rolling bearing', 'gearbox', 'compressor', 'conveyor'];
/** Below this nothing speaks for a fault of any machine. */
const LEAST = 0.35;
/** Less sure than where the machine is known, and still no guess. */
const SURE = 0.6;
const MACHINES = 3;

/** What was seen, on the machines on which it would mean the most; undefined where it means little on any. */
export function diagnosedAnywhere(
  { sheets }: Knowledge,
  { question, understood }: TeacherQuestion,
  { assetCandidates }: Found,
): Told | undefined {
  const among = sheets.filter(({ asset }) => assetCandidates.length === 0 || assetCandidates.includes(asset));
  const ranked = likeliest(among, { signsText: question, parameters: understood?.seen ?? [] })
    .filter(({ score }) => score >= LEAST)
    .sort((a, b) => b.score - a.score || place(a.sheet) - place(b.sheet));
  const [best] = ranked;
  if (!best) return undefined;
  const near = ranked.filter(({ score }) => score >= 0.7 * best.score);
  const alike = near.filter(({ fault }) => fault.name === best.fault.name).slice(0, MACHINES);
  const other = near.find(({ fault }) => fault.name !== best.fault.name);
  const machines = alike.map(({ sheet }) => sheet).sort((a, b) => place(a) - place(b));
  const [check] = best.fault.checks;
  const named = listed(
    machines.map(({ asset }) => withArticle(asset)),
    'or',
  );
  return {
    kind: 'told',
    answer: sentence(
      `on which machine? For ${named} it would be ${best.fault.name}${check ? `; first ${check.what}` : ''}${
        other ? `; for ${withArticle(other.sheet.asset)} ${other.fault.name}` : ''
      }`,
    ),
    rationale: paragraph(
      best.fault.mechanism ? `${best.fault.name} means that ${best.fault.mechanism}` : '',
      'no machine was named: with its tag or class the answer is surer',
    ),
    confidence: SURE,
    facts: [`${best.sheet.asset}/${best.fault.name}/signs`, `${best.sheet.asset}/${best.fault.name}/checks`],
  };
}

/**
 * A fault that several classes have, as the commonest of them has it.
 * @param relation undefined where two faults are compared
 */
export function answeredForCommonest(
  found: Found,
  relation: Asks['relation'] | undefined,
  answer: (asset: string) => TeacherAnswer,
): TeacherAnswer | undefined {
  if ((relation && !OF_FAULT.includes(relation)) || found.faults.length === 0) return undefined;
  const having = found.faults.map(({ candidates }) => new Set(candidates.map(({ asset }) => asset)));
  const all = [...having[0]!].filter((asset) => having.every((assets) => assets.has(asset)));
  const [machine] = all.sort((a, b) => placeOf(a) - placeOf(b));
  const told = machine === undefined ? undefined : answer(machine);
  if (machine === undefined || told?.kind !== 'knows') return undefined;
  return asOf(machine, told);
}

/** A limit, as the commonest machine that could be meant has it; undefined where none has one. */
export function limitOfCommonest(
  { assetCandidates }: Pick<Found, 'assetCandidates'>,
  answer: (asset: string) => TeacherAnswer,
): TeacherAnswer | undefined {
  const machines = assetCandidates.length > 0 ? assetCandidates : COMMON;
  for (const machine of [...machines].sort((a, b) => placeOf(a) - placeOf(b))) {
    const told = answer(machine);
    if (told.kind === 'knows') return asOf(machine, told);
  }
  return undefined;
}

/** It was not said of which machine: that is told with the answer. */
export function asOf(machine: string, told: Extract<TeacherAnswer, { kind: 'knows' }>): TeacherAnswer {
  return {
    ...told,
    answer: `On which machine? For ${withArticle(machine)}: ${told.answer}`,
    confidence: Math.min(SURE, told.confidence),
  };
}

/** A tag that the register does not have, where all tags that begin alike are of one class: it is said what it was taken for. */
export function answeredForTag(
  register: Register,
  { unknownTags, tags, assets }: Found,
  answer: (asset: string) => TeacherAnswer,
): TeacherAnswer | undefined {
  const letters = (tag: string): string | undefined => /^\p{L}+/u.exec(tag)?.[0].toUpperCase();
  const [unknown] = unknownTags;
  const prefix = unknown && letters(unknown.text);
  if (!prefix || tags.length > 0 || assets.length > 0) return undefined;
  const like = register.assets.filter(({ tag }) => letters(tag) === prefix);
  const [asset, ...more] = new Set(like.map((one) => one.class));
  if (asset === undefined || more.length > 0 || like.length < 2) return undefined;
  const told = answer(asset);
  if (told.kind !== 'knows') return undefined;
  return {
    ...told,
    answer: `The register has no ${unknown.text}. Taken for ${withArticle(asset)}, as other ${prefix} tags are: ${told.answer}`,
    confidence: Math.min(SURE, told.confidence),
  };
}

const OF_FAULT: readonly Asks['relation'][] = [
  'parameters',
  'causes',
  'effects',
  'checks',
  'actions',
  'components',
  'explain',
];

function place(sheet: Sheet): number {
  return placeOf(sheet.asset);
}

function placeOf(asset: string): number {
  const at = COMMON.indexOf(asset);
  return at < 0 ? COMMON.length : at;
}
