/**
 * Finds the plant's names in what people write: tags, asset classes, faults, parameters, components; in the sheet's words
 * or in synonyms, inflected, turned round ("the bearing is worn") or misspelled. Longest match first. It does not know
 * what is asked about them (asks.ts).
 */
import type { Topic } from '../teacher/types.ts';
import { changeAt } from './change.ts';
import type { Knowledge } from './knowledge.ts';
import { bagOf, type Entry, type Kind, type Lexicon, lexiconOf } from './lexicon.ts';
import { signsTold } from './signs.ts';
import { type TagSpan, tagFinder } from './tags.ts';
import type { Asset, Change, Sheet } from './types.ts';
import { fold, isCommonWord, isFiller, isForeign, isSmallWord, isVerb, type Word, wordsOf } from './words.ts';

export type { Kind } from './lexicon.ts';

/** How the wording met the name, from certain to least certain. */
export type How = 'exact' | 'synonym' | 'inflected' | 'typo';

/** UTF-16 offsets into the text given. */
export interface Span {
  start: number;
  end: number;
  text: string;
}

export interface NameMatch extends Span {
  /** Canonical: within `Found.asset` when it is known, else of the first candidate. */
  name: string;
  how: How;
  /** What the wording means in each sheet that has it. */
  candidates: { asset: string; name: string }[];
  /** False: the sheets mean different things by it, or the known asset's sheet does not have it. */
  resolved: boolean;
}

export interface ParameterMatch extends NameMatch {
  /** Which way it was said to have moved. */
  change?: Change;
}

export interface TagMatch extends Span {
  asset: Asset;
}

export interface Found {
  /** The one class that the text is about. */
  asset?: string;
  /** Classes that it could be about when `asset` is undefined. */
  assetCandidates: string[];
  tags: TagMatch[];
  /** Look like tags, but the register has none such. */
  unknownTags: Span[];
  /** Words that stand where a machine would ("of a bicycle") and that no sheet knows. */
  strangers: Span[];
  /** Something that was seen is told besides the names; undefined while `asset` is. */
  tellsSigns?: boolean;
  assets: NameMatch[];
  faults: NameMatch[];
  parameters: ParameterMatch[];
  components: NameMatch[];
}

export interface Matcher {
  /** @param hint what the conversation is about: it decides where the text does not */
  find(text: string, hint?: Topic): Found;
  /** The name of one kind that a short text, such as an option, stands for. */
  nameOf(text: string, kind: Kind, asset?: string): { name: string; how: How; coverage: number } | undefined;
  /** How much of a short text is a name of one kind in whichever sheet, 0–1. */
  covers(text: string, kind: Kind): number;
  /** Share of content words that the sheets know, 0–1; 0 for a text without any. */
  inDomain(text: string): number;
  /** Words that neither the sheets nor common English has; a tag is none. */
  unheardOf(text: string): string[];
}

/** Everything is precomputed here, so that a question takes well under a millisecond: make it once and keep it. */
export function makeMatcher(knowledge: Knowledge): Matcher {
  const lexicon = lexiconOf(knowledge.sheets);
  const tags = tagFinder(knowledge.register);
  const classes: Classes = {
    all: new Set(knowledge.sheets.map((sheet) => sheet.asset)),
    partsBy: partsByHead(knowledge.sheets),
    failingBy: failingByHead(knowledge.sheets),
    weakHeads: weakHeadsOf(knowledge.sheets),
    tells: (hit) => Math.log(knowledge.sheets.length / hit.spread),
    enough: Math.log(knowledge.sheets.length / 3),
  };

  const read = (text: string, hidden: readonly TagSpan[]): Hit[] =>
    hitsIn(mended(wordsOf(text), lexicon, hidden), lexicon);

  return {
    find(text, hint) {
      const tagSpans = tags.find(text);
      const hits = read(text, tagSpans);
      const strangers = strangersIn(text, lexicon);
      const asset = assetOf(text, hits, tagSpans, strangers.length > 0 ? undefined : hint, classes);
      // "Oil whirl of a bicycle" is not about the one machine that has oil whirl.
      if (strangers.length > 0 && asset.inferred) asset.name = undefined;
      const chosen = longestFirst(hits, asset.name);
      // "The pressure transmitter", when a pump is spoken of, names no second machine.
      const isOfIt = (hit: Hit): boolean =>
        hit.kind === 'asset' &&
        !assetsOf(hit).includes(asset.name ?? '') &&
        chosen.some((other) => other !== hit && sameWords(other, hit) && assetsOf(other).includes(asset.name ?? ''));
      const of = (kind: Kind): NameMatch[] =>
        chosen.filter((hit) => hit.kind === kind && !isOfIt(hit)).map((hit) => named(hit, text, asset.name));
      const sheet = asset.name === undefined ? undefined : knowledge.sheet(asset.name);
      const names = chosen.filter((hit) => hit.kind !== 'component');
      return {
        ...(asset.name !== undefined ? { asset: asset.name } : {}),
        ...(sheet ? { tellsSigns: signsTold(sheet, text, [...tagSpans, ...names]) } : {}),
        assetCandidates: asset.candidates,
        tags: tagSpans.flatMap(({ asset: known, ...span }) => (known ? [{ ...span, asset: known }] : [])),
        unknownTags: tagSpans
          .filter((span) => !span.asset)
          .map(({ start, end, text: written }) => ({ start, end, text: written })),
        strangers,
        assets: of('asset'),
        // Another sheet's word for a fault that this machine has under the same name.
        faults: of('fault').map((match) => {
          const own = match.resolved ? undefined : sheet?.faults.find(({ name }) => name === match.name);
          return own ? { ...match, candidates: [{ asset: sheet!.asset, name: own.name }], resolved: true } : match;
        }),
        parameters: of('parameter').map((match) => {
          const change = changeAt(text, match.start, match.end);
          return change ? { ...match, change } : match;
        }),
        components: of('component'),
      };
    },

    covers(text, kind) {
      const words = mended(wordsOf(text), lexicon, []);
      const content = words.filter((word) => !isSmallWord(word.plain)).length;
      const most = Math.max(0, ...hitsIn(words, lexicon, kind).map((hit) => hit.content));
      return content === 0 ? 0 : Math.min(1, most / content);
    },

    nameOf(text, kind, asset) {
      const words = mended(wordsOf(text), lexicon, []);
      const content = words.filter((word) => !isSmallWord(word.plain)).length;
      const usable = hitsIn(words, lexicon, kind).filter(
        (hit) => !asset || hit.entries.some((entry) => entry.asset === asset),
      );
      // An option is one name: whatever explains most of it, an instrument's full name before a shorter proper one.
      const best = usable.sort(
        (a, b) =>
          b.content - a.content || Number(b.proper) - Number(a.proper) || HOW.indexOf(a.how) - HOW.indexOf(b.how),
      )[0];
      if (!best) return undefined;
      const { name, resolved } = named(best, text, asset);
      if (!resolved) return undefined;
      return { name, how: best.how, coverage: content === 0 ? 1 : Math.min(1, best.content / content) };
    },

    unheardOf(text) {
      return mended(wordsOf(text), lexicon, tags.find(text))
        .filter(({ plain, stem }) => !isSmallWord(plain) && !/\d/.test(plain) && lexicon.familiarity(stem) === 0)
        .map(({ plain }) => plain)
        .filter((plain) => isUnheardOf(plain, lexicon));
    },

    inDomain(text) {
      const spans = tags.find(text);
      const words = mended(wordsOf(text), lexicon, spans);
      const names = new Set(
        hitsIn(words, lexicon).flatMap((hit) => (hit.proper && hit.kind !== 'component' ? hit.used : [])),
      );
      let known = 2 * spans.length;
      let all = known;
      let english = 0;
      let foreignWords = 0;
      words.forEach((word, i) => {
        const foreign = isForeign(word.plain);
        if (foreign) foreignWords += 1;
        else if (isSmallWord(word.plain)) english += 1;
        if (!foreign && (isSmallWord(word.plain) || /^\d/.test(word.plain))) return;
        const weight = names.has(i) && !word.typo && !foreign ? 2 : 1;
        known += foreign ? 0 : weight * (names.has(i) ? 1 : lexicon.familiarity(word.stem));
        all += weight;
      });
      if (all === 0) return 0;
      // Another language: names that sound alike do not make it understood.
      return foreignWords >= 2 && foreignWords > english ? Math.min(0.3, known / all) : known / all;
    },
  };
}

const HOW: readonly How[] = ['exact', 'synonym', 'inflected', 'typo'];

// ------------------------------------------------------------------------------------------------ words

interface MendedWord extends Word {
  /** It was misspelled, and this is what was meant. */
  typo: boolean;
}

/** Words outside tags, misspelled ones mended, "DG2" a DG; a word that anyone knows is left as it is. */
function mended(words: readonly Word[], lexicon: Lexicon, hidden: readonly TagSpan[]): MendedWord[] {
  let next = 0;
  return words.flatMap((word): MendedWord[] => {
    while (next < hidden.length && hidden[next]!.end <= word.start) next += 1;
    if (next < hidden.length && hidden[next]!.start < word.end) return [];
    const numbered = /^([a-z]{2,5})\d{1,2}[a-z]?$/.exec(word.plain)?.[1];
    if (
      numbered !== undefined &&
      !lexicon.knows(word) &&
      lexicon.straight(numbered)?.some(({ kind }) => kind === 'asset')
    )
      return [{ ...word, plain: numbered, stem: fold(numbered), typo: false }];
    if (word.plain.length < 4 || lexicon.knows(word) || isCommonWord(word.plain)) return [{ ...word, typo: false }];
    const meant = lexicon.mend(word.plain);
    return [meant ? { ...word, plain: meant.plain, stem: meant.stem, typo: true } : { ...word, typo: false }];
  });
}

// ------------------------------------------------------------------------------------------------ matches

/** A wording met in the text, of one kind. */
interface Hit {
  kind: Kind;
  start: number;
  end: number;
  how: How;
  /** Indices of the words that it explains; words of a machine's name within it are not. */
  used: number[];
  /** Number of content words that it explains. */
  content: number;
  /** A name or synonym, not an instrument. */
  proper: boolean;
  /** In how many classes' sheets the words stand: the fewer, the more they tell which machine is meant. */
  spread: number;
  entries: Entry[];
}

const KINDS: readonly Kind[] = ['asset', 'fault', 'parameter', 'component'];

function hitsIn(words: readonly MendedWord[], lexicon: Lexicon, only?: Kind): Hit[] {
  const hits: Hit[] = [];
  const starts = words.flatMap((word, i) => (lexicon.begins(word.plain, word.stem) ? [i] : []));
  for (const from of starts) addStraight(words, from, lexicon, hits);
  const machines = new Set(hits.flatMap((hit) => (hit.kind === 'asset' ? hit.used : [])));
  const straight = only ? hits.filter((hit) => hit.kind === only) : hits;
  for (const from of starts) addTurned(words, from, machines, lexicon, straight, only);
  return straight;
}

/** The words of a name one after the other, as written or folded. */
function addStraight(words: readonly MendedWord[], from: number, lexicon: Lexicon, hits: Hit[]): void {
  let plain = '';
  let stems = '';
  let typo = false;
  const used: number[] = [];
  for (let to = from; to < words.length && to < from + lexicon.longest; to++) {
    const word = words[to]!;
    if (to > from && !word.joined) break;
    plain += word.plain;
    stems += word.stem;
    typo ||= word.typo;
    used.push(to);
    const exact = lexicon.straight(plain);
    if (exact) push(hits, words, [...used], exact, typo ? 'typo' : undefined, KINDS, lexicon);
    const inflected = lexicon.folded(stems);
    if (inflected && inflected !== exact)
      push(hits, words, [...used], inflected, typo ? 'typo' : 'inflected', KINDS, lexicon);
  }
}

/**
 * The content words of a name in any order, with small words and the machine's name between: "the bearing of the pump is
 * worn". Only faults are spoken of in whole sentences, so only they may be joined by a verb.
 */
function addTurned(
  words: readonly MendedWord[],
  from: number,
  machines: ReadonlySet<number>,
  lexicon: Lexicon,
  hits: Hit[],
  only?: Kind,
): void {
  if (machines.has(from)) return;
  const bag: string[] = [];
  const used: number[] = [];
  let typo = false;
  let kinds: readonly Kind[] = KINDS;
  for (let to = from; to < words.length && to < from + lexicon.longest + 6; to++) {
    const word = words[to]!;
    if (to > from && !word.joined) break;
    if (isFiller(word.plain) || isNumber(word.plain)) {
      if (isVerb(word.plain)) kinds = ['fault'];
      continue;
    }
    if (machines.has(to)) {
      kinds = ['fault'];
      continue;
    }
    bag.push(word.stem);
    used.push(to);
    typo ||= word.typo;
    if (bag.length > lexicon.longest) break;
    if (bag.length < 2) continue;
    const entries = lexicon.turned([...bag].sort().join(' '));
    if (entries)
      push(
        hits,
        words,
        [...used],
        entries,
        typo ? 'typo' : 'inflected',
        only ? kinds.filter((kind) => kind === only) : kinds,
        lexicon,
      );
  }
}

/** Which of several it is: "cyl 4 exhaust" is a cylinder's exhaust. */
function isNumber(plain: string): boolean {
  return /^\d{1,3}$/.test(plain);
}

function push(
  hits: Hit[],
  words: readonly MendedWord[],
  used: number[],
  entries: readonly Entry[],
  how: How | undefined,
  kinds: readonly Kind[],
  lexicon: Lexicon,
): void {
  const meant = meaningsOf(entries).filter(({ kind }) => kinds.includes(kind));
  if (meant.length === 0) return;
  const spread = lexicon.spread(bagOf(used.map((i) => words[i]!)));
  for (const meaning of meant) {
    hits.push({
      kind: meaning.kind,
      used,
      start: words[used[0]!]!.start,
      end: words[used.at(-1)!]!.end,
      how: how ?? meaning.how,
      content: used.reduce((sum, i) => sum + (isFiller(words[i]!.plain) ? 0 : 1), 0),
      proper: meaning.proper,
      spread,
      entries: meaning.entries,
    });
  }
}

interface Meaning {
  kind: Kind;
  how: How;
  proper: boolean;
  entries: Entry[];
}

const meanings = new WeakMap<readonly Entry[], Meaning[]>();

/** A wording's entries by kind; instruments count only where nothing bears the name. */
function meaningsOf(entries: readonly Entry[]): Meaning[] {
  let made = meanings.get(entries);
  if (!made) {
    made = KINDS.flatMap((kind): Meaning[] => {
      const ofKind = entries.filter((entry) => entry.kind === kind);
      if (ofKind.length === 0) return [];
      const proper = ofKind.filter((entry) => entry.rank !== 'instrument');
      const meant = proper.length > 0 ? proper : ofKind;
      const how = meant.some((entry) => entry.rank === 'canonical') ? 'exact' : 'synonym';
      return [{ kind, how, proper: proper.length > 0, entries: meant }];
    });
    meanings.set(entries, made);
  }
  return made;
}

/** Takes the longest hits that do not overlap; those that the known asset's sheet has come first. */
function longestFirst(hits: readonly Hit[], asset: string | undefined): Hit[] {
  const own = (hit: Hit): boolean =>
    asset === undefined || hit.kind === 'asset' || hit.entries.some((entry) => entry.asset === asset);
  const names = hits.filter((hit) => hit.kind === 'asset' && hit.used.length > 1 && !LOOSE.has(hit.how));
  const best = hits
    .filter((hit) => !names.some((name) => isCut(name, hit)))
    .sort(
      (a, b) =>
        Number(own(b)) - Number(own(a)) ||
        Number(b.proper) - Number(a.proper) ||
        b.content - a.content ||
        HOW.indexOf(a.how) - HOW.indexOf(b.how) ||
        reach(a) - reach(b) ||
        a.start - b.start,
    );
  const taken: Hit[] = [];
  const seen = new Set<string>();
  // By word: the hit that owns it. Hits of another kind may share exactly the same words.
  const owner = new Map<number, Hit>();
  for (const hit of best) {
    const free = hit.used.every((i) => {
      const other = owner.get(i);
      return !other || (sameWords(other, hit) && other.kind !== hit.kind && own(other) === own(hit));
    });
    const key = `${hit.kind} ${hit.used.join()}`;
    if (!free || seen.has(key)) continue;
    seen.add(key);
    for (const i of hit.used) if (!owner.has(i)) owner.set(i, hit);
    taken.push(hit);
  }
  return taken.sort((a, b) => a.start - b.start);
}

/** "Screw compressor surge" is no compressor surge of a screw: a machine's whole name is not cut in two. */
function isCut(name: Hit, by: Hit): boolean {
  const shared = by.used.filter((i) => name.used.includes(i)).length;
  return by.kind !== 'asset' && shared > 0 && shared < name.used.length && shared < by.used.length;
}

function reach(hit: Hit): number {
  return hit.used.at(-1)! - hit.used[0]!;
}

function sameWords(a: Hit, b: Hit): boolean {
  return a.used.length === b.used.length && a.used.every((i, k) => i === b.used[k]);
}

function named(hit: Hit, text: string, asset: string | undefined): NameMatch {
  const candidates = unique(hit.entries.map(({ asset: of, name }) => ({ asset: of, name })));
  const own = hit.kind === 'asset' ? candidates : candidates.filter((candidate) => candidate.asset === asset);
  const names = new Set((own.length > 0 ? own : candidates).map((candidate) => candidate.name));
  const resolved = asset !== undefined && hit.kind !== 'asset' ? own.length > 0 && names.size === 1 : names.size === 1;
  return {
    start: hit.start,
    end: hit.end,
    text: text.slice(hit.start, hit.end),
    name: [...names][0]!,
    how: hit.how,
    candidates,
    resolved,
  };
}

function unique(candidates: readonly { asset: string; name: string }[]): { asset: string; name: string }[] {
  return [...new Map(candidates.map((one) => [`${one.asset}\n${one.name}`, one])).values()];
}

// ------------------------------------------------------------------------------------------------ which class

/** Tag, then a named class, then the conversation, then a class inside another name, then the only class that fits. */
function assetOf(
  text: string,
  hits: readonly Hit[],
  tags: readonly TagSpan[],
  hint: Topic | undefined,
  classes: Classes,
): { name?: string | undefined; candidates: string[]; inferred?: boolean } {
  const tagged = tags.find((span) => span.asset)?.asset?.class;
  if (tagged !== undefined && classes.all.has(tagged)) return { name: tagged, candidates: [tagged] };
  const free = longestFirst(hits, undefined);
  const explicit = headNouns(
    free.filter((hit) => hit.kind === 'asset'),
    text,
    classes,
  );
  const clear = explicit.filter((hit) => assetsOf(hit).length === 1);
  const vague = explicit.filter((hit) => assetsOf(hit).length > 1);
  // "P-101 (pump)", "pump P-101": what stands beside a tag is the machine, whatever else is named.
  const beside = clear.find((hit) => inBrackets(text, hit) || tags.some((tag) => standsBeside(text, hit, tag)));
  if (beside) return { name: assetsOf(beside)[0]!, candidates: assetsOf(beside) };
  const inherited = hint?.asset !== undefined && classes.all.has(hint.asset) ? hint.asset : undefined;
  const hasIt = (hit: Hit, asset: string): boolean => hit.entries.some((entry) => entry.asset === asset);
  const others = free.filter((hit) => hit.kind !== 'asset' && hit.proper);
  // "compressor" is a machine, and a part of a gas turbine: beside a gas turbine it is the part.
  const parts = hits.filter((hit) => hit.kind === 'component');
  // "The UPS fan" is a cooling fan: what a part's name ends in stands for the part.
  const isPartOf = (hit: Hit, asset: string): boolean =>
    parts.some((part) => hasIt(part, asset) && hit.used.every((i) => part.used.includes(i))) ||
    (hit.used.length === 1 && (classes.partsBy.get(headOf(hit, text))?.has(asset) ?? false)) ||
    // A pressure transmitter is an instrument loop, and on a pump the instrument of its pressure.
    hits.some((other) => other.kind === 'parameter' && sameWords(other, hit) && hasIt(other, asset));
  // "Trips every time we stop the fan": the fan is only mentioned, where something else is told of.
  const main = clear.filter((hit) => !MENTION.test(text.slice(0, hit.start)));
  const apart = main.length === 0 && clear.length > 0 ? mostTold(others, [], text, classes) : undefined;
  if (apart !== undefined) return { name: apart, candidates: [apart], inferred: true };
  const spoken = main.length > 0 ? main : clear;
  // "The drive coupling of the pump" speaks of a pump: a last word alone yields to a whole name.
  const whole = spoken.filter((hit) => hit.entries.some((entry) => entry.rank !== 'head'));
  const told = whole.length > 0 ? whole : spoken;
  const classesNamed = [...new Set(told.flatMap(assetsOf))];
  const machines = told.filter((hit) =>
    classesNamed.every((other) => hit.entries[0]!.asset === other || !isPartOf(hit, other)),
  );
  if (machines.length > 0) {
    const named = [...new Set(machines.flatMap(assetsOf))];
    if (inherited !== undefined && machines.every((hit) => isPartOf(hit, inherited)))
      return { name: inherited, candidates: [inherited] };
    // Of several machines, the one whose sheet knows most of the other names; the first among equals.
    const ofPart = named.length === 1 ? wholeOf(machines, { hits, free, vague }, text, classes, isPartOf) : undefined;
    if (ofPart !== undefined) return { name: ofPart, candidates: [ofPart], inferred: true };
    const counted = named.map((asset) => ({
      asset,
      known: others.filter((hit) => hasIt(hit, asset)).reduce((sum, hit) => sum + classes.tells(hit), 0),
    }));
    const most = Math.max(...counted.map((one) => one.known));
    return { name: counted.find((one) => one.known === most)!.asset, candidates: named };
  }
  let candidates = explicit.length > 0 ? [...new Set(explicit.flatMap(assetsOf))] : [];
  if (inherited !== undefined && (candidates.length === 0 || candidates.includes(inherited))) {
    return { name: inherited, candidates: [inherited] };
  }
  if (candidates.length === 0) {
    const only = onlyClassOf(beforeReadings(hits));
    if (only !== undefined) return { name: only, candidates: [only] };
  }
  if (candidates.length === 0) {
    const inside = hits.filter(
      (hit) =>
        hit.kind === 'asset' &&
        assetsOf(hit).length === 1 &&
        others.some((other) => hit.used.every((i) => other.used.includes(i)) && hasIt(other, assetsOf(hit)[0]!)),
    );
    const only = onlyClassOf(inside);
    if (only !== undefined) return { name: only, candidates: [only], inferred: true };
  }
  // "Motor overheating" is a motor's, though of a hoist it is a fault of that name.
  if (candidates.length === 0) {
    const within = hits.filter(
      (hit) =>
        hit.kind === 'asset' &&
        assetsOf(hit).length === 1 &&
        others.some((other) => other.kind === 'fault' && symptomOf(hit, other, text)),
    );
    const only = onlyClassOf(within);
    if (only !== undefined) return { name: only, candidates: [only], inferred: true };
  }
  // "The raw water pump" is a pump, though a part of an engine bears the words, and "the compressor motor" a motor; but a
  // soot blower is a boiler's and no fan.
  if (candidates.length === 0) {
    const last = hits.filter(
      (hit) =>
        hit.kind === 'asset' &&
        assetsOf(hit).length === 1 &&
        free.some(
          (part) =>
            part.kind === 'component' &&
            part.used.length > 1 &&
            part.used.at(-1) === hit.used.at(-1) &&
            (classes.tells(part) < classes.enough || isOfMachines(part, hits)),
        ),
    );
    const only = onlyClassOf(last);
    if (only !== undefined) return { name: only, candidates: [only], inferred: true };
  }
  const telling = others.filter((hit) => hit.kind === 'fault');
  for (const hit of telling.length > 0 ? telling : others.filter((other) => other.kind !== 'component')) {
    const having = [...new Set(hit.entries.map((entry) => entry.asset))];
    const both = candidates.length === 0 ? having : candidates.filter((asset) => having.includes(asset));
    if (both.length > 0) candidates = both;
  }
  const most = mostTold(others, explicit, text, classes);
  if (most !== undefined) return { name: most, candidates: [most], inferred: true };
  // "The valve" alone is a control valve before it is a part of anything.
  const weak = new Set(
    free.flatMap((hit) =>
      hit.kind === 'component' && !SIDE.test(text.slice(hit.end))
        ? (classes.weakHeads.get(fold(plainOf(hit, text))) ?? [])
        : [],
    ),
  );
  const [head, ...more] = weak;
  if (head !== undefined && more.length === 0 && (candidates.length === 0 || candidates.includes(head)))
    return { name: head, candidates: [head], inferred: true };
  return { candidates };
}

/**
 * The class that the other names tell, where no machine is named (or one of several by the same word: "turbine"). A name
 * counts for the classes that have it, the more the fewer sheets speak in its words: "tap changer" is enough, "blocked"
 * is not, though a single class has a fault of that name.
 */
function mostTold(
  others: readonly Hit[],
  explicit: readonly Hit[],
  text: string,
  { tells, enough }: Classes,
): string | undefined {
  const among = new Set(explicit.flatMap(assetsOf));
  const scores = new Map<string, number>();
  for (const hit of others) {
    if (hit.kind === 'component' && hit.how === 'typo') continue;
    if (explicit.some((machine) => sameWords(machine, hit)) || !saysEnough(text.slice(hit.start, hit.end))) continue;
    // "Jacket water" is a reading as it is written, and only turned round a part, the water jacket.
    if (LOOSE.has(hit.how) && others.some((other) => sameWords(other, hit) && !LOOSE.has(other.how))) continue;
    for (const asset of assetsOf(hit)) {
      if (among.size === 0 || among.has(asset)) scores.set(asset, (scores.get(asset) ?? 0) + tells(hit));
    }
  }
  const [best, next] = [...scores].sort((a, b) => b[1] - a[1]);
  if (!best || (among.size === 0 && best[1] < enough)) return undefined;
  return next && best[1] - next[1] < LEAD ? undefined : best[0];
}

/** A single name that a third more sheets speak of makes no difference between two classes. */
const LEAD = Math.log(4 / 3);

/** "TT", but not "op" or "dip": so short a name is meant only in capitals. */
function saysEnough(written: string): boolean {
  return written.length > 3 || (written.length > 1 && written === written.toUpperCase());
}

/** Whether the part is called after two machines, "compressor motor", so that the latter is meant. */
function isOfMachines(part: Hit, hits: readonly Hit[]): boolean {
  return part.used.every((i) => hits.some((hit) => hit.kind === 'asset' && hit.used.length === 1 && hit.used[0] === i));
}

/** Whether the fault's words are the machine's and what anyone sees on any machine. */
function symptomOf(machine: Hit, fault: Hit, text: string): boolean {
  const rest = text.slice(fault.start, machine.start) + text.slice(machine.end, fault.end);
  return machine.used.every((i) => fault.used.includes(i)) && SYMPTOM.test(rest);
}

const SYMPTOM =
  /^\s*(?:too )?(?:overheat\w*|hot|nois[ey]|vibrat\w+|shaking|leaking|trip(?:s|ped|ping)?|stuck|sticking|surg(?:es?|ing)|fault|fail(?:s|ed|ure))\s*$/i;

/** What is known of the classes besides their wordings. */
interface Classes {
  all: ReadonlySet<string>;
  /** Classes that have a part whose name ends in the folded word, and is longer: the motor of a conveyor is a machine. */
  partsBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** The same of parts that have a fault of their own in the class's sheet. */
  failingBy: ReadonlyMap<string, ReadonlySet<string>>;
  /** The class that a last word means where nothing else tells, though most machines have a part of that name. */
  weakHeads: ReadonlyMap<string, string>;
  /** How much a name tells which class is meant: 0 where every sheet speaks in its words. */
  tells: (hit: Hit) => number;
  /** What a name must tell that alone decides: two other sheets may speak in its words. */
  enough: number;
}

function partsByHead(sheets: readonly Sheet[]): Map<string, Set<string>> {
  return byHead(sheets, ({ components }) =>
    components.flatMap((part) => [part.name, ...part.synonyms]).filter((wording) => wording.includes(' ')),
  );
}

/** Parts that a fault of the machine is a fault of: it stands first among those that the fault touches. */
function failingByHead(sheets: readonly Sheet[]): Map<string, Set<string>> {
  return byHead(sheets, ({ components, faults }) => {
    const failing = new Set(faults.map((fault) => fault.components[0]));
    return components.filter(({ name }) => failing.has(name)).flatMap((part) => [part.name, ...part.synonyms]);
  });
}

function byHead(sheets: readonly Sheet[], wordingsOf: (sheet: Sheet) => string[]): Map<string, Set<string>> {
  const parts = new Map<string, Set<string>>();
  for (const sheet of sheets) {
    for (const wording of wordingsOf(sheet)) {
      const head = fold(wording.split(' ').at(-1)!);
      parts.set(head, (parts.get(head) ?? new Set()).add(sheet.asset));
    }
  }
  return parts;
}

function weakHeadsOf(sheets: readonly Sheet[]): Map<string, string> {
  const heads = sheets.map(({ asset }) => ({ asset, head: fold(asset.split(' ').at(-1)!) }));
  const once = heads.filter(({ head }) => heads.filter((other) => other.head === head).length === 1);
  return new Map(once.map(({ head, asset }) => [head, asset]));
}

/** The text before a machine that is named in a clause of time; "when a pump cavitates" speaks of pumps all the same. */
const MENTION =
  /\b(?:when(?:ever)?|(?:every|each) time|while|as soon as|after|before|since|until|once)\b[^,.;:?!]*(?<!\ban?\s)$/i;

/** A single word that is only like a name. */
const LOOSE: ReadonlySet<How | undefined> = new Set(['inflected', 'typo']);

/**
 * The class whose fault or part is named and of which the named machines are parts: the motor that charges a breaker's
 * spring, the tank beside a bushing; or that a word for several names, where they are parts of one of them: the throttle
 * valve of a turbine. "Has a pump a tap changer?" is about pumps.
 */
function wholeOf(
  machines: readonly Hit[],
  { hits, free, vague }: Record<'hits' | 'free' | 'vague', readonly Hit[]>,
  text: string,
  { tells, enough }: Classes,
  isPartOf: (hit: Hit, asset: string) => boolean,
): string | undefined {
  const own = new Set(machines.flatMap(assetsOf));
  const isFault = (hit: Hit): boolean => hit.kind === 'fault' && hit.proper;
  if (hits.some((hit) => isFault(hit) && assetsOf(hit).some((asset) => own.has(asset)))) return undefined;
  const isWhole = (asset: string | undefined): asset is string =>
    asset !== undefined && machines.every((hit) => isPartOf(hit, asset));
  // "Prime" alone is not the priming of a boiler.
  const faults = free.filter((hit) => isFault(hit) && (hit.used.length > 1 || !LOOSE.has(hit.how)));
  const ofFault = onlyClassOf(faults.filter((hit) => assetsOf(hit).length === 1));
  if (isWhole(ofFault)) return ofFault;
  if (machines.some((hit) => /\ban?\s$/i.test(text.slice(0, hit.start)))) return undefined;
  const named = new Set(free.flatMap((hit) => (hit.kind === 'asset' ? hit.used : [])));
  const parts = free.filter(
    (hit) =>
      hit.kind === 'component' && !LOOSE.has(hit.how) && tells(hit) >= enough && !hit.used.some((i) => named.has(i)),
  );
  const ofPart = onlyClassOf(parts.filter((hit) => saysEnough(text.slice(hit.start, hit.end))));
  if (isWhole(ofPart)) return ofPart;
  const [ofVague, ...more] = [...new Set(vague.flatMap(assetsOf))].filter(isWhole);
  return more.length === 0 ? ofVague : undefined;
}

/** "Pump vibration" is a reading of a hydraulic system, and yet it is the vibration of a pump that is told. */
function beforeReadings(hits: readonly Hit[]): Hit[] {
  const readings = hits.filter((hit) => hit.kind === 'parameter' && hit.used.length > 1);
  return hits.filter(
    (hit) =>
      hit.kind === 'asset' &&
      assetsOf(hit).length === 1 &&
      readings.some((whole) => {
        const rest = whole.used.filter((i) => !hit.used.includes(i)).join();
        const begins = hit.used.every((i, k) => whole.used[k] === i);
        return (
          begins &&
          hits.some(
            (other) =>
              other.kind === 'parameter' &&
              other.used.join() === rest &&
              other.entries.some((entry) => entry.asset === assetsOf(hit)[0]),
          )
        );
      }),
  );
}

function plainOf(hit: Hit, text: string): string {
  return text.slice(hit.start, hit.end).toLowerCase();
}

function headOf(hit: Hit, text: string): string {
  return fold(
    plainOf(hit, text)
      .split(/[\s-]+/)
      .at(-1)!,
  );
}

const MACHINE_PLACE =
  /\b(?:of|in|on|for|with|inside|have|has|my|our)\s+(?:an?|any|some)\s+([a-z]+)(?:\s+([a-z]+))?|\b[a-z]{1,4}-?\d{1,4}[a-z]?\s*\(([a-z]+)\)/gi;

function strangersIn(text: string, lexicon: Lexicon): Span[] {
  return [...text.slice(0, LONGEST_FOR_STRANGERS).matchAll(MACHINE_PLACE)].flatMap((match): Span[] => {
    for (const word of match.slice(1)) {
      if (word === undefined) continue;
      const start = match.index + match[0].lastIndexOf(word);
      if (isUnheardOf(word, lexicon)) return [{ start, end: start + word.length, text: word }];
    }
    return [];
  });
}

function isUnheardOf(word: string, lexicon: Lexicon): boolean {
  const plain = word.toLowerCase();
  return (
    plain.length > 2 && !lexicon.knows({ plain, stem: fold(plain) }) && !isCommonWord(plain) && !lexicon.mend(plain)
  );
}

const LONGEST_FOR_STRANGERS = 4000;

function inBrackets(text: string, hit: Hit): boolean {
  return text[hit.start - 1] === '(' && text[hit.end] === ')';
}

function standsBeside(text: string, hit: Hit, tag: TagSpan): boolean {
  if (hit.start >= tag.end) return /^\s*\(\s*(?:an? |the )?$/.test(text.slice(tag.end, hit.start));
  return tag.start >= hit.end && /^\s*\(?$/.test(text.slice(hit.end, tag.start));
}

function assetsOf(hit: Hit): string[] {
  return [...new Set(hit.entries.map((entry) => entry.asset))];
}

/** The one class that all of them mean; undefined where there is none, or several. */
function onlyClassOf(hits: readonly Hit[]): string | undefined {
  const [only, ...more] = new Set(hits.flatMap(assetsOf));
  return more.length === 0 ? only : undefined;
}

/**
 * In "pump motor" and "conveyor 2 motor" the machine is the motor; in "UPS fan" it is the supply, whose sheet has a fault
 * of its cooling fan; and the drive end is no drive.
 */
function headNouns(hits: readonly Hit[], text: string, { failingBy }: Classes): Hit[] {
  return hits.filter((hit, i) => {
    if (SIDE.test(text.slice(hit.end))) return false;
    const next = hits[i + 1];
    if (!next || !COMPOUND.test(text.slice(hit.end, next.start))) return true;
    return assetsOf(hit).every((asset) => failingBy.get(headOf(next, text))?.has(asset));
  });
}

/** What stands between two nouns of one compound. */
const COMPOUND = /^(?:[\s-]|\s(?:no\.?\s?)?#?\d{1,3}[a-z]?\s)$/i;

/** After a machine's name: a place on another one. */
const SIDE = /^[\s-](?:end|side)\b/i;
