/**
 * The rules of docs/sheets.md: a sheet's text becomes a `Sheet`, and whatever breaks a rule becomes a `Problem` with its
 * line and field. Errors keep a sheet from being used; warnings say what a rich sheet would still add. It reads no files.
 */
import { z } from 'zod/v4';
import type { Problem } from './problem.ts';
import { KNOWN_UNITS, unitNamed } from './quantities.ts';
import type { Change, Fault, Indication, Limit, Onset, Rule, Sheet } from './types.ts';
import { type Located, parseYaml, shapeProblems } from './yaml.ts';

export const CHANGES: readonly Change[] = ['rises', 'falls', 'fluctuates', 'appears', 'shifts'];
export const ONSETS: readonly Onset[] = ['early', 'developed', 'late'];

/** @param file name for problems; `as` is the name that sources show */
export function examineYaml(text: string, file: string, as: string): { sheet?: Sheet; problems: Problem[] } {
  const parsed = parseYaml(text, file);
  if ('problems' in parsed) return { problems: parsed.problems };
  const { located } = parsed;
  const shape = sheetForm.safeParse(located.value);
  if (!shape.success) return { problems: inOrder(shapeProblems(shape.error, located, file)) };
  const problems = inOrder(ruleProblems(shape.data, located, file));
  if (problems.some((problem) => problem.level === 'error')) return { problems };
  return { sheet: sheetOf(shape.data, as), problems };
}

// ------------------------------------------------------------------------------------------------ shape

const said = (what: string) => (issue: { input?: unknown }) =>
  issue.input === undefined ? `is missing; give ${what}` : `is ${kindOf(issue.input)}; give ${what}`;

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return `the ${typeof value} ${String(JSON.stringify(value)).slice(0, 40)}`;
}

const text = (what: string) => z.string({ error: said(what) }).trim();
const name = (what: string) =>
  text(what)
    .min(1, `is empty; give ${what}`)
    .max(80, 'is longer than 80 characters; shorten it')
    .refine((value) => value === value.toLowerCase(), 'is not lower case; write it in lower case');
const list = (what: string) =>
  z.array(text('text: quote it').min(1, 'is empty; take it out'), { error: said(`a list of ${what}`) }).default([]);
const mapping = <T extends z.ZodType>(what: string, of: T) =>
  z.record(name('a name'), of, {
    error: (issue) =>
      issue.code === 'invalid_key'
        ? 'is not a lower-case name; write it in lower case'
        : said(`a mapping of ${what}`)(issue),
  });
const optionalText = z
  .string({ error: said('text: quote it') })
  .trim()
  .nullish();

const cellForm = z.strictObject(
  {
    strength: z
      .number({ error: said('a number above 0 and at most 1') })
      .gt(0, 'is not above 0; give a number above 0, or list the parameter under not')
      .lte(1, 'is above 1; give a number of at most 1'),
    change: z.enum(CHANGES, { error: said(`one of ${CHANGES.join(', ')}`) }),
    onset: z.enum(ONSETS, { error: said(`one of ${ONSETS.join(', ')}`) }),
    why: optionalText,
  },
  { error: said('{strength, change, onset, why}') },
);

const faultForm = z.strictObject(
  {
    synonyms: list('synonyms'),
    components: list('components'),
    mechanism: optionalText,
    signs: list('signs'),
    heard: list('heard'),
    causes: list('causes'),
    effects: list('effects'),
    checks: z
      .array(
        z.strictObject(
          { what: name2('what is done'), tells: name2('what the finding tells') },
          { error: said('{what, tells}') },
        ),
        { error: said('a list of {what, tells}') },
      )
      .default([]),
    actions: list('actions'),
    shows: mapping('parameter: {strength, change, onset, why}', cellForm).nullish(),
    not: mapping('parameter: reason', optionalText).nullish(),
  },
  { error: said('the fields of a fault') },
);

function name2(what: string) {
  return text(what).min(1, `is empty; give ${what}`);
}

const wordings = (what: string) =>
  z
    .array(text('text: quote it').min(1, 'is empty; take it out'), { error: said(`a list of wordings of ${what}`) })
    .min(1, `is empty; give wordings of ${what}`);

const ruleForm = z.strictObject(
  {
    when: wordings('the condition'),
    do: wordings('the action'),
    heard: list('heard'),
    done: list('done'),
    why: name2('why this is done'),
    fault: optionalText,
  },
  { error: said('{when, do, why}') },
);

const number = (what: string) => z.number({ error: said(what) });
const boundary = number('a number, without its unit').nullish();

const limitForm = z.strictObject(
  {
    of: name2('the quantity and where it is measured'),
    synonyms: list('synonyms'),
    unit: name2('the unit of the boundaries'),
    bad: z.enum(['high', 'low'], { error: said('high or low') }).default('high'),
    zones: z
      .array(number('a number, without its unit'), { error: said('three boundaries: [A|B, B|C, C|D]') })
      .length(3, 'has not three boundaries; give [A|B, B|C, C|D], or alarm and stop')
      .nullish(),
    good: boundary,
    alarm: boundary,
    stop: boundary,
    for: optionalText,
    kW: z
      .array(number('a power in kW'), { error: said('[from, to] in kW') })
      .length(2, 'is not a range; give [from, to] in kW')
      .nullish(),
    source: name2('the standard or the practice it comes from'),
    note: optionalText,
  },
  { error: said('{of, unit, zones or alarm and stop, source}') },
);

const sheetForm = z.strictObject(
  {
    asset: name('the class name, lower case'),
    synonyms: list('synonyms'),
    summary: optionalText,
    standards: list('standards'),
    parameters: mapping(
      'parameters',
      z.strictObject(
        {
          synonyms: list('synonyms'),
          unit: optionalText,
          measuredBy: list('instruments'),
          limits: z.array(limitForm, { error: said('a list of limits') }).default([]),
        },
        { error: said('{synonyms, unit, measuredBy}') },
      ),
    ),
    components: mapping(
      'components',
      z.strictObject({ synonyms: list('synonyms'), role: optionalText }, { error: said('{synonyms, role}') }),
    ).default({}),
    faults: mapping('faults', faultForm).default({}),
    rules: z.array(ruleForm, { error: said('a list of {when, do, why}') }).default([]),
  },
  { error: said('a mapping that begins with asset:') },
);

type SheetForm = z.infer<typeof sheetForm>;
type FaultForm = SheetForm['faults'][string];
type RuleForm = SheetForm['rules'][number];
type LimitForm = z.infer<typeof limitForm>;

// ------------------------------------------------------------------------------------------------ rules

const MOST_WORDS = 25;
const MOST_WORDS_OF_RULE = 20;
const LEAST_WORDINGS = 2;
const LEAST: Record<'synonyms' | 'components' | 'signs' | 'causes' | 'effects' | 'checks' | 'actions', number> = {
  synonyms: 3,
  components: 1,
  signs: 4,
  causes: 2,
  effects: 2,
  checks: 2,
  actions: 2,
};

function ruleProblems(form: SheetForm, located: Located, file: string): Problem[] {
  const problems: Problem[] = [];
  const say = (level: Problem['level'], path: PropertyKey[], message: string): void => {
    problems.push({ file, line: located.line(path), field: path.join('.'), level, message });
  };
  const parameters = Object.keys(form.parameters);
  const components = Object.keys(form.components);
  // A plant may lay nothing but its limits over a sheet that has all the rest.
  const limitsAlone =
    Object.keys(form.faults).length === 0 && Object.values(form.parameters).some(({ limits }) => limits.length > 0);
  if (parameters.length === 0)
    say('error', ['parameters'], 'names no parameter; declare what the class is measured by');
  if (!limitsAlone) richness(form, say);
  for (const [parameter, { limits }] of Object.entries(form.parameters))
    limitProblems(limits, ['parameters', parameter, 'limits'], say);
  for (const group of ['parameters', 'components', 'faults'] as const) wordingsOnce(form[group], group, say);
  for (const [fault, value] of Object.entries(form.faults)) faultProblems(fault, value, parameters, components, say);
  heardOnce(form.faults, say);
  listedRules(form.rules, Object.keys(form.faults), say);
  return problems;
}

type Say = (level: Problem['level'], path: PropertyKey[], message: string) => void;

/** What a sheet that stands on its own has. */
function richness(form: SheetForm, say: Say): void {
  if (Object.keys(form.faults).length === 0)
    say('error', ['faults'], 'is missing or names no fault; describe at least one');
  if (!form.summary) say('warning', ['summary'], 'is missing; say in a sentence what the machine does');
  if (form.standards.length === 0) say('warning', ['standards'], 'is missing; name the standards the words follow');
  if (Object.keys(form.components).length === 0)
    say('warning', ['components'], 'is missing; name the parts and their roles');
  if (form.synonyms.length === 0) say('warning', ['synonyms'], 'is missing; say how people call the machine');
  for (const [parameter, { measuredBy }] of Object.entries(form.parameters)) {
    if (measuredBy.length === 0) say('warning', ['parameters', parameter], 'has no measuredBy; name the instruments');
  }
  for (const [component, { role }] of Object.entries(form.components)) {
    if (!role) say('warning', ['components', component], 'has no role; say what it is there for');
  }
}

/** One wording never means two things of a kind. */
function wordingsOnce(group: Record<string, { synonyms: string[] }>, kind: string, say: Say): void {
  const owner = new Map(Object.keys(group).map((name) => [name, name]));
  for (const [name, { synonyms }] of Object.entries(group)) {
    synonyms.forEach((synonym, i) => {
      const wording = synonym.toLowerCase().replace(/\s+/g, ' ');
      const path = [kind, name, 'synonyms', i];
      const other = owner.get(wording);
      if (other === name) say('warning', path, `'${synonym}' stands twice; keep one`);
      else if (other !== undefined) say('error', path, `'${synonym}' already means '${other}'; keep it in one place`);
      else owner.set(wording, name);
      if (synonym !== synonym.toLowerCase()) say('warning', path, `'${synonym}' is not lower case; write it so`);
    });
  }
}

/** What is heard of two faults tells neither. */
function heardOnce(faults: SheetForm['faults'], say: Say): void {
  const owner = new Map<string, string>();
  for (const [name, { heard }] of Object.entries(faults)) {
    heard.forEach((wording, i) => {
      const other = owner.get(wording.toLowerCase());
      if (other !== undefined)
        say('warning', ['faults', name, 'heard', i], `'${wording}' is told of '${other}' too; keep one`);
      else owner.set(wording.toLowerCase(), name);
    });
  }
}

/** Boundaries that can be read off: in a known unit, from good to bad, one statement for one quantity of one group. */
function limitProblems(limits: readonly LimitForm[], path: PropertyKey[], say: Say): void {
  const stated = new Map<string, number>();
  limits.forEach((limit, i) => {
    const at = (field: keyof LimitForm): PropertyKey[] => [...path, i, field];
    if (!unitNamed(limit.unit)) {
      say('error', at('unit'), `'${limit.unit}' is not a unit that is read; give one such as ${KNOWN_UNITS}`);
    }
    const { alarm, stop, good } = boundariesOf(limit);
    const single = [limit.good, limit.alarm, limit.stop].some((value) => value != null);
    if (limit.zones && single)
      say('error', at('zones'), 'stands beside good, alarm or stop; keep the one or the other');
    else if (alarm === undefined && stop === undefined)
      say('error', [...path, i], 'has no boundary; give zones: [A|B, B|C, C|D], or alarm, stop or both');
    const inOrder = [good, alarm, stop].filter((value) => value !== undefined);
    const away = limit.bad === 'low' ? -1 : 1;
    const wrong = inOrder.findIndex((value, k) => k > 0 && away * (value - inOrder[k - 1]!) <= 0);
    if (wrong > 0) {
      say(
        'error',
        at(limit.zones ? 'zones' : 'alarm'),
        `${inOrder[wrong]} does not lie beyond ${inOrder[wrong - 1]}; order them from good to bad, ${limit.bad === 'low' ? 'downwards' : 'upwards, or give bad: low'}`,
      );
    }
    if (limit.kW && limit.kW[0]! >= limit.kW[1]!) say('error', at('kW'), 'does not rise; give [from, to] in kW');
    const statement = [limit.of, limit.for ?? '', limit.bad].join('\n').toLowerCase();
    const other = stated.get(statement);
    if (other === undefined) stated.set(statement, i);
    else say('error', at('of'), `says the same as limit ${other + 1}; keep one, or tell under for what differs`);
  });
}

function boundariesOf({ zones, good, alarm, stop }: LimitForm): Pick<Limit, 'good' | 'alarm' | 'stop'> {
  if (zones) return { good: zones[0]!, alarm: zones[1]!, stop: zones[2]! };
  return {
    ...(good == null ? {} : { good }),
    ...(alarm == null ? {} : { alarm }),
    ...(stop == null ? {} : { stop }),
  };
}

function faultProblems(fault: string, form: FaultForm, parameters: string[], components: string[], say: Say): void {
  const at = (...path: PropertyKey[]): PropertyKey[] => ['faults', fault, ...path];
  for (const [field, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][]) {
    const count = form[field].length;
    if (count < least) {
      say('warning', at(field), `${count === 0 ? 'is missing' : `has only ${count}`}; give at least ${least}`);
    }
  }
  if (!form.mechanism) say('warning', at('mechanism'), `is missing; complete "${fault} means that …"`);
  else tooLong(form.mechanism, at('mechanism'), say);
  form.components.forEach((component, i) => {
    if (!components.includes(component)) {
      say('error', at('components', i), `'${component}' is not declared; add it under components or mend its spelling`);
    }
  });

  const shows = new Map(Object.entries(form.shows ?? {}));
  const not = new Map(Object.entries(form.not ?? {}));
  if (shows.size === 0) say('error', at('shows'), 'names no parameter; a fault shows in at least one');
  const ranks = new Map<number, string>();
  for (const [parameter, cell] of shows) {
    const path = at('shows', parameter);
    if (!parameters.includes(parameter)) say('error', path, `'${parameter}' is not declared; add it under parameters`);
    const equal = ranks.get(cell.strength);
    if (equal !== undefined) {
      say(
        'error',
        [...path, 'strength'],
        `${cell.strength} is also that of '${equal}'; make one higher, so that they rank`,
      );
    }
    ranks.set(cell.strength, parameter);
    if (!cell.why) say('warning', [...path, 'why'], 'is missing; say from mechanism to measurement why it shows');
    else tooLong(cell.why, [...path, 'why'], say);
  }
  for (const [parameter, why] of not) {
    const path = at('not', parameter);
    if (!parameters.includes(parameter)) say('error', path, `'${parameter}' is not declared; add it under parameters`);
    if (shows.has(parameter)) say('error', path, `'${parameter}' is under shows as well; keep one of the two`);
    if (!why) say('warning', path, 'gives no reason; say why the fault does not reach it');
    else tooLong(why, path, say);
  }
  for (const parameter of parameters) {
    if (!shows.has(parameter) && !not.has(parameter)) {
      say('error', at('shows'), `'${parameter}' is not decided; put it under shows or under not`);
    }
  }
}

/** What to do when: each condition once, each action once, so that one rule's action is wrong for the others. */
function listedRules(rules: readonly RuleForm[], faults: readonly string[], say: Say): void {
  for (const field of ['when', 'do'] as const) {
    const owner = new Map<string, number>();
    rules.forEach((rule, i) => {
      const canonical = rule[field][0]!.toLowerCase().replace(/\s+/g, ' ');
      const other = owner.get(canonical);
      if (other === undefined) owner.set(canonical, i);
      else say('error', ['rules', i, field, 0], `'${rule[field][0]}' stands in rule ${other + 1} already; keep one`);
    });
  }
  rules.forEach((rule, i) => {
    const at = (field: keyof RuleForm): PropertyKey[] => ['rules', i, field];
    for (const field of ['when', 'do'] as const) {
      const count = new Set(rule[field].map((wording) => wording.toLowerCase())).size;
      if (count < LEAST_WORDINGS)
        say('warning', at(field), `has only ${count} wording; give at least ${LEAST_WORDINGS}`);
    }
    tooLong(rule.why, at('why'), say, MOST_WORDS_OF_RULE);
    if (rule.fault && !faults.includes(rule.fault)) {
      say('error', at('fault'), `'${rule.fault}' is not declared; add it under faults or mend its spelling`);
    }
  });
}

function tooLong(sentence: string, path: PropertyKey[], say: Say, most = MOST_WORDS): void {
  const words = sentence.split(/\s+/).length;
  if (words > most) say('warning', path, `has ${words} words; at most ${most}`);
}

function inOrder(problems: Problem[]): Problem[] {
  const rank = { error: 0, warning: 1 };
  return problems.sort((a, b) => rank[a.level] - rank[b.level] || a.line - b.line);
}

// ------------------------------------------------------------------------------------------------ value

function sheetOf(form: SheetForm, file: string): Sheet {
  return {
    asset: form.asset,
    synonyms: form.synonyms,
    summary: form.summary ?? '',
    standards: form.standards,
    parameters: Object.entries(form.parameters).map(([name, { synonyms, unit, measuredBy, limits }]) => ({
      name,
      synonyms,
      unit: unit ?? '',
      measuredBy,
      ...(limits.length ? { limits: limits.map(limitOf) } : {}),
    })),
    components: Object.entries(form.components).map(([name, { synonyms, role }]) => ({
      name,
      synonyms,
      role: role ?? '',
    })),
    faults: Object.entries(form.faults).map(([name, fault]) => faultOf(name, fault)),
    rules: form.rules.map(ruleOf),
    file,
  };
}

function limitOf(form: LimitForm): Limit {
  const { of, synonyms, unit, bad, zones, kW, source } = form;
  return {
    of,
    synonyms,
    unit,
    bad,
    zoned: zones != null,
    ...boundariesOf(form),
    for: form.for ?? '',
    ...(kW ? { kW: [kW[0]!, kW[1]!] } : {}),
    source,
    note: form.note ?? '',
  };
}

function faultOf(name: string, form: FaultForm): Fault {
  const { synonyms, components, signs, heard, causes, effects, checks, actions } = form;
  return {
    name,
    synonyms,
    components,
    mechanism: form.mechanism ?? '',
    signs,
    heard,
    causes,
    effects,
    checks,
    actions,
    shows: Object.entries(form.shows ?? {}).map(
      ([parameter, { strength, change, onset, why }]): Indication => ({
        parameter,
        strength,
        change,
        onset,
        why: why ?? '',
      }),
    ),
    not: Object.entries(form.not ?? {}).map(([parameter, why]) => ({ parameter, why: why ?? '' })),
  };
}

function ruleOf({ when, do: action, heard, done, why, fault }: RuleForm): Rule {
  return { when, do: action, heard, done, why, ...(fault ? { fault } : {}) };
}
