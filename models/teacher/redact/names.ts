/**
 * Names of people in what is written about machines: those the plant knows, those with a title, and those that lists of
 * common names, capitals and the words around them give away. Half of a plant's words were somebody's name once (Francis,
 * Buchholz, Mark, Rod), so a name that is also a word counts only where something beside it says that a person is meant.
 *
 * There is no language model here: a rare name, in small letters, with nothing around it, is not found. What a plant
 * cannot allow to leave belongs into REDACT_WORDS.
 */
import { EPONYMS, FAMILY, GIVEN, GIVEN_TOO, MAKERS, PARTICLES } from './name-lists.ts';
import type { Span } from './span.ts';
import { termFinder, termsIn } from './terms.ts';

export interface NameHints {
  /** People known here by name. */
  people?: readonly string[];
  /** Words of the trade: never a name for their capital alone. Folded, as `foldName` does. */
  trade?: ReadonlySet<string>;
}

interface Word {
  start: number;
  end: number;
  text: string;
  /** Small letters, no accents: what lists hold. */
  folded: string;
  capital: boolean;
  /** What stands between it and the word before. */
  before: string;
  /** Begins a sentence or a line. */
  first: boolean;
}

/** `Müller` → `muller`, `O'Brien` → `obrien`. */
export function foldName(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}|['’.]/gu, '')
    .replace(/ß/g, 'ss')
    .replace(/ø/gi, 'o')
    .replace(/ł/gi, 'l')
    .toLowerCase();
}

const finders = new WeakMap<readonly string[], RegExp | undefined>();

export function namesIn(text: string, hints: NameHints): Span[] {
  const words = wordsOf(text);
  const spans = [...knownIn(text, hints.people), ...signaturesIn(text)];
  for (let i = 0; i < words.length; i++) {
    const length = nameAt(words, i, hints.trade ?? NOTHING);
    if (length === 0) continue;
    spans.push({ start: words[i]!.start, end: words[i + length - 1]!.end, kind: 'PERSON' });
    i += length - 1;
  }
  return spans;
}

const NOTHING: ReadonlySet<string> = new Set();

/** How many words, from the i-th on, are a person's name. */
function nameAt(words: readonly Word[], i: number, trade: ReadonlySet<string>): number {
  const word = words[i]!;
  const cue = cueBefore(words, i);
  const title = titleBefore(words, i);
  const follows = familyAfter(words, i, trade);
  const plain = (one: Word): boolean => trade.has(one.folded) || isOrdinary(one.folded);
  const machine =
    EPONYMS.has(word.folded) || (follows > 0 && EPONYMS.has(words[i + follows]!.folded) && !GIVEN.has(word.folded));

  // Dr. van der Berg
  if (title === 'courtesy' && PARTICLES.has(word.folded) && !word.capital) return familyAfter(words, i - 1, trade);
  if (title && word.capital && (!plain(word) || title === 'courtesy')) return 1 + follows;
  const given = givenOf(word);
  if (given === 'sure' && word.capital) {
    // "John Crane seal": a maker, unless someone does something.
    if (cue !== 'strong' && MAKERS.has(`${word.folded} ${words[i + 1]?.folded}`)) return 0;
    if (machine && follows === 0 && !cue) return 0;
    return trade.has(word.folded) && follows === 0 && !cue ? 0 : 1 + follows;
  }
  if (given === 'maybe' && word.capital) {
    if (follows > 0 && isFamily(words[i + follows]!) && !machine) return 1 + follows;
    if (cue && !machine && !(trade.has(word.folded) && !cue.startsWith('strong'))) return 1 + follows;
    if (saysAfter(words, i) && !machine) return 1;
    return 0;
  }
  // ask anna mueller: small letters, so only where someone is spoken to or of.
  if (given === 'sure' && !word.capital && cue && !trade.has(word.folded)) return 1 + familyAfterSmall(words, i);
  if (initialsAt(words, i)) {
    const next = initialsAt(words, i);
    const family = words[i + next];
    if (family && !plain(family)) return next + 1 + familyAfter(words, i + next, trade);
  }
  if (!word.capital || word.text.length < 3 || plain(word) || /\d/.test(word.text)) return 0;
  if (machine && cue !== 'strong') return 0;
  // Unknown, with a capital, where a person is spoken to or of.
  if (cue === 'strong' && !isShout(word)) return 1 + follows;
  if (FAMILY.has(word.folded) && (saysAfter(words, i) || (cue && !word.first))) return 1 + follows;
  if (saysAfter(words, i) === 'strong' && !word.first && !isShout(word)) return 1;
  return 0;
}

function isShout(word: Word): boolean {
  return word.text.length > 1 && word.text === word.text.toUpperCase();
}

function givenOf(word: Word): 'sure' | 'maybe' | undefined {
  if (GIVEN_TOO.has(word.folded)) return 'maybe';
  const parts = word.folded.split('-');
  if (parts.every((part) => GIVEN.has(part))) return 'sure';
  if (parts.length > 1 && parts.every((part) => GIVEN.has(part) || GIVEN_TOO.has(part))) return 'sure';
  return undefined;
}

function isFamily(word: Word): boolean {
  return word.folded.split('-').some((part) => FAMILY.has(part) || FAMILY.has(part.replace(/(?<=[aou])e/g, '')));
}

/** Words that belong to the name after its first: particles and a family name, or an initial. */
function familyAfter(words: readonly Word[], i: number, trade: ReadonlySet<string>): number {
  let at = i + 1;
  while (
    at < words.length &&
    at <= i + 2 &&
    glued(words[at]!) &&
    PARTICLES.has(words[at]!.folded) &&
    (at === i + 1 || !words[at]!.first)
  )
    at++;
  const next = words[at];
  if (!next || !glued(next) || !next.capital) return 0;
  if (next.text.length === 1) return at - i;
  if (isShout(next) !== isShout(words[i]!) && isShout(next)) return 0;
  // "Peter Pump": who stands beside a machine is not called after it.
  if (!isFamily(next) && (trade.has(next.folded) || isOrdinary(next.folded) || /\d/.test(next.text))) return 0;
  if (next.text.length < 2) return 0;
  // A second given name, or the family name's second half.
  const more = words[at + 1];
  const second = more && glued(more) && more.capital && isFamily(more) ? 1 : 0;
  return at - i + second;
}

/** In small letters only what the lists know. */
function familyAfterSmall(words: readonly Word[], i: number): number {
  const next = words[i + 1];
  return next && glued(next) && isFamily(next) ? 1 : 0;
}

/** P. Schneider, J.-P. Martin, J. R. Miller */
function initialsAt(words: readonly Word[], i: number): number {
  let count = 0;
  for (let at = i; at < words.length && at < i + 2; at++) {
    const word = words[at]!;
    if (!/^\p{Lu}(?:-\p{Lu})?$/u.test(word.text)) break;
    if (!/^\.-?\s?/.test(words[at + 1]?.before ?? '')) break;
    count++;
  }
  const family = words[i + count];
  return count > 0 && family?.capital && family.text.length > 2 && !isShout(family) ? count : 0;
}

const glued = (word: Word): boolean => /^[ \t]$|^\.\s?$/.test(word.before);

// ------------------------------------------------------------------------------------------------ what gives a name away

const COURTESY = new Set(
  'mr mrs ms miss mx mister dr prof professor herr herrn frau hr monsieur madame mme mlle sir kollege kollegin kollegen kolleginnen'.split(
    ' ',
  ),
);
const TRADES = new Set(
  'colleague lead supervisor foreman operator technician engineer mechanic electrician fitter manager planner inspector contractor schichtleiter schichtfuhrer meister techniker technikerin mechaniker elektriker ingenieur monteur vorarbeiter chef technicien ingenieur mecanicien electricien superviseur'.split(
    ' ',
  ),
);

/** `courtesy`: a name must follow. `trade`: often one does. */
function titleBefore(words: readonly Word[], i: number): 'courtesy' | 'trade' | undefined {
  const before = words[i - 1];
  if (!before || !/^\.?\s$/.test(words[i]!.before)) return undefined;
  if (COURTESY.has(before.folded)) return 'courtesy';
  // "M. Dupont": French for Mr.
  if (
    before.text === 'M' &&
    words[i]!.before.startsWith('.') &&
    (words[i]!.text.length > 3 || PARTICLES.has(words[i]!.folded))
  )
    return 'courtesy';
  return TRADES.has(before.folded) && words[i]!.before === ' ' ? 'trade' : undefined;
}

const SPOKEN_TO = new Set(
  'hi hello hey dear hallo liebe lieber liebes moin servus bonjour salut cher chere danke merci thanks ping cc attn gruss grusse regards cheers'.split(
    ' ',
  ),
);
const SPOKEN_OF = new Set(
  'ask asked asking tell told telling inform informed called phoned texted emailed notify notified thank frag frage fragt fragte gefragt sag sagte rufe anruf informiere informiert demande demandez demander appelez appeler selon laut says said met contact contacted contacte assigned'.split(
    ' ',
  ),
);
const AND = new Set(['and', 'or', 'und', 'oder', 'et', 'ou']);
const BY = new Set('by with from for to and mit von bei an und fur durch avec par chez pour et'.split(' '));

const FILLERS = new Set(['mal', 'doch', 'bitte', 'please', 'also', 'our', 'unseren', 'unsere']);

/** `strong`: a person is spoken to or of; `weak`: it may be. */
function cueBefore(words: readonly Word[], i: number): 'strong' | 'weak' | undefined {
  // frag mal Torsten, please ask Anna
  const at = FILLERS.has(words[i - 1]?.folded ?? '') ? i - 1 : i;
  const before = words[at - 1];
  if (!before || !/^[,:]?\s+$/.test(words[i]!.before)) return undefined;
  const [one, two] = [before.folded, words[at - 2]?.folded ?? ''];
  if (SPOKEN_TO.has(one) || SPOKEN_OF.has(one)) return 'strong';
  if (
    /^(?:according to|spoke (?:to|with)|talk(?:ed)? (?:to|with)|speak (?:to|with)|signed by|reported by|checked by|done by|written by|requested by|call(?:ed)? by|name is|on behalf|gemeldet von|gepruft von|geandert von|rucksprache mit|gesprochen mit|parle (?:a|avec)|signale par|vu par|signed off)$/.test(
      `${two} ${one}`,
    )
  )
    return 'strong';
  // Anna or Peter
  if (AND.has(one) && givenOf(words[at - 2] ?? before)) return 'strong';
  return BY.has(one) || one === 'call' || one === 'see' ? 'weak' : undefined;
}

const SAYS = new Set(
  'says said thinks thought noticed reported reports heard saw told wrote writes suggests suggested insists mentioned asked reckons meint meinte sagt sagte hat dit pense signale vu'.split(
    ' ',
  ),
);
const STAFF =
  /^(?:from|in|of|vom|von der|aus der|du|de la) (?:maintenance|operations|control|shift|night shift|day shift|instandhaltung|leitwarte|schicht|maintenance|production)/;

function saysAfter(words: readonly Word[], i: number): 'strong' | undefined {
  const [next, second, third] = [words[i + 1], words[i + 2], words[i + 3]];
  if (!next || !/^,?\s$/.test(next.before)) return undefined;
  if (SAYS.has(next.folded) && next.folded !== 'hat' && next.folded !== 'saw') return 'strong';
  return STAFF.test([next, second, third].map((word) => word?.folded ?? '').join(' ')) ? 'strong' : undefined;
}

/** The last line's name after a greeting: "Gruß, Kalle", "regards\nP. Ostrowski", "— Ines". */
const SIGNED =
  /(?:^|[\s.,;!])(?:best regards|kind regards|regards|cheers|viele grüße|mit freundlichen grüßen|grüße|gruß|gruss|mfg|vg|lg|cordialement|bien à vous|signed|gez\.|signé)[,.:!]?\s+(?:[-–—]\s?)?(?<what>\p{Lu}[\p{L}.'’-]*(?:\s\p{Lu}[\p{L}.'’-]+){0,2})/giu;
const DASHED = /[\n.!?]\s*[–—]\s?(?<what>\p{Lu}[\p{L}.'’-]+(?:\s\p{Lu}[\p{L}'’-]+){0,2})\s*$/gu;

function signaturesIn(text: string): Span[] {
  return [SIGNED, DASHED].flatMap((pattern) =>
    [...text.matchAll(pattern)].flatMap((match): Span[] => {
      const what = match.groups!.what!;
      // The pattern ignores case for the greeting; a name has its capital all the same.
      if (!/^\p{Lu}/u.test(what)) return [];
      const start = match.index + match[0].lastIndexOf(what);
      return [{ start, end: start + what.length, kind: 'PERSON' }];
    }),
  );
}

/** Full names, and each part of them that is no ordinary word; also as `mueller` for `Müller`. */
function knownIn(text: string, people: readonly string[] | undefined): Span[] {
  if (!people?.length) return [];
  if (!finders.has(people)) finders.set(people, termFinder(people.flatMap(partsOf)));
  return termsIn(text, finders.get(people), 'PERSON');
}

function partsOf(name: string): string[] {
  const parts = name
    .split(/[\s,]+/)
    .filter((part) => part.length > 2 && !isOrdinary(foldName(part)) && !GIVEN_TOO.has(foldName(part)));
  const spelled = [name, ...parts].map((part) =>
    part.replace(/ä/g, 'ae').replace(/ö/g, 'oe').replace(/ü/g, 'ue').replace(/ß/g, 'ss'),
  );
  return [name, ...parts, ...spelled];
}

// ------------------------------------------------------------------------------------------------ words

const WORD = /[\p{L}\d]+(?:['’][\p{L}]+|-[\p{L}\d]+)*/gu;

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    // Anna's → Anna
    const written = match[0].replace(/['’]s$/i, '');
    const before = text.slice(end, match.index);
    words.push({
      start: match.index,
      end: match.index + written.length,
      text: written,
      folded: foldName(written),
      capital: /^\p{Lu}/u.test(written),
      before,
      first: words.length === 0 || /[.!?:\n•]/.test(before),
    });
    end = match.index + written.length;
  }
  return words;
}

/** Words that stand with a capital in all three languages and are nobody's name. */
const ORDINARY = new Set(
  `the this that these those what which when where why who how is are was were do does did can could should would will may might must
  and but or if then so because since after before while until all any some each every no not only also again still just now here there
  it its he she they we you i my our your his her their a an of on in at to for from by with without about over under between
  please yes ok sorry today yesterday tomorrow tonight morning afternoon evening night monday tuesday wednesday thursday friday saturday sunday
  january february march april may june july august september october november december montag dienstag mittwoch donnerstag freitag
  samstag sonntag januar februar marz mai juni juli oktober dezember lundi mardi mercredi jeudi vendredi samedi dimanche
  unit line plant shift area room floor building hall station panel control operations maintenance operator engineer technician team
  everyone everybody someone anybody somebody nobody people others support service management vendor supplier manufacturer oem site
  der die das den dem des ein eine einen einem einer eines und oder aber wenn dann weil da doch nicht kein keine was welche welcher
  welches warum wie wo wer wann ist sind war waren hat haben hatte kann konnen soll sollte muss mussen wird werden wurde bei von mit
  aus auf an im in am zu zum zur nach vor uber unter ich wir sie er es ihr uns mir mich bitte danke hallo seit
  pumpe pumpen motor lager lagerung welle getriebe turbine generator kessel ventil leitung druck temperatur schwingung drehzahl strom
  spannung ol wasser dampf kuhlung schicht anlage maschine halle leitwarte wartung instandhaltung werkstatt meister team alle jemand
  le la les un une des du de et ou mais si que qui quoi pourquoi comment quand est sont etait a ont avec sans pour par sur sous dans
  pompe moteur palier vanne chaudiere pression temperature vitesse huile eau vapeur equipe atelier salle ligne usine tous quelqu
  error alarm alert warning note attention info re fw fwd subject betreff objet hinweis achtung test ok usd eur iso din en iec api nfpa
  english german french deutsch englisch europe germany france usa uk`
    .split(/\s+/)
    .filter(Boolean),
);

function isOrdinary(folded: string): boolean {
  return ORDINARY.has(folded) && !GIVEN.has(folded);
}
