/**
 * Chooses among options by the sheet: each option is matched to a parameter, fault, part or item of a list and gets a
 * strength; a question that is turned round wants what has none. An option that means nothing to the sheet lowers the
 * confidence, for it could be the right one.
 */

import type { Matcher } from '../knowledge/names.ts';
import { diagnose } from '../knowledge/rank.ts';
import { isTold, rankRoles, rankRules, ruleOfAction, shareOfActions } from '../knowledge/rules.ts';
import { type Bounds, turned } from '../knowledge/turned.ts';
import type { Component, Fault, Sheet } from '../knowledge/types.ts';
import { contentStems } from '../knowledge/words.ts';
import { listed, paragraph, withArticle } from './sentences.ts';
import type { Subject } from './subject.ts';

export interface Chosen {
  /** Options as given, in their order. */
  options: string[];
  confidence: number;
  rationale: string;
  /** Ids of the facts that decide. */
  facts: string[];
}

export type Choice = { kind: 'chosen'; chosen: Chosen } | { kind: 'not known'; reason: string };

interface Scored {
  option: string;
  /** Canonical name it stands for. */
  name?: string;
  /** 0: the sheet says that it does not belong; above 0: how strongly it does; undefined: the sheet does not know it. */
  strength?: number;
  /** How surely the option was understood, 0–1. */
  sure: number;
  why?: string;
  fact?: string;
}

const NONE = /^(?:none|neither)\b.*|^no(?:ne)? of (?:these|the above|them)/i;
const ALL = /^(?:all|both|any)\b(?: of)?(?: the)?(?: (?:above|these|them|options|listed))?\s*$/i;

/** What a sheet knows is shown or not shown. */
const BOUNDS: Bounds = { belongs: 0.01, not: 0 };
/** Certainty of a choice in which the options, not the wording, told which way the question is turned. */
const AGAINST_WORDING = 0.8;

/** What is read of an option. */
const LONGEST_OPTION = 400;

export function chooseBySheet(subject: Subject, options: readonly string[], matcher: Matcher): Choice {
  const plain = options.map((option) => unlabelled(option.slice(0, LONGEST_OPTION)));
  const asked = kindOfOptions(subject, plain, matcher);
  const [fault] = subject.faults;
  switch (asked) {
    case 'parameters':
      if (!fault) return unknownFault(subject.sheet);
      return decide(
        subject,
        options,
        parametersScored(subject.sheet, fault, plain, matcher),
        faultOpening(subject.sheet, fault),
        [`${subject.sheet.asset}/${fault.name}/shows`],
      );
    case 'faults':
      return decide(
        subject,
        options,
        faultsScored(subject, plain, matcher),
        '',
        subject.parameters.map(({ name }) => `${subject.sheet.asset}/${name}/faults`),
      );
    case 'diagnose':
      return decideDiagnosis(subject, options, plain, matcher);
    case 'components':
      if (!fault) return unknownFault(subject.sheet);
      return decide(
        subject,
        options,
        componentsScored(subject.sheet, fault, plain, matcher),
        faultOpening(subject.sheet, fault),
        [`${subject.sheet.asset}/${fault.name}/components`],
      );
    case 'parts':
      return decide(subject, options, partsScored(subject.sheet, plain, matcher), '', [
        `${subject.sheet.asset}/components`,
      ]);
    case 'role':
      return decideRole(subject, options, plain, matcher);
    case 'instruments':
      return decideInstruments(subject, options, plain, matcher);
    case 'rule':
      return decideRule(subject, options, plain);
    case 'causes':
    case 'effects':
    case 'checks':
    case 'actions':
      if (!fault) return unknownFault(subject.sheet);
      return decide(
        subject,
        options,
        itemsScored(subject.sheet, fault, asked, plain),
        faultOpening(subject.sheet, fault),
        [`${subject.sheet.asset}/${fault.name}/${asked}`],
      );
    default:
      return { kind: 'not known', reason: `the options do not stand for anything in the ${subject.sheet.asset} sheet` };
  }
}

type OptionsKind =
  | 'parameters'
  | 'faults'
  | 'diagnose'
  | 'components'
  | 'causes'
  | 'effects'
  | 'checks'
  | 'actions'
  | 'parts'
  | 'role'
  | 'instruments'
  | 'rule'
  | 'unknown';

/** What the options are decides more surely than the words of the question. */
function kindOfOptions(subject: Subject, options: readonly string[], matcher: Matcher): OptionsKind {
  const { relation } = subject.asks;
  if (ofRules(subject, options)) return 'rule';
  if (relation === 'parts' || relation === 'role' || relation === 'instruments') return relation;
  if (relation === 'causes' || relation === 'effects' || relation === 'checks' || relation === 'actions')
    return relation;
  if (relation === 'components' && subject.faults.length > 0) return 'components';
  const { asset } = subject.sheet;
  const meant = options.filter((option) => !NONE.test(option) && !ALL.test(option));
  const coverage = (kind: 'parameter' | 'fault' | 'component'): number =>
    meant.reduce((sum, option) => sum + (matcher.nameOf(option, kind, asset)?.coverage ?? 0), 0) /
    Math.max(1, meant.length);
  const parameters = coverage('parameter');
  const faults = coverage('fault');
  const components = coverage('component');
  const least = 0.3;
  const asksFaults = relation === 'faults' || relation === 'diagnose';
  // Whole phrases of the sheets' lists say what is asked, whatever the verb.
  const phrases = ITEM_KINDS.map((kind) => {
    const all = subject.sheet.faults.flatMap((fault) => itemsOf(fault, kind));
    return { kind, share: meant.reduce((sum, option) => sum + nearest(option, all)[0], 0) / Math.max(1, meant.length) };
  }).sort((a, b) => b.share - a.share)[0]!;
  if (phrases.share >= 0.8 && phrases.share > Math.max(parameters, faults, components)) return phrases.kind;
  if (faults >= least && (faults > parameters || (faults === parameters && asksFaults))) {
    return subject.parameters.length > 0 && relation !== 'diagnose' ? 'faults' : 'diagnose';
  }
  if (parameters >= least && parameters >= components) return 'parameters';
  if (components >= least) return subject.faults.length > 0 ? 'components' : 'parts';
  return relation === 'parameters'
    ? 'parameters'
    : relation === 'faults' || relation === 'diagnose'
      ? relation
      : 'unknown';
}

/** The options are actions of rules, and what was told is a rule's condition rather than a fault by name. */
function ofRules({ sheet, asks, faults, text }: Subject, options: readonly string[]): boolean {
  if (asks.relation === 'causes' || asks.relation === 'effects') return false;
  const meant = options.filter((option) => !NONE.test(option) && !ALL.test(option));
  const share = shareOfActions(sheet, meant);
  const items = (fault: Fault): number =>
    meant.reduce(
      (sum, option) => sum + nearest(option, [...itemsOf(fault, 'actions'), ...itemsOf(fault, 'checks')])[0],
      0,
    ) / Math.max(1, meant.length);
  if (faults.length > 0 && (rankRules(sheet, text)[0]?.told ?? 0) < 0.6)
    return share >= 0.8 && share > items(faults[0]!);
  return share >= (asks.relation === 'rule' ? 0.5 : 0.8);
}

function unknownFault(sheet: Sheet): Choice {
  return { kind: 'not known', reason: `the question names no fault that the ${sheet.asset} sheet has` };
}

function faultOpening(sheet: Sheet, fault: Fault): string {
  return fault.mechanism
    ? `${fault.name} of ${withArticle(sheet.asset)} means that ${fault.mechanism}`
    : `${fault.name} of ${withArticle(sheet.asset)}`;
}

// ------------------------------------------------------------------------------------------------ strengths

function parametersScored(sheet: Sheet, fault: Fault, options: readonly string[], matcher: Matcher): Scored[] {
  return options.map((option): Scored => {
    const meant = matcher.nameOf(option, 'parameter', sheet.asset);
    if (!meant) return { option, sure: 0 };
    const shown = fault.shows.find((cell) => cell.parameter === meant.name);
    const not = fault.not.find((cell) => cell.parameter === meant.name);
    const fact = `${sheet.asset}/${fault.name}/why/${meant.name}`;
    const base = { option, name: meant.name, sure: surenessOf(meant), fact };
    if (shown) {
      const why = `${meant.name} ${shown.change}${shown.why ? `: ${shown.why}` : ''}`;
      return { ...base, strength: shown.strength, why };
    }
    return not
      ? { ...base, strength: 0, why: `${meant.name} does not show it${not.why ? `: ${not.why}` : ''}` }
      : { option, sure: 0 };
  });
}

function faultsScored(subject: Subject, options: readonly string[], matcher: Matcher): Scored[] {
  const { sheet } = subject;
  return options.map((option): Scored => {
    const meant = matcher.nameOf(option, 'fault', sheet.asset);
    const fault = sheet.faults.find((candidate) => candidate.name === meant?.name);
    if (!meant || !fault) return { option, sure: 0 };
    const cells = subject.parameters.map(({ name, change }) => {
      const shown = fault.shows.find((cell) => cell.parameter === name);
      const not = fault.not.find((cell) => cell.parameter === name);
      if (!shown)
        return not
          ? { strength: 0, why: `${fault.name} leaves ${name} alone${not.why ? `: ${not.why}` : ''}` }
          : undefined;
      const opposed =
        (change === 'rises' && shown.change === 'falls') || (change === 'falls' && shown.change === 'rises');
      return {
        strength: shown.strength * (opposed ? 0.4 : 1),
        why: `with ${fault.name}, ${name} ${shown.change}${shown.why ? `: ${shown.why}` : ''}`,
      };
    });
    const decided = cells.filter((cell) => cell !== undefined);
    if (decided.length === 0) return { option, name: fault.name, sure: 0 };
    return {
      option,
      name: fault.name,
      sure: surenessOf(meant),
      strength: decided.reduce((sum, cell) => sum + cell.strength, 0) / decided.length,
      why: decided[0]!.why,
      fact: `${sheet.asset}/${fault.name}/why/${subject.parameters[0]!.name}`,
    };
  });
}

function componentsScored(sheet: Sheet, fault: Fault, options: readonly string[], matcher: Matcher): Scored[] {
  return options.map((option): Scored => {
    const meant = matcher.nameOf(option, 'component', sheet.asset);
    if (!meant) return { option, sure: 0 };
    const rank = fault.components.indexOf(meant.name);
    const why =
      rank >= 0 ? `${fault.name} is a fault of the ${meant.name}` : `${fault.name} is not a fault of the ${meant.name}`;
    return {
      option,
      name: meant.name,
      sure: surenessOf(meant),
      strength: rank < 0 ? 0 : 1 - 0.2 * Math.min(rank, 4),
      why,
    };
  });
}

/** A part that only other machines have is none of this one's. */
function partsScored(sheet: Sheet, options: readonly string[], matcher: Matcher): Scored[] {
  return options.map((option): Scored => {
    const meant = matcher.nameOf(option, 'component', sheet.asset);
    const anywhere = matcher.covers(option, 'component');
    if (meant && meant.coverage >= 0.5 && meant.coverage >= anywhere) {
      const role = sheet.components.find((part) => part.name === meant.name)?.role;
      const why = `${withArticle(sheet.asset)} has ${withArticle(meant.name)}${role ? `, which ${role}` : ''}`;
      return {
        option,
        name: meant.name,
        sure: surenessOf(meant),
        strength: 1,
        why,
        fact: `${sheet.asset}/${meant.name}/role`,
      };
    }
    if (anywhere < 0.75) return { option, sure: 0 };
    return {
      option,
      sure: 0.95,
      strength: 0,
      why: `${option} is a part of other machines, not of ${withArticle(sheet.asset)}`,
    };
  });
}

/** An option belongs to the fault when it says nearly what the fault's list says, and more so than any other fault's. */
function itemsScored(sheet: Sheet, fault: Fault, kind: ItemKind, options: readonly string[]): Scored[] {
  const own = itemsOf(fault, kind);
  const others = sheet.faults.filter((other) => other !== fault).flatMap((other) => itemsOf(other, kind));
  return options.map((option): Scored => {
    const [best, index] = nearest(option, own);
    const [strange] = nearest(option, others);
    const item = own[index];
    if (best >= 0.5 && best >= strange) {
      // The list is in order of what to do or think of first.
      return {
        option,
        sure: Math.min(1, best + 0.1),
        strength: best * (1 - 0.08 * index),
        why: `${NOUN[kind]} ${fault.name} here: ${item}`,
      };
    }
    if (strange > best && strange >= 0.5)
      return { option, sure: strange, strength: 0, why: `"${option}" belongs to another fault` };
    return { option, sure: 0 };
  });
}

type ItemKind = 'causes' | 'effects' | 'checks' | 'actions';

const ITEM_KINDS: readonly ItemKind[] = ['causes', 'effects', 'checks', 'actions'];

function itemsOf(fault: Fault, kind: ItemKind): string[] {
  return kind === 'checks' ? fault.checks.map((check) => check.what) : fault[kind];
}

const NOUN = {
  causes: 'the sheet names as a cause of',
  effects: 'the sheet names as an effect of',
  checks: 'the sheet names as a check for',
  actions: 'the sheet names as an action for',
};

const stemsOfItems = new Map<string, ReadonlySet<string>>();

/** Of a sheet's own phrase: there are few of them, so they are kept. */
function stemsOf(item: string): ReadonlySet<string> {
  let stems = stemsOfItems.get(item);
  if (!stems) {
    stems = new Set(contentStems(item));
    stemsOfItems.set(item, stems);
  }
  return stems;
}

/** Cosine of folded words, and where it is greatest. */
function nearest(text: string, items: readonly string[]): [number, number] {
  const asked = new Set(contentStems(text));
  let best: [number, number] = [0, -1];
  items.forEach((item, i) => {
    const stems = stemsOf(item);
    const shared = [...asked].filter((stem) => stems.has(stem)).length;
    const score =
      text.trim().toLowerCase() === item ? 1 : shared / Math.sqrt(Math.max(1, asked.size) * Math.max(1, stems.size));
    if (score > best[0]) best = [score, i];
  });
  return best;
}

function surenessOf(meant: { how: string; coverage: number }): number {
  return (meant.how === 'typo' ? 0.9 : 1) * (meant.coverage >= 0.6 ? 1 : 0.6 + 0.5 * meant.coverage);
}

// ------------------------------------------------------------------------------------------------ decision

function decide(
  subject: Subject,
  given: readonly string[],
  scored: readonly Scored[],
  opening: string,
  facts: readonly string[],
): Choice {
  const { several } = subject.asks;
  const special = { none: -1, all: -1 };
  scored.forEach((one, i) => {
    if (NONE.test(one.option.trim())) special.none = i;
    else if (ALL.test(one.option.trim())) special.all = i;
  });
  const real = scored.map((one, i) => ({ ...one, i })).filter(({ i }) => i !== special.none && i !== special.all);
  const known = real.filter((one) => one.strength !== undefined);
  const strange = real.length - known.length;
  if (known.length === 0) {
    return { kind: 'not known', reason: `no option stands for anything in the ${subject.sheet.asset} sheet` };
  }
  // Where an option was not understood, their number tells nothing.
  const negated =
    strange > 0
      ? subject.asks.negated
      : turned(
          real.map((one) => one.strength!),
          subject.asks,
          BOUNDS,
        );
  const belongs = known.filter((one) => (negated ? one.strength === 0 : one.strength! > 0));
  const ranked = [...known].sort((a, b) => (negated ? a.strength! - b.strength! : b.strength! - a.strength!));
  const picked = several && belongs.length > 0 ? belongs : ranked.slice(0, 1);
  // Each option that was not understood could be the right one.
  const doubt = 1 - 0.4 * (strange / Math.max(1, real.length));
  let confidence: number;
  let indices: number[];
  if (belongs.length === 0 && special.none >= 0) {
    indices = [special.none];
    confidence = 0.92 * doubt;
  } else if (special.all >= 0 && belongs.length === real.length) {
    indices = [special.all];
    confidence = 0.92;
  } else if (several) {
    if (belongs.length === 0) return noneFits(subject);
    indices = picked.map((one) => one.i);
    const weak = known.filter((one) => one.strength! > 0 && one.strength! < 0.35).length;
    confidence = 0.94 * 0.93 ** weak * doubt;
  } else {
    const settled = negated
      ? negatedChoice(ranked, belongs.length, real)
      : singleChoice(ranked, belongs.length, strange);
    if (!settled) return noneFits(subject);
    indices = [settled.i];
    confidence = settled.confidence * (settled.byElimination ? 1 : doubt);
  }
  const chosen = indices.map((i) => given[i]!);
  const sure = Math.min(1, ...indices.map((i) => (scored[i]!.strength === undefined ? 1 : scored[i]!.sure)));
  const whys = picked.slice(0, 2).flatMap((one) => one.why ?? []);
  const against = ranked.filter((one) => !indices.includes(one.i)).at(negated ? 0 : -1);
  return {
    kind: 'chosen',
    chosen: {
      options: chosen,
      confidence: round(
        confidence * sure * subject.certainty * (negated === subject.asks.negated ? 1 : AGAINST_WORDING),
      ),
      rationale: paragraph(
        opening,
        ...whys,
        against?.why && against.why !== whys[0] ? `by contrast, ${against.why}` : '',
        `so the answer is ${listed(chosen.map((option) => unlabelled(option)))}`,
      ),
      facts: [...facts, ...[...picked, ...(against ? [against] : [])].flatMap((one) => one.fact ?? [])],
    },
  };
}

type Ranked = Scored & { i: number };

function singleChoice(
  ranked: readonly Ranked[],
  belonging: number,
  strange: number,
): { i: number; confidence: number; byElimination: boolean } | undefined {
  const [best, second] = ranked;
  if (belonging === 0) {
    // Everything that was understood is ruled out, so the one that was not may be it; which of several cannot be told.
    return undefined;
  }
  const margin = best!.strength! - (second?.strength ?? 0);
  const confidence = margin >= 0.25 ? 0.97 : margin >= 0.12 ? 0.9 : margin >= 0.04 ? 0.75 : margin > 0 ? 0.62 : 0.45;
  return {
    i: best!.i,
    confidence: strange > 0 && best!.strength! < 0.35 ? confidence * 0.8 : confidence,
    byElimination: false,
  };
}

function negatedChoice(
  ranked: readonly Ranked[],
  belonging: number,
  real: readonly Ranked[],
): { i: number; confidence: number; byElimination: boolean } | undefined {
  const strange = real.filter((one) => one.strength === undefined);
  if (belonging === 1) return { i: ranked[0]!.i, confidence: 0.95, byElimination: false };
  if (belonging > 1) return { i: ranked[0]!.i, confidence: 1 / belonging, byElimination: false };
  if (strange.length === 1 && real.length >= 3) return { i: strange[0]!.i, confidence: 0.62, byElimination: true };
  if (strange.length > 0) return undefined;
  const margin = (ranked[1]?.strength ?? 1) - ranked[0]!.strength!;
  return { i: ranked[0]!.i, confidence: margin >= 0.25 ? 0.8 : margin >= 0.1 ? 0.65 : 0.5, byElimination: false };
}

function noneFits(subject: Subject): Choice {
  return { kind: 'not known', reason: `the ${subject.sheet.asset} sheet speaks for none of the options` };
}

/** Which of the offered faults explains what was seen. */
function decideDiagnosis(
  subject: Subject,
  given: readonly string[],
  options: readonly string[],
  matcher: Matcher,
): Choice {
  const { sheet } = subject;
  const scores = new Map(
    diagnose(sheet, { signsText: subject.text, parameters: subject.parameters }).map(({ fault, score }) => [
      fault,
      score,
    ]),
  );
  const scored = options.map((option, i) => {
    const meant = matcher.nameOf(option, 'fault', sheet.asset);
    return { i, meant, score: meant ? Math.max(0, scores.get(meant.name) ?? 0) : undefined };
  });
  const known = scored.filter((one) => one.score !== undefined);
  if (known.length === 0)
    return { kind: 'not known', reason: `no option is a fault that the ${sheet.asset} sheet has` };
  const sign = subject.asks.negated ? -1 : 1;
  const ranked = [...known].sort((a, b) => sign * (b.score! - a.score!));
  const [best, second] = ranked;
  const top = Math.max(...known.map((one) => one.score!));
  const none = subject.asks.negated ? -1 : options.findIndex((option) => NONE.test(option.trim()));
  const offered = new Set(known.map((one) => one.meant!.name));
  const [elsewhere] = [...scores].filter(([name]) => !offered.has(name));
  if (elsewhere && none >= 0 && elsewhere[1] >= 0.25 && elsewhere[1] > 1.3 * top) {
    return {
      kind: 'chosen',
      chosen: {
        options: [given[none]!],
        confidence: round(Math.min(0.9, 0.4 + 0.5 * (1 - top / elsewhere[1])) * subject.certainty),
        rationale: paragraph(
          `what was seen fits ${elsewhere[0]} of ${withArticle(sheet.asset)}, which is not offered`,
          `so the answer is ${unlabelled(given[none]!)}`,
        ),
        facts: [`${sheet.asset}/${elsewhere[0]}/signs`],
      },
    };
  }
  if (top < 0.12)
    return { kind: 'not known', reason: `what was seen fits none of the offered faults of the ${sheet.asset} sheet` };
  const strangers = options.filter((option, i) => scored[i]!.score === undefined && !NONE.test(option.trim())).length;
  const strange = 1 - 0.4 * (strangers / options.length);
  const margin = Math.abs(best!.score! - (second?.score ?? 0)) / Math.max(top, 0.2);
  const picked =
    subject.asks.several && !subject.asks.negated ? ranked.filter((one) => one.score! >= 0.75 * top) : [best!];
  // A fault that was not offered and fits better is a reason to doubt the offer.
  const better = elsewhere && !subject.asks.negated && elsewhere[1] > top ? Math.max(0.6, top / elsewhere[1]) : 1;
  const confidence =
    Math.min(0.96, 0.52 + 0.6 * margin) * better * strange * surenessOf(best!.meant!) * subject.certainty;
  const fault = sheet.faults.find((candidate) => candidate.name === best!.meant!.name)!;
  const chosen = picked.map((one) => given[one.i]!);
  const clearly = fault.shows.filter((cell) => cell.strength >= 0.6).map((cell) => cell.parameter);
  return {
    kind: 'chosen',
    chosen: {
      options: chosen,
      confidence: round(confidence),
      rationale: paragraph(
        subject.asks.negated
          ? `what was seen speaks least for ${fault.name}`
          : `what was seen fits ${fault.name} of ${withArticle(sheet.asset)}`,
        `${fault.name} means that ${fault.mechanism}`,
        subject.asks.negated || clearly.length === 0 ? '' : `it shows clearly in ${listed(clearly.slice(0, 4))}`,
        `so the answer is ${listed(chosen.map((option) => unlabelled(option)))}`,
      ),
      facts: [
        `${sheet.asset}/${fault.name}/signs`,
        `${sheet.asset}/${fault.name}/shows`,
        `${sheet.asset}/${fault.name}/mechanism`,
      ],
    },
  };
}

/** Which option says what a part does; or, where the part is told by that, which part it is. */
function decideRole(subject: Subject, given: readonly string[], options: readonly string[], matcher: Matcher): Choice {
  const { sheet, components } = subject;
  const [part] = components;
  if (part) {
    if (!part.role)
      return { kind: 'not known', reason: `the ${sheet.asset} sheet does not say what the ${part.name} does` };
    return decide(subject, given, rolesScored(sheet, part, options), '', [`${sheet.asset}/${part.name}/role`]);
  }
  const scores = new Map(rankRoles(sheet, subject.text).map(({ component, score }) => [component, score]));
  const scored = options.map((option): Scored => {
    const meant = matcher.nameOf(option, 'component', sheet.asset);
    if (!meant || meant.coverage < 0.5) return { option, sure: 0 };
    const role = sheet.components.find((one) => one.name === meant.name)?.role;
    return {
      option,
      name: meant.name,
      sure: surenessOf(meant),
      strength: scores.get(meant.name) ?? 0,
      ...(role
        ? { why: `the ${meant.name} of ${withArticle(sheet.asset)} ${role}`, fact: `${sheet.asset}/${meant.name}/role` }
        : {}),
    };
  });
  return decide(subject, given, scored, '', []);
}

function rolesScored(sheet: Sheet, part: Component, options: readonly string[]): Scored[] {
  const others = sheet.components.filter((other) => other !== part && other.role);
  return options.map((option): Scored => {
    const [own] = nearest(option, [part.role]);
    const [strange, index] = nearest(
      option,
      others.map((other) => other.role),
    );
    if (own >= 0.4 && own > strange)
      return { option, sure: Math.min(1, own + 0.2), strength: own, why: `the ${part.name} ${part.role}` };
    if (strange >= 0.4)
      return { option, sure: strange, strength: 0, why: `the ${others[index]!.name} ${others[index]!.role}` };
    return { option, sure: 0 };
  });
}

/** Which instrument measures the parameter, or, where an instrument is named, which parameter it measures. */
function decideInstruments(
  subject: Subject,
  given: readonly string[],
  options: readonly string[],
  matcher: Matcher,
): Choice {
  const { sheet } = subject;
  const parameter = sheet.parameters.find(({ name }) => name === subject.parameters[0]?.name);
  if (!parameter)
    return { kind: 'not known', reason: `the question names no parameter that the ${sheet.asset} sheet has` };
  const facts = [`${sheet.asset}/${parameter.name}/instruments`];
  const others = sheet.parameters.filter((other) => other !== parameter);
  const scored = options.map((option): Scored => {
    const [own, index] = nearest(option, parameter.measuredBy);
    const [strange, of] = others
      .map((other) => [nearest(option, other.measuredBy)[0], other] as const)
      .reduce((best, next) => (next[0] > best[0] ? next : best), [0, parameter] as const);
    const meant = matcher.nameOf(option, 'parameter', sheet.asset);
    const measures = `${parameter.name} of ${withArticle(sheet.asset)} is measured by ${parameter.measuredBy[Math.max(0, index)] ?? 'nothing that is named'}`;
    if (own >= 0.5 && own >= strange) {
      return { option, sure: Math.min(1, own + 0.2), strength: own * (1 - 0.05 * index), why: measures };
    }
    if (strange >= 0.5) return { option, sure: strange, strength: 0, why: `${option} measures ${of.name}` };
    // Its short name, or the parameter itself where the instrument was named.
    if (meant && meant.coverage >= 0.5) {
      return meant.name === parameter.name
        ? { option, sure: surenessOf(meant), strength: 0.9, why: measures }
        : { option, sure: surenessOf(meant), strength: 0, why: `${option} stands for ${meant.name}` };
    }
    return { option, sure: 0 };
  });
  return decide(subject, given, scored, '', facts);
}

/** Which of the offered actions is that of the rule whose condition was told. */
function decideRule(subject: Subject, given: readonly string[], options: readonly string[]): Choice {
  const { sheet } = subject;
  const met = rankRules(sheet, subject.text);
  const scored = options.map((option) => {
    const meant = NONE.test(option.trim()) ? undefined : ruleOfAction(sheet, option);
    return { option, meant, score: meant ? met.find(({ rule }) => rule === meant.rule)!.score : undefined };
  });
  const known = scored.filter((one) => one.score !== undefined);
  if (known.length === 0)
    return { kind: 'not known', reason: `no option is an action of a rule of the ${sheet.asset} sheet` };
  const top = Math.max(...known.map((one) => one.score!));
  if (
    !known.some(({ meant }) =>
      isTold(
        met.find(({ rule }) => rule === meant!.rule),
        0.12,
      ),
    )
  )
    return { kind: 'not known', reason: `no rule of the ${sheet.asset} sheet is for what was told` };
  const strength = (score: number): number => (score >= 0.5 * top ? score / top : 0);
  return decide(
    subject,
    given,
    scored.map(({ option, meant, score }): Scored => {
      if (!meant || score === undefined) return { option, sure: 0 };
      const rule = sheet.rules[meant.rule]!;
      return {
        option,
        sure: Math.min(1, meant.sure + 0.1) * Math.min(1, 0.7 + top),
        strength: strength(score),
        why: `when ${rule.when[0]}, ${rule.do[0]}: ${rule.why}`,
        fact: `${sheet.asset}/rule/${meant.rule}`,
      };
    }),
    '',
    [],
  );
}

/** Without "A)", "(b)", "3." in front. */
function unlabelled(option: string): string {
  return option.replace(/^\s*(?:\(?[A-Za-z0-9]{1,2}[).:]\s+|[-•*]\s+)/, '').trim() || option;
}

function round(value: number): number {
  return Math.round(Math.min(0.99, Math.max(0, value)) * 1000) / 1000;
}
