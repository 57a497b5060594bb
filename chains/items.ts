/** Which list of a sheet options are taken from: causes, effects, checks or actions. It knows no wording of questions. */
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

const indices = new WeakMap<Sheet, Map<string, Set<ItemKind>>>();

function indexOf(sheet: Sheet): Map<string, Set<ItemKind>> {
  const made = indices.get(sheet);
  if (made) return made;
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
  indices.set(sheet, index);
  return index;
}

function key(item: string): string {
  return [...new Set(contentStems(item))].sort().join(' ');
}
