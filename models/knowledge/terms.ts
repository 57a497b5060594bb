/**
 * A plant's sheet in the terms of the sheet it is laid over: "Motor", "bearing failure" and "Coast-down time" are the
 * electric motor, its bearing damage and its coast down time, so that their decisions replace the shipped ones instead of
 * standing beside them. A name that could mean two things, or that its sheet has beside the other, stays as it is.
 */
import type { Sheet } from './types.ts';

interface Named {
  name: string;
  synonyms: readonly string[];
}

/** What was taken for what: `fault 'bearing failure' is taken for 'bearing damage'`. */
export type Taken = string;

/** The sheet of `sheets` that is meant by an asset's name or synonym. */
export function sheetMeant(sheets: readonly Sheet[], asset: string): Sheet | undefined {
  const name = meant(
    sheets.map((sheet) => ({ name: sheet.asset, synonyms: sheet.synonyms })),
    asset,
  );
  return sheets.find((sheet) => sheet.asset === name);
}

/** `over` with the names of `under`. */
export function inTermsOf(under: Sheet, over: Sheet): { sheet: Sheet; taken: Taken[] } {
  const taken: Taken[] = [];
  const translate = (kind: string, of: readonly Named[], own: readonly Named[]): ((name: string) => string) => {
    const names = new Set(own.map(({ name }) => name));
    const to = new Map<string, string>();
    for (const { name } of own) {
      const found = meant(of, name);
      if (found === undefined || found === name || names.has(found) || [...to.values()].includes(found)) continue;
      to.set(name, found);
      taken.push(`${kind} '${name}' is taken for '${found}'`);
    }
    return (name) => to.get(name) ?? name;
  };
  const parameter = translate('parameter', under.parameters, over.parameters);
  const fault = translate('fault', under.faults, over.faults);
  const component = translate('component', under.components, over.components);
  if (over.asset !== under.asset) taken.push(`asset '${over.asset}' is taken for '${under.asset}'`);
  const sheet: Sheet = {
    ...over,
    asset: under.asset,
    parameters: over.parameters.map((one) => ({ ...one, name: parameter(one.name) })),
    components: over.components.map((one) => ({ ...one, name: component(one.name) })),
    faults: over.faults.map((one) => ({
      ...one,
      name: fault(one.name),
      components: one.components.map(component),
      shows: one.shows.map((cell) => ({ ...cell, parameter: parameter(cell.parameter) })),
      not: one.not.map((cell) => ({ ...cell, parameter: parameter(cell.parameter) })),
    })),
    rules: over.rules.map((rule) => (rule.fault === undefined ? rule : { ...rule, fault: fault(rule.fault) })),
  };
  return { sheet, taken };
}

/** The one whose name it is; else the one that has it among its synonyms, where only one has. */
function meant(of: readonly Named[], name: string): string | undefined {
  const key = folded(name);
  const own = of.filter((one) => folded(one.name) === key);
  const found = own.length ? own : of.filter(({ synonyms }) => synonyms.some((synonym) => folded(synonym) === key));
  return found.length === 1 ? found[0]!.name : undefined;
}

/** "Coast-down times" and "coast down time" are one. */
function folded(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .split(' ')
    .map((word) => (word.length > 3 ? word.replace(/(?<=[^s])s$/, '') : word))
    .join(' ');
}
