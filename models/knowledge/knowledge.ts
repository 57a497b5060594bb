/**
 * All that the plant knows: shipped sheets, the plant's own sheets over them cell by cell, and the asset register. It
 * knows how to merge; what a sheet must hold is check.ts's matter.
 */
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadInput } from '../errors.ts';
import { factsOf, limitFacts } from './facts.ts';
import { type Problem, throwFirst } from './problem.ts';
import { examineFile, SHEET_ENDINGS } from './read.ts';
import { emptyRegister, type Register, readRegister } from './register.ts';
import { inTermsOf, sheetMeant } from './terms.ts';
import type { Fact, Fault, Parameter, Rule, Sheet } from './types.ts';

export type { Problem } from './problem.ts';
export type { Register, Site } from './register.ts';

/** The sheets that ship with Rounds. */
export const SHIPPED_SHEETS = fileURLToPath(new URL('./sheets/', import.meta.url));
/** A register to begin with. */
export const EXAMPLE_PLANT = fileURLToPath(new URL('./example-plant.yaml', import.meta.url));

export interface Knowledge {
  sheets: Sheet[];
  /** By canonical class name. */
  sheet(asset: string): Sheet | undefined;
  register: Register;
  /** Every parameter once, with the synonyms of all sheets. */
  parameters: Parameter[];
  /** SHA-256 of every file read, by path: what a round was trained on. */
  hashes: Record<string, string>;
  facts: Fact[];
  /** Of `facts`, or of the limits, which are cited by their id and not searched. */
  fact(id: string): Fact | undefined;
  /** Warnings; errors are thrown. */
  problems: Problem[];
}

/**
 * Reads sheets from folders (those that do not exist are passed over) and the register. Of two sheets for one class the
 * later one wins cell by cell: its decisions replace, its new faults, parameters and synonyms are added.
 * @throws BadInput naming file, line and field of the first error
 */
export async function loadKnowledge(from: { dirs: readonly string[]; plant?: string }): Promise<Knowledge> {
  const sheets = new Map<string, Sheet>();
  const hashes: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const dir of from.dirs) {
    for (const file of await sheetFiles(dir)) {
      const examined = await examineFile(file);
      throwFirst(examined.problems);
      problems.push(...examined.problems);
      hashes[file] = examined.sha256;
      for (const sheet of examined.sheets) {
        const former = sheets.get(sheet.asset) ?? sheetMeant([...sheets.values()], sheet.asset);
        if (!former && sheet.faults.length === 0) {
          const message =
            'has limits alone, and no sheet describes the class; describe a fault, or mend the class name';
          problems.push({ file, line: 1, field: sheet.asset, level: 'warning', message });
          continue;
        }
        if (!former) {
          sheets.set(sheet.asset, sheet);
          continue;
        }
        const { sheet: over, taken } = inTermsOf(former, sheet);
        problems.push(
          ...taken.map((message): Problem => ({ file, line: 1, field: sheet.asset, level: 'warning', message })),
        );
        sheets.set(former.asset, mergeSheets(former, over));
      }
    }
  }
  if (sheets.size === 0) {
    throw new BadInput(`no sheets in ${from.dirs.join(', ') || 'any folder'}: add one with rounds knowledge add FILE`);
  }
  const register = from.plant ? await readRegister(from.plant) : emptyRegister();
  return knowledgeOf([...sheets.values()], register, { hashes, problems, plant: from.plant });
}

/** Knowledge from sheets at hand, for those who make or merge their own. */
export function knowledgeOf(
  sheets: Sheet[],
  register: Register = emptyRegister(),
  extra: { hashes?: Record<string, string>; problems?: Problem[]; plant?: string } = {},
): Knowledge {
  const byAsset = new Map(sheets.map((sheet) => [sheet.asset, sheet]));
  const facts = sheets.flatMap(factsOf);
  const byId = new Map([...facts, ...sheets.flatMap(limitFacts)].map((fact) => [fact.id, fact]));
  const { register: known, problems } = withCanonicalClasses(register, sheets, extra.plant ?? 'register');
  return {
    sheets,
    sheet: (asset) => byAsset.get(asset),
    register: known,
    // A limit holds for its class alone.
    parameters: mergeParameters(sheets.flatMap((sheet) => sheet.parameters.map(({ limits: _, ...one }) => one))),
    hashes: extra.hashes ?? {},
    facts,
    fact: (id) => byId.get(id),
    problems: [...(extra.problems ?? []), ...problems],
  };
}

/** `over` wins cell by cell; what it does not say stays. */
export function mergeSheets(under: Sheet, over: Sheet): Sheet {
  const faults = new Map(under.faults.map((fault) => [fault.name, fault]));
  for (const fault of over.faults) {
    const former = faults.get(fault.name);
    faults.set(fault.name, former ? mergeFaults(former, fault) : fault);
  }
  return {
    asset: under.asset,
    synonyms: union(under.synonyms, over.synonyms),
    summary: over.summary || under.summary,
    standards: union(under.standards, over.standards),
    parameters: mergeParameters([...under.parameters, ...over.parameters]),
    components: byName([...under.components, ...over.components], (a, b) => ({
      name: a.name,
      synonyms: union(a.synonyms, b.synonyms),
      role: b.role || a.role,
    })),
    faults: [...faults.values()],
    rules: mergeRules(under.rules, over.rules),
    file: under.file === over.file ? under.file : `${under.file} with ${over.file}`,
  };
}

function mergeFaults(under: Fault, over: Fault): Fault {
  const decided = new Set([...over.shows, ...over.not].map((cell) => cell.parameter));
  const kept = <T>(now: T[], before: T[]): T[] => (now.length > 0 ? now : before);
  const whyBefore = new Map(under.shows.map((cell) => [cell.parameter, cell]));
  return {
    name: under.name,
    synonyms: union(under.synonyms, over.synonyms),
    components: union(under.components, over.components),
    mechanism: over.mechanism || under.mechanism,
    signs: union(over.signs, under.signs),
    heard: union(over.heard, under.heard),
    causes: kept(over.causes, under.causes),
    effects: kept(over.effects, under.effects),
    checks: kept(over.checks, under.checks),
    actions: kept(over.actions, under.actions),
    shows: [
      ...under.shows.filter((cell) => !decided.has(cell.parameter)),
      // A table that gives no reason does not take away the one that is known.
      ...over.shows.map((cell) => (cell.why ? cell : { ...cell, why: whyBefore.get(cell.parameter)?.why ?? '' })),
    ],
    not: [...under.not.filter((cell) => !decided.has(cell.parameter)), ...over.not],
  };
}

/** A rule for a condition that is known already takes its place; the others are added. */
function mergeRules(under: readonly Rule[], over: readonly Rule[]): Rule[] {
  const condition = (rule: Rule): string => folded(rule.when[0] ?? '');
  const rules = new Map(under.map((rule) => [condition(rule), rule]));
  for (const rule of over) rules.set(condition(rule), rule);
  return [...rules.values()];
}

function folded(wording: string): string {
  return wording.toLowerCase().replace(/\s+/g, ' ');
}

function mergeParameters(parameters: readonly Parameter[]): Parameter[] {
  return byName(parameters, (a, b) => ({
    name: a.name,
    synonyms: union(a.synonyms, b.synonyms),
    unit: a.unit || b.unit,
    measuredBy: union(a.measuredBy, b.measuredBy),
    ...limitsOver(a.limits, b.limits),
  }));
}

/** A plant's limits of a parameter take the place of all that stood there: half of one standard and half of another misleads. */
function limitsOver(under: Parameter['limits'], over: Parameter['limits']): Pick<Parameter, 'limits'> {
  const limits = over?.length ? over : under;
  return limits ? { limits } : {};
}

function byName<T extends { name: string }>(items: readonly T[], merge: (a: T, b: T) => T): T[] {
  const all = new Map<string, T>();
  for (const item of items) {
    const former = all.get(item.name);
    all.set(item.name, former ? merge(former, item) : item);
  }
  return [...all.values()];
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/** Registers say `centrifugal pump` where sheets say `pump`. */
function withCanonicalClasses(
  register: Register,
  sheets: readonly Sheet[],
  file: string,
): { register: Register; problems: Problem[] } {
  const canonical = new Map(
    sheets.flatMap((sheet) => [sheet.asset, ...sheet.synonyms].map((name) => [name, sheet.asset] as const)),
  );
  for (const sheet of sheets) canonical.set(sheet.asset, sheet.asset);
  const problems: Problem[] = [];
  const assets = register.assets.map((asset) => {
    const name = canonical.get(asset.class);
    if (name === undefined) {
      const message = `class '${asset.class}' has no sheet; add one with rounds knowledge add FILE, or mend the class`;
      problems.push({ file, line: 1, field: asset.tag, level: 'warning', message });
    }
    return { ...asset, class: name ?? asset.class };
  });
  const classOf = new Map(assets.map((asset) => [asset.tag, asset]));
  return {
    register: {
      site: register.site,
      assets,
      find: (tag) => {
        const found = register.find(tag);
        return found && (classOf.get(found.tag) ?? found);
      },
    },
    problems,
  };
}

async function sheetFiles(dir: string): Promise<string[]> {
  try {
    const names = await readdir(dir);
    return names
      .filter((name) => SHEET_ENDINGS.includes(extname(name).toLowerCase()) && !basename(name).startsWith('.'))
      .sort()
      .map((name) => join(dir, name));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new BadInput(`${dir}: cannot be read as a folder of sheets (${code}): check its name and permissions`, {
      cause,
    });
  }
}
