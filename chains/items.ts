/** Which list of a sheet options are taken from: causes, effects, checks or actions. It knows no wording of questions. */
import { per } from '../models/knowledge/per.ts';
import type { Asked } from '../models/knowledge/select.ts';
import type { Sheet } from '../models/knowledge/types.ts';
import { contentStems } from '../models/knowledge/words.ts';

type ItemKind = Extract<Asked, 'causes' | 'effects' | 'checks' | 'actions'>;

/** The list that more than half of the options come from, in nearly the same words; undefined when none stands out. */
export function itemKind(sheet: Sheet, options: readonly string[]): ItemKind | undefined {
  if (options.length < 2) return undefined;
  const index = indexOf(sheet);
  const counts = new Map<ItemKind, number>();
  for (const option of options) {
    const kinds = index.get(key(option));
    // An item of two lists tells nothing.
    if (kinds?.size !== 1) continue;
    for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best && best[1] > options.length / 2 ? best[0] : undefined;
}

/**
 * Share of the options that are known for what they are: names or items of the sheet in any of its wordings, names of other
 * sheets, or those that the caller knows. Yes and no are no item of any.
 */
export function knownShare(
  sheet: Sheet | undefined,
  sheets: readonly Sheet[],
  options: readonly { text: string; known: boolean }[],
): number {
  const real = options.filter(({ text }) => !ABOUT_OTHERS.test(text));
  const items = sheet ? itemsOf(sheet) : new Set();
  const names = namesOf(sheets);
  const isKnown = (text: string): boolean => YES_NO.test(text) || items.has(key(text)) || names.has(key(text));
  return real.length ? real.filter(({ text, known }) => known || isKnown(text)).length / real.length : 1;
}

const ABOUT_OTHERS = /^\W*(?:none|neither|no(?:ne)? of|all|both)\b/i;
const YES_NO = /^\W*(?:yes|no)\b/i;

const itemsOf = per(({ faults, parameters, components, rules }: Sheet): Set<string> => {
  const items = faults.map((fault) => [
    ...[fault.causes, fault.effects, fault.actions, fault.signs, fault.checks.map(({ what }) => what)].flat(),
  ]);
  const others = [
    ...[parameters.map(({ measuredBy }) => measuredBy), rules.map((rule) => [...rule.when, ...rule.do])].flat(),
    components.map(({ role }) => role),
  ];
  return new Set([...items, ...others].flat().map(key));
});

const namesOf = per((sheets: readonly Sheet[]): Set<string> => {
  const named = sheets.flatMap(({ faults, parameters, components }) => [...faults, ...parameters, ...components]);
  return new Set(named.flatMap(({ name, synonyms }) => [name, ...synonyms]).map(key));
});

const indexOf = per((sheet: Sheet): Map<string, Set<ItemKind>> => {
  const index = new Map<string, Set<ItemKind>>();
  const put = (kind: ItemKind, item: string): void => {
    const kinds = index.get(key(item)) ?? new Set();
    index.set(key(item), kinds.add(kind));
  };
  for (const fault of sheet.faults) {
    for (const cause of fault.causes) put('causes', cause);
    for (const effect of fault.effects) put('effects', effect);
    for (const check of fault.checks) put('checks', check.what);
    for (const action of fault.actions) put('actions', action);
  }
  return index;
});

function key(item: string): string {
  return [...new Set(contentStems(item))].sort().join(' ');
}
