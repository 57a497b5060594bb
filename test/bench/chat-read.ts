/** What a text says first, and what of a sheet it may give: how answers to chat messages are read. */
import type { Fault, Sheet } from '../../models/knowledge/types.ts';

/** The canonical name that stands earliest in the text; of two that begin there, the longer. */
export function nameFirst(text: string, named: readonly { name: string }[]): string | undefined {
  const found = named
    .map(({ name }) => ({ name, at: text.search(new RegExp(`\\b${name.replace(/[-()]/g, '\\$&')}\\b`)) }))
    .filter(({ at }) => at >= 0);
  return found.sort((a, b) => a.at - b.at || b.name.length - a.name.length)[0]?.name;
}

type List = 'causes' | 'effects' | 'checks' | 'actions' | 'components';

/** The items of these lists of these faults, lower case. */
export function listsOf(sheet: Sheet, faults: readonly string[], lists: readonly List[]): string[] {
  return sheet.faults
    .filter(({ name }) => faults.includes(name))
    .flatMap((fault) => lists.flatMap((list) => itemsOf(fault, list)))
    .map((item) => item.toLowerCase());
}

function itemsOf(fault: Fault, list: List): string[] {
  return list === 'checks' ? fault.checks.map(({ what }) => what) : fault[list];
}
