/**
 * What a question is about, in the sheets' terms: machine, faults, parameters, and what is asked of them. A follow-up
 * takes from its thread what it does not name. It reads earlier turns as data: only names come from them, never words.
 */

import { type Beyond, beyondIn } from '../models/knowledge/beyond.ts';
import { gasesIn } from '../models/knowledge/gas-reading.ts';
import { DISSOLVED_GAS } from '../models/knowledge/gases.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import { faultMeant } from '../models/knowledge/meant.ts';
import type { Found, Matcher } from '../models/knowledge/names.ts';
import { tellsMore } from '../models/knowledge/rank.ts';
import type { Asked } from '../models/knowledge/select.ts';
import type { Asset, Sheet } from '../models/knowledge/types.ts';
import { blanked } from '../models/knowledge/words.ts';
import { isAsking, whatIsAsked } from './asked.ts';
import { mendAsking } from './mend.ts';
import { splitOptions } from './options.ts';
import { inSheetWords, type Reading, readingsIn, symptomIn, withoutFrequencies } from './readings.ts';
import { namedOptions, plainQuestion, rewrite } from './rewrite.ts';
import { termsOf } from './similar.ts';
import type { Question, Topic } from './types.ts';

export interface Understood {
  /** As asked, without options that stood in the text. */
  text: string;
  /** Self-contained and in the form the student was taught: tags with their class, a follow-up's missing words added. */
  rewritten: string;
  /** As posed to the student: in plain taught words where all of it was understood, else `rewritten`. */
  posed: string;
  /** Without their labels. Empty for an open question. */
  options: string[];
  /** The same options by their canonical names where they have one: what the student reads. */
  namedOptions: string[];
  /** The same options in the asker's wording. */
  askedOptions: string[];
  /** Options that tell a symptom, where readings are asked for: the reading, with the way it moves. */
  symptoms: (Reading | undefined)[];
  several: boolean;
  /** Undefined: it could not be told. */
  asked: Asked | undefined;
  /** No one fact answers it, so the student is not asked. */
  beyond?: Beyond;
  negated: boolean;
  /** The wording leaves no doubt about that; where it does, the options may tell better. */
  certain: boolean;
  /** A part is told by what it does, and its name is asked for. */
  byRole: boolean;
  topic: Topic;
  /** The register's entry of `topic.tag`. */
  machine?: Asset;
  /** What was seen on the machine, with its direction where one was said. */
  seen: Reading[];
  /** Look like tags, and the register has none of them. */
  unknownTags: string[];
  /** Share of content words that the sheets' vocabulary knows, 0–1. */
  inDomain: number;
  /** Words of the question that neither sheets nor common English has. */
  unheardOf: string[];
  /** A machine is named, in words or by a tag that the register has; else one was guessed, or none. */
  named: boolean;
  /** It leans on its thread. */
  followUp: boolean;
  /** Names and word stems it is compared with other questions by. */
  terms: ReadonlyMap<string, number>;
}

export type Understand = (question: Question) => Understood;

/** More signs of what the thread speaks of: "and it leaks too". */
const ALSO = /\b(?:also|too|as well|besides|in addition)\b/i;

/** A longer text says more than a plain question can. */
const SHORT = 400;

/** Longest text that is looked at; the door refuses far shorter ones already. */
const LONGEST = 20_000;

export function understanding(knowledge: Knowledge, matcher: Matcher): Understand {
  return (question) => {
    const {
      text: written,
      options,
      askedOptions,
    } = splitOptions(question.text.slice(0, LONGEST), question.options ?? []);
    const thread = question.topic;
    const text = mendAsking(written, spansOf(matcher.find(written, thread)));
    const { found: all, strangers } = findIn(text, thread, matcher);
    const named = withoutFrequencies(all, text);
    const names = (matches: readonly { name: string; resolved: boolean }[]): string[] => [
      ...new Set(matches.filter((match) => match.resolved).map((match) => match.name)),
    ];
    const ownIn = (found: Found) => ({
      faults: names(found.faults),
      parameters: names(found.parameters),
      components: names(found.components),
    });
    const asset = named.asset;
    const machine = named.tags[0]?.asset ?? inheritedMachine(knowledge, thread, named);
    const sheet = asset === undefined ? undefined : knowledge.sheet(asset);
    const known = sheet?.parameters.map((parameter) => parameter.name) ?? [];
    const followUp =
      thread !== undefined && asset !== undefined && named.tags.length === 0 && named.assets.length === 0;
    const sameMachine = followUp && thread.asset === asset;
    const addsSigns = sameMachine && ALSO.test(text);
    const threadFault = sameMachine && !addsSigns ? thread.faults[0] : undefined;
    const askedOf = (found: Found) => ({
      found,
      own: ownIn(found),
      told: whatIsAsked({ text, found, own: ownIn(found), options, sheet, threadFault }, matcher),
    });
    const meant =
      sheet &&
      !threadFault &&
      isAsking(text) &&
      ownIn(named).faults.length === 0 &&
      faultMeant(sheet, text, named.components);
    const plainly = askedOf(named);
    const ofMeant =
      meant && OPEN.includes(plainly.told.asked) && askedOf({ ...named, faults: [...named.faults, meant] });
    const { found, own: ownNames, told } = ofMeant && OF_FAULT.includes(ofMeant.told.asked) ? ofMeant : plainly;
    const earlier =
      addsSigns && (told.asked === 'diagnose' || told.asked === undefined)
        ? thread.parameters.filter((name) => !ownNames.parameters.includes(name))
        : [];
    const seen = readingsIn(text, found, known, earlier);
    const only =
      told.asked === 'diagnose' && options.length === 0 && sheet ? onlyReading(sheet, text, seen) : undefined;
    const beyond = options.length
      ? undefined
      : beyondIn(text, found, { fault: threadFault, parameters: sameMachine ? thread.parameters : [] });
    // Whoever tells the values of gases wants their fault, whatever the thread spoke of.
    const ofGases = beyond === 'gases' && gasesIn(text).length > 0;
    const asked = ofGases ? 'diagnose' : only ? 'faults' : (told.asked ?? (earlier.length ? 'diagnose' : undefined));
    const own = only ? { ...ownNames, parameters: [only] } : ownNames;
    const asTold = beyond === 'limit' || beyond === 'gases';
    const inherited =
      beyond === 'gases'
        ? { faults: sameMachine ? thread.faults : [], parameters: [DISSOLVED_GAS], components: [] }
        : beyond === 'limit'
          ? {
              faults: sameMachine ? thread.faults : [],
              parameters: own.parameters.length || !sameMachine ? own.parameters : thread.parameters.slice(0, 1),
              components: [...new Set(named.components.map(({ name }) => name))],
            }
          : inherit(asked, told.byRole, own, thread, asset);
    const topic: Topic = {
      ...(machine ? { tag: machine.tag } : {}),
      ...(asset ? { asset } : {}),
      faults: inherited.faults,
      parameters: inherited.parameters,
      ...(inherited.components.length ? { components: inherited.components } : {}),
    };
    const symptoms = options.map((option) =>
      asked === 'parameters' && sheet ? symptomIn(option, matcher.find(option, topic), known) : undefined,
    );
    const rewritten = asTold
      ? // "Acetylene" says more than "dissolved gas", and whether a value is bad is no matter of the thread's fault.
        rewrite(text, found, { ...topic, faults: [] }, { followUp, namesFault: false, earlier: [], asked: 'diagnose' })
      : rewrite(text, found, topic, { followUp, namesFault: own.faults.length > 0, earlier, asked });
    const several = options.length > 0 && told.several;
    const strange = strangers.length + found.unknownTags.length > 0 || text.length > SHORT;
    const plain = strange ? undefined : plainQuestion(asked, topic);
    return {
      text,
      rewritten,
      posed: plain ?? rewritten,
      options,
      namedOptions: namedOptions(options, asked, sheet, symptoms, (option, kind) =>
        matcher.nameOf(option, kind, asset),
      ),
      askedOptions,
      symptoms,
      several,
      asked,
      ...(beyond ? { beyond } : {}),
      negated: told.negated,
      // An option that says which way a reading moves leaves nothing to be turned.
      certain: told.certain || symptoms.some((symptom) => symptom?.change),
      byRole: told.byRole,
      topic,
      ...(machine ? { machine } : {}),
      seen,
      unknownTags: [...new Set([...strangers, ...found.unknownTags.map((span) => span.text)])],
      inDomain: domainOf(matcher, text, options),
      unheardOf: matcher.unheardOf(text),
      named: followUp || found.tags.length > 0 || found.assets.some(({ resolved }) => resolved),
      followUp,
      terms: termsOf(text, found, topic),
    };
  };
}

/**
 * Names in the text. A tag that is said to be another machine than the register's, "T-2 (steam turbine)" where T-2 is a
 * transformer, is a stranger: what the asker says it is counts.
 */
function findIn(text: string, thread: Topic | undefined, matcher: Matcher): { found: Found; strangers: string[] } {
  const found = matcher.find(text, thread);
  const other = found.tags.flatMap((tag) => {
    const inBrackets = text.slice(tag.end).match(/^\s*\(([^()]{2,60})\)/)?.[1];
    const before = found.assets.find((named) => named.resolved && /^\s$/.test(text.slice(named.end, tag.start)));
    const said = (inBrackets && matcher.nameOf(inBrackets, 'asset')?.name) ?? before?.name;
    return said && said !== tag.asset.class ? [{ ...tag, said }] : [];
  });
  if (other.length === 0) return { found, strangers: [] };
  const strangers = other.map(({ text: tag, asset, said }) => `${tag} as ${said} (there it is class ${asset.class})`);
  return { found: matcher.find(blanked(text, other), thread), strangers };
}

/** "The motor overheats": one reading and nothing beside it, which is asking what it points to. */
function onlyReading(sheet: Sheet, text: string, seen: readonly Reading[]): string | undefined {
  const [reading, ...more] = seen;
  if (!reading || more.length > 0) return undefined;
  return tellsMore(sheet, { signsText: inSheetWords(text), parameters: seen }) ? undefined : reading.name;
}

/** The thread's machine, unless the question turns to another class of machine. */
function inheritedMachine(knowledge: Knowledge, thread: Topic | undefined, found: Found): Asset | undefined {
  if (!thread?.tag || found.unknownTags.length) return undefined;
  const machine = knowledge.register.find(thread.tag);
  if (!machine) return undefined;
  return found.assets.length === 0 || found.asset === machine.class ? machine : undefined;
}

function spansOf(found: Found): { start: number; end: number }[] {
  return [
    ...found.tags,
    ...found.unknownTags,
    ...found.assets,
    ...found.faults,
    ...found.parameters,
    ...found.components,
  ];
}

/** A part that is said to be damaged stands for its fault where that is what the question needs. */
const OF_FAULT: readonly (Asked | undefined)[] = ['parameters', 'checks', 'effects', 'causes', 'cell'];
const OPEN: readonly (Asked | undefined)[] = [...OF_FAULT, undefined, 'faults', 'diagnose', 'explain'];

interface Named {
  faults: string[];
  parameters: string[];
  components: string[];
}

/** Questions of the machine itself: a fault in them is a name that a part or a reading has as well. */
const OF_NO_FAULT: readonly (Asked | undefined)[] = ['parts', 'role', 'instruments'];
const NEEDS_NO_FAULT: readonly (Asked | undefined)[] = [undefined, 'faults', 'diagnose', 'rule', ...OF_NO_FAULT];

/** A follow-up that asks about a fault, a parameter or a part without naming one speaks of the thread's. */
function inherit(
  asked: Asked | undefined,
  byRole: boolean,
  own: Named,
  thread: Topic | undefined,
  asset: string | undefined,
): Named {
  const faults = OF_NO_FAULT.includes(asked) ? [] : own.faults;
  // A part told by what it does is not among the parts that are named in telling it.
  const components = asked === 'role' && !byRole ? own.components : [];
  if (!thread || thread.asset !== asset) return { ...own, faults, components };
  const needsParameter = asked === 'faults' || asked === 'instruments';
  const needsComponent = asked === 'role' && !byRole;
  return {
    faults: faults.length || NEEDS_NO_FAULT.includes(asked) ? faults : thread.faults.slice(0, 1),
    parameters: own.parameters.length || !needsParameter ? own.parameters : thread.parameters.slice(0, 1),
    components: components.length || !needsComponent ? components : (thread.components ?? []).slice(0, 1),
  };
}

/** Options speak for a question too: "Which of these?" is plant talk when they are. */
function domainOf(matcher: Matcher, text: string, options: readonly string[]): number {
  const alone = matcher.inDomain(text);
  return options.length ? Math.max(alone, matcher.inDomain(`${text} ${options.join(' ')}`)) : alone;
}
