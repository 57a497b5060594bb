/**
 * What a question is about, in the sheets' terms: machine, faults, parameters, and what is asked of them. A follow-up
 * takes from its thread what it does not name. It reads earlier turns as data: only names come from them, never words.
 */
import { asks } from '../models/knowledge/asks.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Found, Matcher } from '../models/knowledge/names.ts';
import type { Asked } from '../models/knowledge/select.ts';
import type { Asset, Change } from '../models/knowledge/types.ts';
import { splitOptions } from './options.ts';
import { termsOf } from './similar.ts';
import type { Question, Topic } from './types.ts';

export interface Understood {
  /** As asked, without options that stood in the text. */
  text: string;
  /** Self-contained and in the form the student was taught: tags with their class, a follow-up's missing words added. */
  rewritten: string;
  /** Without their labels. Empty for an open question. */
  options: string[];
  /** The same options in the asker's wording. */
  askedOptions: string[];
  several: boolean;
  /** Undefined: it could not be told. */
  asked: Asked | undefined;
  negated: boolean;
  topic: Topic;
  /** The register's entry of `topic.tag`. */
  machine?: Asset;
  /** What was seen on the machine, with its direction where one was said. */
  seen: { name: string; change?: Change }[];
  /** Look like tags, and the register has none of them. */
  unknownTags: string[];
  /** Share of content words that the sheets' vocabulary knows, 0–1. */
  inDomain: number;
  /** It leans on its thread. */
  followUp: boolean;
  /** Names and word stems it is compared with other questions by. */
  terms: ReadonlyMap<string, number>;
}

export type Understand = (question: Question) => Understood;

/** Longest text that is looked at; the door refuses far shorter ones already. */
const LONGEST = 20_000;

export function understanding(knowledge: Knowledge, matcher: Matcher): Understand {
  return (question) => {
    const { text, options, askedOptions } = splitOptions(question.text.slice(0, LONGEST), question.options ?? []);
    const thread = question.topic;
    const found = matcher.find(text, thread);
    const names = (matches: readonly { name: string; resolved: boolean }[]): string[] => [
      ...new Set(matches.filter((match) => match.resolved).map((match) => match.name)),
    ];
    const asset = found.asset;
    const own = { faults: names(found.faults), parameters: names(found.parameters) };
    const machine = found.tags[0]?.asset ?? inheritedMachine(knowledge, thread, found);
    const said = asks(text, found);
    const kinds = optionKinds(matcher, options, asset);
    const asked = whatIsAsked(said.relation === 'other' ? undefined : said.relation, found, own, kinds, options);
    const inherited = inherit(asked, own, thread, asset);
    const topic: Topic = {
      ...(machine ? { tag: machine.tag } : {}),
      ...(asset ? { asset } : {}),
      faults: inherited.faults,
      parameters: inherited.parameters,
    };
    const followUp =
      thread !== undefined && found.tags.length === 0 && found.assets.length === 0 && asset !== undefined;
    return {
      text,
      rewritten: rewrite(text, found, topic, { followUp, ownFaults: own.faults, asked }),
      options,
      askedOptions,
      several: options.length > 0 && said.several,
      asked,
      negated: said.negated,
      topic,
      ...(machine ? { machine } : {}),
      seen: found.parameters
        .filter((match) => match.resolved)
        .map(({ name, change }) => (change ? { name, change } : { name })),
      unknownTags: [...new Set(found.unknownTags.map((span) => span.text))],
      inDomain: domainOf(matcher, text, options),
      followUp,
      terms: termsOf(text, found, topic),
    };
  };
}

/** The thread's machine, unless the question turns to another class of machine. */
function inheritedMachine(knowledge: Knowledge, thread: Topic | undefined, found: Found): Asset | undefined {
  if (!thread?.tag || found.unknownTags.length) return undefined;
  const machine = knowledge.register.find(thread.tag);
  if (!machine) return undefined;
  return found.assets.length === 0 || found.asset === machine.class ? machine : undefined;
}

type Kind = 'fault' | 'parameter' | 'component';

/** What most of the options are: names of faults, of parameters or of components. */
function optionKinds(matcher: Matcher, options: readonly string[], asset: string | undefined): Kind | undefined {
  if (options.length < 2) return undefined;
  const kinds: Kind[] = ['parameter', 'fault', 'component'];
  const counts = kinds.map((kind) => ({
    kind,
    count: options.filter((option) => (matcher.nameOf(option, kind, asset)?.coverage ?? 0) >= 0.75).length,
  }));
  const best = counts.sort((a, b) => b.count - a.count)[0]!;
  return best.count > options.length / 2 ? best.kind : undefined;
}

/** Wording decides; options and names decide where wording does not, or says what the options cannot answer. */
function whatIsAsked(
  worded: Asked | undefined,
  found: Found,
  own: { faults: string[]; parameters: string[] },
  kinds: Kind | undefined,
  options: readonly string[],
): Asked | undefined {
  if (kinds === 'parameter' && own.faults.length) return 'parameters';
  if (kinds === 'fault' && worded !== 'faults' && !own.faults.length) {
    return own.parameters.length === 1 && worded !== 'diagnose' ? 'faults' : 'diagnose';
  }
  if (kinds === 'component' && own.faults.length) return 'components';
  if (worded === 'faults' && own.parameters.length === 0 && own.faults.length === 0) return 'diagnose';
  if (worded === 'faults' && own.parameters.length > 1) return 'diagnose';
  if (worded === 'cell' && options.length) return own.faults.length ? 'parameters' : 'faults';
  if (worded) return worded;
  if (own.parameters.length && own.faults.length) return 'cell';
  if (own.faults.length) return 'explain';
  if (found.parameters.length || found.components.length) return found.asset ? 'diagnose' : undefined;
  return undefined;
}

/** A follow-up that asks about a fault or a parameter without naming one speaks of the thread's. */
function inherit(
  asked: Asked | undefined,
  own: { faults: string[]; parameters: string[] },
  thread: Topic | undefined,
  asset: string | undefined,
): { faults: string[]; parameters: string[] } {
  if (!thread || thread.asset !== asset) return own;
  const needsFault = asked !== undefined && asked !== 'faults' && asked !== 'diagnose';
  const needsParameter = asked === 'faults' || asked === 'cell';
  return {
    faults: own.faults.length || !needsFault ? own.faults : thread.faults.slice(0, 1),
    parameters: own.parameters.length || !needsParameter ? own.parameters : thread.parameters.slice(0, 1),
  };
}

/** The question as the student was taught to read it. */
function rewrite(
  text: string,
  found: Found,
  topic: Topic,
  how: { followUp: boolean; ownFaults: readonly string[]; asked: Asked | undefined },
): string {
  const tagged = replaceSpans(text, [
    ...found.tags.map((match) => ({ ...match, by: withClass(text, match.start, match.end, match.asset) })),
    ...[...found.faults, ...found.parameters]
      .filter((match) => match.how === 'typo' && match.resolved)
      .map((match) => ({ ...match, by: match.name })),
  ]);
  if (!how.followUp || !topic.asset) return tagged;
  const machine = topic.tag ? `${topic.tag} (${topic.asset})` : `the ${topic.asset}`;
  const rest = tagged.replace(/^\s*(?:and|so|but|ok(?:ay)?|then|also)\b[\s,]*/i, '').trim();
  const [fault] = topic.faults;
  if (fault && how.ownFaults.length === 0) return `${fault} on ${machine}, ${rest}`;
  return `${machine}: ${rest}`;
}

/** "P-101" → "P-101 (pump)", unless the class stands beside it already. */
function withClass(text: string, start: number, end: number, asset: Asset): string {
  const beside = text.slice(Math.max(0, start - asset.class.length - 2), end + asset.class.length + 3).toLowerCase();
  return beside.includes(asset.class) ? text.slice(start, end) : `${asset.tag} (${asset.class})`;
}

function replaceSpans(text: string, spans: readonly { start: number; end: number; by: string }[]): string {
  let result = text;
  let from = Number.POSITIVE_INFINITY;
  for (const span of [...spans].sort((a, b) => b.start - a.start)) {
    if (span.end > from) continue;
    result = result.slice(0, span.start) + span.by + result.slice(span.end);
    from = span.start;
  }
  return result;
}

/** Options speak for a question too: "Which of these?" is plant talk when they are. */
function domainOf(matcher: Matcher, text: string, options: readonly string[]): number {
  const alone = matcher.inDomain(text);
  return options.length ? Math.max(alone, matcher.inDomain(`${text} ${options.join(' ')}`)) : alone;
}
