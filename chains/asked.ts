/**
 * What is asked of a machine, from the question's wording, from what its options are, and, for a follow-up, from what
 * its thread speaks of. Wording is read by models/knowledge/asks.ts; this file decides where wording leaves it open.
 */
import { type Asks, asks, type Relation } from '../models/knowledge/asks.ts';
import type { Found, Matcher } from '../models/knowledge/names.ts';
import { diagnose } from '../models/knowledge/rank.ts';
import { isRole, isTold, type RankedRule, rankRoles, rankRules, ruleOfAction } from '../models/knowledge/rules.ts';
import type { Asked } from '../models/knowledge/select.ts';
import { signsOf, wordsOfSigns } from '../models/knowledge/signs.ts';
import type { Sheet } from '../models/knowledge/types.ts';
import { contentStems } from '../models/knowledge/words.ts';
import { itemKind } from './items.ts';
import { inSheetWords } from './readings.ts';

export interface AskedOf {
  text: string;
  found: Found;
  /** Canonical names in the question itself. */
  own: { faults: readonly string[]; parameters: readonly string[]; components: readonly string[] };
  options: readonly string[];
  /** Of the machine's class, when that is known. */
  sheet: Sheet | undefined;
  /** The fault that the thread speaks of, when the question leans on it. */
  threadFault: string | undefined;
}

type Told = { asked: Asked | undefined } & Omit<Asks, 'relation'>;

/** What was asked, whether turned round, and whether several answers are wanted. */
export function whatIsAsked(about: AskedOf, matcher: Matcher): Told {
  const told = heard(about, matcher);
  return isStatement(about) ? ofStatement(told, about) : told;
}

/** Nothing is asked in so many words, and nothing is to be chosen from. */
function isStatement({ text, options, threadFault }: AskedOf): boolean {
  return options.length === 0 && threadFault === undefined && onlyTells(text);
}

/** It asks nothing and bids nothing. */
export function onlyTells(text: string): boolean {
  return !isAsking(text) && !/\?/.test(text) && !REQUEST.test(text);
}

const REQUEST =
  /^\W*(?:(?:please|now|so) )*(?:put|explain|describe|define|tell|name|give|list|say|compare|advise|recommend|suggest|spell out)\b/i;

/**
 * Whoever tells what is amiss with a machine wants to know what it is and what to do first, whether or not the words name
 * a fault; and a "not" in it is of what was seen.
 */
function ofStatement(told: Told, { found, own, sheet, text }: AskedOf): Told {
  const named = [...found.tags, ...found.assets, ...found.faults, ...found.parameters];
  const moved = found.parameters.some(({ change }) => change !== undefined);
  const others = found.faults.length > own.faults.length;
  const more = found.tags.length > 0 || moved || others || wordsOfSigns(text, named) >= 1;
  const amiss: (Asked | undefined)[] = own.faults.length > 0 ? ['cell', 'explain'] : [undefined];
  const known = sheet !== undefined || found.assetCandidates.length > 0;
  const asked = known && more && amiss.includes(told.asked) ? 'diagnose' : told.asked;
  return { ...told, asked, negated: false, certain: true };
}

function heard(about: AskedOf, matcher: Matcher): Told {
  const { text, found, own, options, sheet, threadFault } = about;
  const { tellsSigns: _, ...names } = found;
  // A reading in a follow-up may belong to the fault that the thread speaks of: then it is not asked for its own faults.
  const { relation: said, ...how } = asks(text, threadFault ? names : found);
  const relation = own.faults.length > 0 ? ofFault(said, text, own.parameters.length > 0) : said;
  if (sheet && tellsRule(sheet, relation, text, options)) return { asked: 'rule', ...how };
  const items = sheet && own.faults.length ? itemKind(sheet, options) : undefined;
  if (items) return { asked: items, ...how };
  // What no rule of the sheet is about is a diagnosis: what is wrong, and what to do first.
  const worded = relation === 'rule' ? 'diagnose' : known(relation);
  const kind = optionKind(matcher, options, sheet?.asset);
  if (kind === 'component' && own.faults.length === 0) {
    const ofParts = sheet && amongParts(sheet, worded, text);
    if (ofParts) return { asked: ofParts, ...how, byRole: ofParts === 'role' };
  }
  const signs = sheet !== undefined && (holdsSign(text, sheet) || tellsMore(about));
  const open = options.length === 0 && own.faults.length === 0 && !threadFault;
  const asked = decided({ worded, found, own, kind, options, signs });
  if (asked === undefined && sheet && soundsLikeSigns(about, sheet)) return { asked: 'diagnose', ...how };
  // What is asked of a fault, and none is named: what was seen must tell which.
  const asksReading = asked === 'parameters' && ASKS_READING.test(text);
  if (NEED_FAULT.has(asked) && !asksReading && open && sheet && soundsLikeSigns(about, sheet, FAULT_IS_NEEDED))
    return { asked: 'diagnose', ...how };
  const leans = asked === undefined || asked === 'diagnose' || (asked === 'role' && own.components.length === 0);
  if (threadFault && own.faults.length === 0 && !signs && leans) {
    return { asked: askedOfThread(text, found, threadFault) ?? asked, ...how };
  }
  return { asked, ...how };
}

/** A reading is asked for by that word: whoever says "which sensor" does not ask what is wrong. */
const ASKS_READING = /\b(?:which|what) (?:\w+ )?(?:sensor|reading|parameter|measurement|signal|instrument|probe)s?\b/i;
const NEED_FAULT = new Set<Asked | undefined>(['parameters', 'checks', 'effects', 'causes', 'explain', 'cell']);

/** From these on, a text tells a rule's condition: where it asks what to do, and where it names a fault besides. */
const CONDITION_MET = 0.35;
const CONDITION_WHOLE = 0.6;
const MOST_TOLD = 0.5;
const RULE_LEADS = 0.1;
/** A fault is named: what it looks like is asked, or why it comes about. */
function ofFault(relation: Relation, text: string, ofReading: boolean): Relation {
  if ((relation === 'other' || relation === 'explain') && SEEN_OF_IT.test(text)) return 'parameters';
  const why = WHY_AT_LAST.test(text) || (!ofReading && WHY_AT_FIRST.test(text));
  return (relation === 'cell' || relation === 'other') && why ? 'causes' : relation;
}

const SEEN_OF_IT =
  /\bwhat (?:will|would|can|could|should|do|shall|to) (?:(?:i|we|you|one) )?(?:see|notice|hear|feel|sample|measure|read)\b/i;
/** "Surges at part load, why?" */
const WHY_AT_LAST = /\b(?:why|how come|why so|why is that)\W*$/i;
/** "Why do transformer bushings fail?", where no reading is named that a fault might show in. */
const WHY_AT_FIRST = /(?:^|[.!?]\s)\W*(?:and |but |so )*why (?:do|does|did|would|is|are)\b/i;
/** Options are actions already; the condition need only be recognisable. */
const CONDITION_HINTED = 0.15;
/** Of an option that is a rule's action in one of its wordings. */
const SURELY_ACTION = 0.7;

/** A condition that one of the sheet's rules is for, and what to do about it is asked or offered. */
function tellsRule(sheet: Sheet, relation: Relation, text: string, options: readonly string[]): boolean {
  if (sheet.rules.length === 0) return false;
  const best = (): RankedRule => rankRules(sheet, text)[0]!;
  const actions = options.filter((option) => (ruleOfAction(sheet, option)?.sure ?? 0) >= SURELY_ACTION).length;
  if (actions >= 2 && actions > options.length / 2) {
    return relation !== 'actions' || best().told >= CONDITION_WHOLE || isTold(best(), CONDITION_MET);
  }
  if (relation === 'actions') return best().told >= CONDITION_WHOLE;
  if (relation !== 'rule') return false;
  return options.length >= 2 ? isTold(best(), CONDITION_HINTED) : isClear(sheet, text);
}

/** With nothing to choose from: most of the condition is told, or what is told speaks for the rule's fault as well. */
function isClear(sheet: Sheet, text: string): boolean {
  const [best, next] = rankRules(sheet, text);
  if (!best || !isTold(best, CONDITION_MET)) return false;
  if (best.told >= MOST_TOLD) return true;
  const { fault } = sheet.rules[best.rule]!;
  if (fault === undefined) return best.score - (next?.score ?? 0) >= RULE_LEADS;
  return diagnose(sheet, { signsText: inSheetWords(text), parameters: [] })[0]?.fault === fault;
}

/** Options are parts: which the machine has, or which one does what is told. */
function amongParts(sheet: Sheet, worded: Asked | undefined, text: string): 'parts' | 'role' | undefined {
  if (worded === 'parts') return worded;
  if (worded !== undefined && worded !== 'components' && worded !== 'role') return undefined;
  if (isRole(rankRoles(sheet, text)[0])) return 'role';
  return SUFFERS.test(text) ? undefined : 'parts';
}

/** Which part suffers is asked, of no fault that is named. */
const SUFFERS =
  /\b(?:fails?|failing|failure|prone|suffers?|worn|wears?|erod\w*|erosion|corro\w*|breaks?|broken|crack\w*|damag\w*|vulnerable|weakest)\b/i;

/** The same words, as if the thread's fault had been named in them. */
function askedOfThread(text: string, found: Found, fault: string): Asked | undefined {
  const named = { start: 0, end: 0, text: '', name: fault, how: 'exact' as const, candidates: [], resolved: true };
  const asked = known(asks(text, { ...found, faults: [named] }).relation);
  if (asked === 'cell' && found.parameters.length === 0) return 'parameters';
  if ((asked === undefined || asked === 'diagnose') && TRENDED.test(text)) return 'parameters';
  if (asked === undefined && /^\W*(?:and |but |so )?(?:why|how so|how come)\b/i.test(text)) return 'explain';
  return asked === 'diagnose' || asked === 'faults' ? undefined : asked;
}

/** "What should I be trending to see it coming?" */
const TRENDED =
  /\b(?:what|which|how)\b[^.?!]{0,40}\b(?:trend|monitor|watch|track|measur|keep an eye)\w*|\bse(?:e|en) (?:it|that|this) coming\b/i;

function known(relation: Relation): Asked | undefined {
  return relation === 'other' ? undefined : relation;
}

/** More is told than what is named, with no options to choose from: two words of it in a statement, three beside a question. */
function tellsMore({ text, found, own, options, threadFault }: AskedOf): boolean {
  if (options.length > 0 || threadFault || own.faults.length + own.parameters.length === 0) return false;
  const asksAtOnce = ASKS.test(text);
  if (asksAtOnce && own.faults.length > 0) return false;
  const named = [...found.tags, ...found.assets, ...found.faults, ...found.parameters];
  return wordsOfSigns(text, named) >= (asksAtOnce ? 3 : 2);
}

/** It puts a question, and does not only tell. */
export function isAsking(text: string): boolean {
  return ASKS.test(text);
}

const ASKS =
  /\b(?:which|what|whats|why|how|who|where|explain|describe|name|list|tell|cause|causes)\b|(?:^|[,.;:?!-])\s*(?:and |but |so )?(?:does|do|is|are|can|could|will|would|should|must)\b/i;

type Kind = 'fault' | 'parameter' | 'component';

/** The text holds a sign of one of the sheet's faults nearly word for word: three content words of it, and most of it. */
function holdsSign(text: string, sheet: Sheet): boolean {
  const said = new Set(contentStems(text));
  return signsOf(sheet).some((sign) => {
    const shared = sign.filter((stem) => said.has(stem)).length;
    return shared >= 3 && shared >= 0.6 * sign.length;
  });
}

/** No one sign is in the text, and yet what is said points to one of the sheet's faults. */
function soundsLikeSigns({ text, found }: AskedOf, sheet: Sheet, least = SOUNDS): boolean {
  const named = [...found.tags, ...found.assets];
  if (wordsOfSigns(text, named) < 2) return false;
  const best = diagnose(sheet, { signsText: inSheetWords(text), parameters: [] })[0];
  return best !== undefined && best.score >= least;
}

/** So much of what was said is said of one fault, too. */
const SOUNDS = 0.5;
/** Where a fault is needed and none is named there is nothing else to be asked about. */
const FAULT_IS_NEEDED = 0.3;

/** What most of the options are: names of faults, of parameters or of components. */
function optionKind(matcher: Matcher, options: readonly string[], asset: string | undefined): Kind | undefined {
  if (options.length < 2) return undefined;
  const kinds: Kind[] = ['parameter', 'fault', 'component'];
  const counts = kinds.map((kind) => ({
    kind,
    // A part that the machine does not have is a part all the same.
    count: options.filter((option) => {
      const covered =
        kind === 'component' ? matcher.covers(option, kind) : (matcher.nameOf(option, kind, asset)?.coverage ?? 0);
      return covered >= 0.75;
    }).length,
  }));
  const best = counts.sort((a, b) => b.count - a.count)[0]!;
  return best.count > options.length / 2 ? best.kind : undefined;
}

/** Wording decides; options and names decide where wording does not, or says what the options cannot answer. */
function decided(about: {
  worded: Asked | undefined;
  found: Found;
  own: { faults: readonly string[]; parameters: readonly string[] };
  kind: Kind | undefined;
  options: readonly string[];
  signs: boolean;
}): Asked | undefined {
  const { worded, found, own, kind, options, signs } = about;
  if (kind === 'parameter' && own.faults.length) return 'parameters';
  // Whoever offers readings asks which of them, whatever was seen.
  if (kind === 'parameter' && (worded === 'diagnose' || worded === 'explain')) return 'parameters';
  if (worded === 'explain' && own.faults.length) return 'explain';
  const asksFault = worded === 'faults' || worded === 'cell' || worded === 'explain' || worded === undefined;
  if (asksFault && signs && (kind === 'fault' || options.length === 0)) return 'diagnose';
  if (kind === 'fault' && worded !== 'faults' && !own.faults.length) {
    return own.parameters.length === 1 && worded !== 'diagnose' ? 'faults' : 'diagnose';
  }
  if (kind === 'component' && own.faults.length) return 'components';
  if (worded === 'faults' && own.parameters.length === 0 && own.faults.length === 0) return 'diagnose';
  if (worded === 'faults' && own.parameters.length > 1) return 'diagnose';
  if (worded === 'cell' && options.length) return own.faults.length ? 'parameters' : 'faults';
  if (worded) return worded;
  if (own.parameters.length && own.faults.length) return 'cell';
  if (own.faults.length) return 'explain';
  if (found.parameters.length || found.components.length) return found.asset ? 'diagnose' : undefined;
  return undefined;
}
