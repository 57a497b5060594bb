/** The plant's asset register: which tag is what machine, where, and whose. YAML (`site`, `assets`) or CSV. */
import { extname } from 'node:path';
import { z } from 'zod/v4';
import { parseCsv } from './csv.ts';
import { type Problem, readText, throwFirst } from './problem.ts';
import type { Asset } from './types.ts';
import { type Located, parseYaml, shapeProblems } from './yaml.ts';

export interface Site {
  name: string;
  /** Where people turn for anything that touches a safety system; shown in refusals. */
  safetyProcedure: string;
}

export interface Register {
  site: Site;
  assets: Asset[];
  /** Case, spaces, hyphens and the like do not matter: `p101`, `P 101` and `P-101` are one tag. */
  find(tag: string): Asset | undefined;
}

const NO_SITE: Site = { name: '', safetyProcedure: "the site's safety procedure" };

/** A register without assets, for a plant that has given none. */
export function emptyRegister(): Register {
  return registerOf(NO_SITE, []);
}

/** @throws BadInput naming file, line and field */
export async function readRegister(file: string): Promise<Register> {
  const { register, problems } = await examineRegister(file);
  throwFirst(problems);
  return register!;
}

/** Everything wrong with a register file; `register` is absent when there is an error. */
export async function examineRegister(file: string): Promise<{ register?: Register; problems: Problem[] }> {
  const read = await readText(file);
  if ('problem' in read) return { problems: [read.problem] };
  return extname(file).toLowerCase() === '.csv' ? fromCsv(read.text, file) : fromYaml(read.text, file);
}

/** What is compared when tags are: letters and digits, upper case. */
export function plainTag(tag: string): string {
  return tag.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function registerOf(site: Site, assets: Asset[]): Register {
  const byTag = new Map(assets.map((asset) => [plainTag(asset.tag), asset]));
  return { site, assets, find: (tag) => byTag.get(plainTag(tag)) };
}

// ------------------------------------------------------------------------------------------------ forms

const text = z
  .union([z.string(), z.number()], { error: 'is not a text; give one' })
  .transform((value) => String(value).trim());
const optional = text.nullish().transform((value) => value ?? '');
const needed = (what: string) =>
  z
    .union([z.string(), z.number()], { error: `is missing; give ${what}` })
    .transform((value) => String(value).trim())
    .refine((value) => value !== '', `is empty; give ${what}`);

const fields = {
  class: needed('the asset class, as a sheet names it'),
  area: optional,
  owner: optional,
  description: optional,
};
const assetForm = z.strictObject(fields, { error: 'is not {class, area, owner, description}; give these' });
const listedForm = z.strictObject(
  { tag: needed('the tag'), ...fields },
  { error: 'is not {tag, class, area, owner, description}; give these' },
);

const registerForm = z.strictObject(
  {
    site: z
      .union([
        text.transform((name) => ({ ...NO_SITE, name })),
        z.strictObject({ name: optional, safetyProcedure: optional }).transform((site) => ({
          name: site.name,
          safetyProcedure: site.safetyProcedure || NO_SITE.safetyProcedure,
        })),
      ])
      .default(NO_SITE),
    assets: z.union([z.array(listedForm), z.record(z.string(), assetForm)], {
      error: (issue) =>
        issue.input === undefined
          ? 'is missing; list the machines by tag'
          : 'is not a list of {tag, class, …}; give one',
    }),
  },
  { error: 'is not a mapping with site and assets; give these' },
);

function fromYaml(source: string, file: string): { register?: Register; problems: Problem[] } {
  const parsed = parseYaml(source, file);
  if ('problems' in parsed) return { problems: parsed.problems };
  const { located } = parsed;
  const shape = registerForm.safeParse(located.value);
  if (!shape.success) return { problems: unionless(shape.error, located, file) };
  const { site, assets } = shape.data;
  const listed: { asset: Asset; path: PropertyKey[] }[] = Array.isArray(assets)
    ? assets.map((asset, i) => ({ asset, path: ['assets', i] }))
    : Object.entries(assets).map(([tag, asset]) => ({ asset: { tag, ...asset }, path: ['assets', tag] }));
  const problems = tagsOnce(
    listed.map(({ asset, path }) => ({ asset, line: located.line(path), field: path.join('.') })),
    file,
  );
  if (problems.length > 0) return { problems };
  return {
    register: registerOf(
      site,
      listed.map(({ asset }) => ({ ...asset, class: asset.class.toLowerCase() })),
    ),
    problems,
  };
}

/** zod says of a union only that nothing fitted; the deepest complaint of its branches is the one that helps. */
function unionless(error: z.ZodError, located: Located, file: string): Problem[] {
  const issues = error.issues.flatMap((issue): z.core.$ZodIssue[] => {
    if (issue.code !== 'invalid_union') return [issue];
    const inner = issue.errors.flat().map((each) => ({ ...each, path: [...issue.path, ...each.path] }));
    const deepest = Math.max(0, ...inner.map((each) => each.path.length));
    return deepest > issue.path.length ? inner.filter((each) => each.path.length === deepest) : [issue];
  });
  return shapeProblems({ issues } as z.ZodError, located, file);
}

function fromCsv(source: string, file: string): { register?: Register; problems: Problem[] } {
  const parsed = parseCsv(source, file);
  if ('problems' in parsed) return { problems: parsed.problems };
  const problems: Problem[] = [];
  const missing = (line: number, field: string, message: string): void => {
    problems.push({ file, line, field, level: 'error', message });
  };
  for (const column of ['tag', 'class']) {
    if (!parsed.columns.includes(column)) missing(1, column, 'column is missing; add it to the header');
  }
  if (problems.length > 0) return { problems };
  const listed = parsed.rows.map(({ line, cells }) => {
    for (const column of ['tag', 'class']) if (!cells[column]) missing(line, column, 'is empty; fill it in');
    const { tag = '', class: name = '', area = '', owner = '', description = '' } = cells;
    return { asset: { tag, class: name.toLowerCase(), area, owner, description }, line, field: 'tag' };
  });
  problems.push(...tagsOnce(listed, file));
  if (problems.length > 0) return { problems };
  return {
    register: registerOf(
      NO_SITE,
      listed.map(({ asset }) => asset),
    ),
    problems,
  };
}

function tagsOnce(listed: readonly { asset: Asset; line: number; field: string }[], file: string): Problem[] {
  const first = new Map<string, number>();
  return listed.flatMap(({ asset, line, field }): Problem[] => {
    const tag = plainTag(asset.tag);
    const before = first.get(tag);
    first.set(tag, before ?? line);
    if (tag === '')
      return [{ file, line, field, level: 'error', message: 'tag has no letters or digits; give the tag' }];
    if (before === undefined) return [];
    return [
      { file, line, field, level: 'error', message: `tag '${asset.tag}' stands in line ${before} already; keep one` },
    ];
  });
}
