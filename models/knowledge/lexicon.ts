/** Every wording of every name of the sheets, indexed for names.ts. It knows nothing of texts that people write. */
import type { Sheet } from './types.ts';
import { distance, makeMender } from './typos.ts';
import { contentStems, fold, isFiller, wordsOf } from './words.ts';

export type Kind = 'asset' | 'fault' | 'parameter' | 'component';

/** One wording's meaning in one sheet. */
export interface Entry {
  kind: Kind;
  asset: string;
  /** Canonical. */
  name: string;
  /** `head`: the last word of a class's name alone. */
  rank: 'canonical' | 'synonym' | 'head' | 'instrument';
}

export interface Lexicon {
  /** Most words in a wording. */
  longest: number;
  /** Whether any wording begins with (or, turned round, holds) the word. */
  begins(plain: string, stem: string): boolean;
  /** By the words run together as written, so that `coastdown` and `coast-down` are one. */
  straight(plain: string): readonly Entry[] | undefined;
  /** By the folded words run together. */
  folded(stems: string): readonly Entry[] | undefined;
  /** By the folded content words in alphabetical order. */
  turned(bag: string): readonly Entry[] | undefined;
  /** Whether the word stands anywhere in the sheets, in any inflection. */
  knows(word: { plain: string; stem: string }): boolean;
  /** What a misspelled word was meant to be. */
  mend(plain: string): { plain: string; stem: string } | undefined;
  /** How much a folded word speaks of the plant, 0–1. */
  familiarity(stem: string): number;
  /** In how many classes' sheets a wording stands, in whatever sense: "spring" in many, "tap changer" in one. */
  spread(bag: string): number;
}

export function lexiconOf(sheets: readonly Sheet[]): Lexicon {
  const straight = new Map<string, Entry[]>();
  const folded = new Map<string, Entry[]>();
  const turned = new Map<string, Entry[]>();
  const starts = new Set<string>();
  const nameWords = new Map<string, number>();
  let longest = 1;

  const put = (map: Map<string, Entry[]>, key: string, entry: Entry): void => {
    const entries = map.get(key);
    if (!entries) map.set(key, [entry]);
    else if (!entries.some((one) => one.kind === entry.kind && one.asset === entry.asset && one.name === entry.name)) {
      entries.push(entry);
    }
  };
  for (const { wording, entry } of wordingsOf(sheets)) {
    const words = wordsOf(wording);
    if (words.length === 0 || (words.length === 1 && words[0]!.plain.length < 2)) continue;
    longest = Math.max(longest, words.length);
    const plains = words.map((word) => word.plain);
    const stems = words.map((word) => word.stem);
    put(straight, plains.join(''), entry);
    if (isShortForm(plains)) {
      put(straight, `${plains[0]}s`, entry);
      starts.add(`${plains[0]}s`);
    } else put(folded, stems.join(''), entry);
    const content = contentOf(words);
    if (content.length > 1 && entry.rank !== 'instrument') {
      put(turned, bagOf(words), entry);
      for (const stem of content) starts.add(stem);
    }
    for (const parts of [plains, stems]) {
      for (let n = 1; n <= Math.min(3, parts.length); n++) starts.add(parts.slice(0, n).join(''));
    }
    if (entry.rank === 'instrument') continue;
    for (const plain of plains) nameWords.set(plain, (nameWords.get(plain) ?? 0) + WEIGHT[entry.kind]);
  }

  /** The wordings that stand in a text word for word, as the bags of their content words. */
  const wordingsIn = function* (text: string): Generator<string> {
    const words = wordsOf(text);
    for (let from = 0; from < words.length; from++) {
      if (!starts.has(words[from]!.stem)) continue;
      let key = '';
      for (let to = from; to < words.length && to < from + longest && (to === from || words[to]!.joined); to++) {
        key += words[to]!.stem;
        if (folded.has(key) || (to === from && straight.has(words[to]!.plain))) yield bagOf(words.slice(from, to + 1));
      }
    }
  };

  const known = new Set<string>();
  const forms = new Map<string, number>();
  const nameStems = new Map<string, number>();
  for (const [plain, weight] of nameWords) nameStems.set(fold(plain), (nameStems.get(fold(plain)) ?? 0) + weight);
  // In how many paragraphs of the sheets (class, parameter, component, fault, rule) a word stands.
  const familiar = new Map<string, number>();
  const speakingOf = new Map<string, Set<string>>();
  for (const sheet of sheets) {
    for (const paragraph of paragraphsOf(sheet)) {
      for (const word of wordsOf(paragraph)) {
        known.add(word.plain);
        known.add(word.stem);
        const weight = nameStems.get(word.stem);
        if (weight !== undefined) forms.set(word.plain, weight);
      }
      for (const stem of new Set(contentStems(paragraph))) familiar.set(stem, (familiar.get(stem) ?? 0) + 1);
      for (const bag of wordingsIn(paragraph)) {
        speakingOf.set(bag, (speakingOf.get(bag) ?? new Set()).add(sheet.asset));
      }
    }
  }
  const mender = makeMender(forms);
  const shortMachines = machineWords(sheets);
  const names = new Set(canonicalNames(sheets).flatMap(contentStems));

  return {
    longest,
    begins: (plain, stem) => starts.has(plain) || starts.has(stem),
    straight: (key) => straight.get(key),
    folded: (key) => folded.get(key),
    turned: (key) => turned.get(key),
    knows: ({ plain, stem }) => known.has(plain) || known.has(stem),
    mend: (plain) => {
      const meant = plain.length === SHORT ? shortMachines.find((name) => isMeant(plain, name)) : mender.mend(plain);
      return meant === undefined ? undefined : { plain: meant, stem: fold(meant) };
    },
    familiarity: (stem) => {
      if (names.has(stem) || PLANT_TALK.has(stem)) return 1;
      const count = familiar.get(stem) ?? 0;
      return count === 0 ? 0 : Math.min(0.75, 0.15 + 0.06 * count);
    },
    spread: (bag) => speakingOf.get(bag)?.size ?? 1,
  };
}

/** So short a name is heard as it is written, or in the plural, and in no inflection: a "mov" is not what has moved. */
function isShortForm(plains: readonly string[]): boolean {
  return plains.length === 1 && plains[0]!.length <= 3;
}

/** A wording's folded content words in alphabetical order. */
export function bagOf(words: readonly { plain: string; stem: string }[]): string {
  return contentOf(words).sort().join(' ');
}

function contentOf(words: readonly { plain: string; stem: string }[]): string[] {
  return words.filter((word) => !isFiller(word.plain)).map((word) => word.stem);
}

/** Of two equally near names, the one that is asked for more often. */
const WEIGHT: Record<Kind, number> = { asset: 4, parameter: 3, fault: 2, component: 1 };

/** How people talk about plants, whatever the sheets say. */
const PLANT_TALK = new Set(
  contentStems(
    `fault failure defect problem sensor parameter measurement measured symptom signal indicator reading alarm trip tripped machine asset equipment
    maintenance inspection inspect diagnose diagnosis monitor monitoring trend trending abnormal anomaly condition operator
    technician engineer fitter inspector shift suspect component part repair fix remedy action noise noisy hot cause detect
    strange unusual logged log defect breakdown failing plant running stopped starts`,
  ),
);

/** Machines are named most, so they alone are looked for in misspelled words as short as this: "motr", "pmup". */
const SHORT = 4;

/** Classes' names of one word, and last words of the longer ones; the commonest first. */
function machineWords(sheets: readonly Sheet[]): string[] {
  const counts = new Map<string, number>();
  for (const name of sheets.flatMap((sheet) => [sheet.asset, ...sheet.synonyms])) {
    const head = name.split(' ').at(-1)!;
    if (/^[a-z]{4,6}$/.test(head)) counts.set(head, (counts.get(head) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

/** A letter left out, or two that have changed places; no other letter. */
function isMeant(written: string, name: string): boolean {
  const leftOut = name.length === written.length + 1 && distance(written, name, 1) === 1;
  const swapped = name.length === written.length && [...written].sort().join() === [...name].sort().join();
  return written[0] === name[0] && (leftOut || (swapped && distance(written, name, 1) === 1));
}

function canonicalNames(sheets: readonly Sheet[]): string[] {
  return sheets.flatMap((sheet) => [
    sheet.asset,
    ...[...sheet.parameters, ...sheet.components, ...sheet.faults].map((named) => named.name),
  ]);
}

/** Names of parts that several classes have. */
function partsOfMost(sheets: readonly Sheet[]): string[] {
  const counts = new Map<string, number>();
  for (const sheet of sheets) {
    for (const name of new Set(sheet.components.flatMap((part) => [part.name, ...part.synonyms]))) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => count >= 3).map(([name]) => name);
}

/** As a last word it names no class: any machine is a unit, and part of a system. */
const SAYS_NO_CLASS = new Set(
  'unit system set plant package station supply loop line equipment machine train'.split(' '),
);

function* wordingsOf(sheets: readonly Sheet[]): Generator<{ wording: string; entry: Entry }> {
  const named = new Set([...sheets.flatMap((sheet) => [sheet.asset, ...sheet.synonyms]), ...partsOfMost(sheets)]);
  for (const sheet of sheets) {
    const { asset } = sheet;
    const of = (kind: Kind, name: string, rank: Entry['rank']): Entry => ({ kind, asset, name, rank });
    yield { wording: asset, entry: of('asset', asset, 'canonical') };
    for (const wording of sheet.synonyms) yield { wording, entry: of('asset', asset, 'synonym') };
    // "the transformer" is a power transformer where no other class ends in the word; "the turbine" is one of three; "the
    // pump" is a pump, though there are vacuum pumps; and a bearing is a part of most machines before it is one.
    const head = asset.split(' ').at(-1)!;
    if (!named.has(head) && !SAYS_NO_CLASS.has(head)) yield { wording: head, entry: of('asset', asset, 'head') };
    for (const [kind, things] of [
      ['fault', sheet.faults],
      ['component', sheet.components],
      ['parameter', sheet.parameters],
    ] as const) {
      for (const { name, synonyms } of things) {
        yield { wording: name, entry: of(kind, name, 'canonical') };
        for (const wording of synonyms) yield { wording, entry: of(kind, name, 'synonym') };
      }
    }
    for (const { name, measuredBy } of sheet.parameters) {
      for (const wording of USUAL_INSTRUMENTS[name] ?? []) yield { wording, entry: of('parameter', name, 'synonym') };
      for (const instrument of measuredBy) {
        yield { wording: instrument, entry: of('parameter', name, 'instrument') };
        const [short] = instrument.split(/ (?:on|at|in|of|with|from|for) /);
        if (short && short !== instrument) yield { wording: short, entry: of('parameter', name, 'instrument') };
      }
    }
  }
}

/** What measures a quantity on whichever machine, beside the instruments that a sheet lists. */
const USUAL_INSTRUMENTS: Readonly<Record<string, readonly string[]>> = {
  vibration: ['accelerometer', 'vibration sensor', 'vibration probe', 'velocity transducer', 'vibration meter'],
  noise: ['microphone', 'acoustic sensor', 'sound sensor', 'sound level meter'],
  temperature: [
    'thermocouple',
    'thermometer',
    'thermal sensor',
    'thermistor',
    'rtd',
    'infrared camera',
    'thermal camera',
  ],
  speed: ['tachometer', 'speed sensor', 'speed pickup', 'rotary encoder'],
  current: ['ammeter', 'current sensor', 'current transformer', 'clamp meter'],
  voltage: ['voltmeter', 'voltage sensor'],
  pressure: ['pressure gauge', 'pressure sensor', 'pressure transmitter', 'pressure switch', 'manometer'],
  'pressure or vacuum': ['pressure gauge', 'pressure sensor', 'pressure transmitter', 'pressure switch', 'manometer'],
  flow: ['flow meter', 'flow sensor', 'flow switch'],
  torque: ['torque sensor', 'torque meter'],
  power: ['power meter', 'wattmeter'],
  'oil debris': ['particle counter', 'oil debris sensor', 'magnetic plug'],
  strain: ['strain gauge'],
};

function* paragraphsOf(sheet: Sheet): Generator<string> {
  yield [sheet.asset, ...sheet.synonyms, sheet.summary].join('; ');
  for (const { name, synonyms, measuredBy } of sheet.parameters) yield [name, ...synonyms, ...measuredBy].join('; ');
  for (const { name, synonyms, role } of sheet.components) yield [name, ...synonyms, role].join('; ');
  for (const fault of sheet.faults) {
    yield [
      ...[fault.name, ...fault.synonyms, fault.mechanism, ...fault.signs, ...fault.causes, ...fault.effects],
      ...fault.checks.flatMap(({ what, tells }) => [what, tells]),
      ...fault.actions,
      ...[...fault.shows, ...fault.not].map(({ why }) => why),
    ].join('; ');
  }
  for (const rule of sheet.rules) yield [...rule.when, ...rule.do, rule.why].join('; ');
}
