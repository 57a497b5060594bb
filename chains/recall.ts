/**
 * What is put in front of the student: corrections that apply, then the facts that decide the question, as many as its
 * context window holds. The facts are chosen by models/knowledge/select.ts, as in training, candidates for a diagnosis ranked
 * by rank.ts; search by text (BM25) stands in where the question was not understood.
 */
import { BM25Retriever } from '@langchain/community/retrievers/bm25';
import { Document } from '@langchain/core/documents';
import type { Runnable } from '@langchain/core/runnables';
import { correctionText } from '../models/knowledge/facts.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import { diagnose, likeliest } from '../models/knowledge/rank.ts';
import { type RankedRule, rankRoles, rankRules, ruleOfAction } from '../models/knowledge/rules.ts';
import { type Asked, selectFacts } from '../models/knowledge/select.ts';
import type { Change, Fact, Sheet } from '../models/knowledge/types.ts';
import { renderPrompt } from '../models/student/prompt.ts';
import type { OptionEvidence } from '../models/student/think.ts';
import type { Student } from '../models/student/types.ts';
import type { Applicable, CorrectionMemory } from './corrections.ts';
import { type Evidence, evidenceIn } from './evidence.ts';
import { knownShare } from './items.ts';
import { inSheetWords } from './readings.ts';
import { indexTerms } from './similar.ts';
import { step } from './step.ts';
import type { Topic } from './types.ts';
import type { Understood } from './understand.ts';

export interface Recalled {
  /** In front of the student, the most telling last. */
  facts: Fact[];
  /** That apply, the deciding one last. */
  corrections: Applicable[];
  /** The lines of the prompt: facts, then corrections. */
  context: string[];
  /**
   * For a diagnosis, faults by how well they explain signs and readings, best first; those that are offered, where faults
   * are. For what to do when a condition is seen, how the lines of the rules begin, by how well the condition is theirs.
   */
  candidates: { name: string; score: number }[];
  /** 1: machine, faults and parameters are known and their deciding facts stand in the context; 0.5 partly; 0 not. */
  grounded: number;
  /** How well what was meant was found, and how clearly before the next, 0–1; 1 where it was named. */
  match: number;
  lead: number;
  /** A class whose sheet explains far more of what was told than that of the machine, which no tag names. */
  elsewhere?: string;
  /** Options that the sheet speaks against: their reading would move the other way, or would move. */
  against?: boolean[];
  /** For options that no one fact decides: how far the sheets speak for each, 0–1, and whether that leads. */
  evidence?: OptionEvidence;
  /** False when even the bare question is longer than the student reads. */
  fits: boolean;
}

export interface RecallInput {
  understood: Understood;
  student: Student | null;
}

export interface Recall {
  corrections: CorrectionMemory | null;
  knowledge: Knowledge;
  /** The student's context window. Default 1,024. */
  contextTokens?: number;
}

/** Room left for rationale and answer (models/student/think.ts asks for as much). */
const COMPLETION = 200;
const WINDOW = 1024;
/** Prompts of this length were taught (rows of 384 tokens, completions of about 70): facts beyond it do harm. */
const TAUGHT_PROMPT = 310;

export function recall({ corrections, knowledge, contextTokens = WINDOW }: Recall): Runnable<RecallInput, Recalled> {
  const search = searchOf(knowledge);
  const evidence = evidenceIn(knowledge);
  return step('recall', async ({ understood, student }) => {
    const applicable = corrections ? await corrections.applicable(understood) : [];
    const found = await factsFor(understood, knowledge, search);
    // Beside a correction the student was shown at most two facts.
    const facts = applicable.length ? found.facts.slice(-2) : found.facts;
    const known = knownOf(understood, knowledge);
    const elsewhere = soundsLike(understood, knowledge);
    const spoken = spokenFor(understood, found.grounded, known, evidence);
    // What an option in words of its own means, no fact of the sheet decides.
    const grounded = spoken?.leads ? Math.min(0.5, found.grounded) : found.grounded;
    return {
      ...fitted(understood, facts, applicable, student, contextTokens),
      candidates: found.candidates,
      grounded,
      // Of an option that no sheet has a name for, it was not found what is meant.
      match: found.match * known,
      lead: found.lead,
      ...(elsewhere ? { elsewhere } : {}),
      ...(understood.symptoms.some(Boolean) ? { against: contradicted(understood, knowledge) } : {}),
      ...(spoken ? { evidence: spoken } : {}),
    };
  });
}

/** The class that what was told speaks for, where that is not the one that was understood; undefined where a tag names the machine. */
function soundsLike(
  { text, asked, topic, options, seen, followUp }: Understood,
  knowledge: Knowledge,
): string | undefined {
  if (asked !== 'diagnose' || options.length > 0 || topic.tag || followUp || !topic.asset) return undefined;
  const told = likeliest(knowledge.sheets, { signsText: inSheetWords(text), parameters: seen, named: topic.faults });
  const own = told.find(({ sheet }) => sheet.asset === topic.asset)?.score ?? 0;
  const best = told.reduce((most, one) => (one.score > most.score ? one : most), told[0]!);
  return best.score > MORE_LIKE * own ? best.sheet.asset : undefined;
}

/** Twins (pump, fan, compressor) explain much alike; of 70 messages without a tag two are beyond this. */
const MORE_LIKE = 1.3;

/** Share of the options that are names or lines of the sheets, 0–1; 1 where there are none. */
function knownOf({ namedOptions, symptoms, topic }: Understood, knowledge: Knowledge): number {
  return knownShare(
    knowledge.sheet(topic.asset ?? ''),
    knowledge.sheets,
    namedOptions.map((option, i) => ({ text: option, known: symptoms[i] !== undefined })),
  );
}

/**
 * What the sheets say for each option, where the options are in words of their own: then it leads; or where no fact
 * decides. Faults that are offered for signs are weighed otherwise (rank.ts).
 */
function spokenFor(
  { text, options, topic, asked, named }: Understood,
  grounded: number,
  known: number,
  evidence: Evidence,
): OptionEvidence | undefined {
  if (options.length === 0) return undefined;
  const leads = known < MOSTLY;
  if (!leads && (grounded === 1 || asked === 'diagnose')) return undefined;
  return { options: evidence.of(text, options, named ? topic.asset : undefined), leads };
}

const MOSTLY = 0.5;

/** "Increased flow" of a pump that runs dry; "normal pressure" where the pressure shows it. */
function contradicted({ options, symptoms, topic }: Understood, knowledge: Knowledge): boolean[] {
  const faults = knowledge.sheet(topic.asset ?? '')?.faults.filter(({ name }) => topic.faults.includes(name)) ?? [];
  return symptoms.map((symptom, i) => {
    const cells = faults.flatMap(({ shows }) => shows.filter(({ parameter }) => parameter === symptom?.name));
    if (cells.length === 0) return false;
    if (UNMOVED.test(options[i]!)) return true;
    const told = symptom!.change;
    return told !== undefined && cells.every(({ change }) => OPPOSITE[told]?.includes(change));
  });
}

const UNMOVED = /\b(?:normal|unchanged|steady|stable|constant|no change)\b/i;
const OPPOSITE: Partial<Record<Change, readonly Change[]>> = { rises: ['falls'], falls: ['rises', 'appears'] };

// ------------------------------------------------------------------------------------------------ facts

type Facts = Pick<Recalled, 'facts' | 'candidates' | 'grounded' | 'match' | 'lead'>;

async function factsFor(understood: Understood, knowledge: Knowledge, search: Search): Promise<Facts> {
  const { asked, topic } = understood;
  const { asset } = topic;
  if (!asked || !asset || !knowledge.sheet(asset)) return byText(understood, search, 0.5);
  if (asked === 'diagnose') {
    const candidates = rankCandidates(understood, knowledge.sheet(asset)!);
    if (candidates.length === 0) return byText(understood, search, 0.5);
    const faults = candidates.map((candidate) => candidate.fault);
    const named = candidates.map(({ fault, score }) => ({ name: fault, score }));
    const facts = selectFacts({ asked, asset, faults, parameters: topic.parameters }, knowledge.fact);
    return { facts, candidates: named, grounded: stands(candidates) ? 1 : 0.5, ...clarity(candidates) };
  }
  const sheet = knowledge.sheet(asset)!;
  const rules = asked === 'rule' ? rulesFor(understood, sheet) : [];
  const parts = asked === 'role' ? partsFor(understood, sheet) : [];
  const subject = {
    asked,
    asset,
    faults: topic.faults,
    parameters: topic.parameters,
    components: parts.map((part) => part.component),
    rules: rules.map(({ rule }) => rule),
  };
  const facts = selectFacts(subject, knowledge.fact);
  if (facts.length === 0) return byText(understood, search, 0.5);
  const complete = understood.unknownTags.length === 0 && isKnown(asked, topic, { rules, parts });
  const clear = rules.length ? clarity(rules) : parts.length ? clarity(parts) : NAMED;
  const candidates = rules.slice(0, 3).flatMap(({ rule, score }) => {
    const line = knowledge.fact(`${asset}/rule/${rule}`)?.text;
    return line ? [{ name: line.split(': ', 1)[0]!, score }] : [];
  });
  return { facts, candidates, grounded: complete ? 1 : 0.5, ...clear };
}

const NAMED: Pick<Facts, 'match' | 'lead'> = { match: 1, lead: 1 };

function clarity([best, second]: readonly { score: number }[]): Pick<Facts, 'match' | 'lead'> {
  const match = Math.min(1, best?.score ?? 0);
  return { match, lead: Math.min(1, match - (second?.score ?? 0)) };
}

/** What is asked about is named, or clearly the one that is meant. */
function isKnown(asked: Asked, topic: Topic, ranked: Record<'rules' | 'parts', readonly { score: number }[]>): boolean {
  switch (asked) {
    case 'faults':
    case 'instruments':
      return topic.parameters.length > 0;
    case 'cell':
      return topic.faults.length > 0 && topic.parameters.length > 0;
    case 'parts':
      return true;
    case 'role':
      return stands(ranked.parts);
    case 'rule':
      return stands(ranked.rules);
    case 'explain':
      // Of two faults a difference may be asked, which is no one fact.
      return topic.faults.length === 1;
    default:
      return topic.faults.length > 0;
  }
}

/** The best leads clearly. */
function stands(ranked: readonly { score: number }[]): boolean {
  return ranked.length > 0 && clarity(ranked).lead >= LEAD;
}

const LEAD = 0.15;

/** Rules by their condition; those of the fault that is named, and where actions of rules are offered, only those that are. */
function rulesFor({ text, options, topic }: Understood, sheet: Sheet): RankedRule[] {
  const all = rankRules(sheet, text);
  const ofFault = all.filter(({ rule }) => topic.faults.includes(sheet.rules[rule]!.fault ?? ''));
  const ranked = ofFault.length ? ofFault : all;
  const offered = new Set(options.flatMap((option) => ruleOfAction(sheet, option)?.rule ?? []));
  const among = ranked.filter(({ rule }) => offered.has(rule));
  return among.length >= 2 ? among : ranked.filter(({ score }) => score > 0);
}

/** The part that is named, else those whose role is told; where parts are offered, only those that are. */
function partsFor({ text, topic, namedOptions }: Understood, sheet: Sheet): { component: string; score: number }[] {
  if (topic.components?.length)
    return topic.components.map((component) => ({ component, score: 1 / topic.components!.length }));
  const ranked = rankRoles(sheet, text);
  const among = ranked.filter(({ component }) => namedOptions.includes(component));
  return among.length >= 2 ? among : ranked;
}

/** Where the question was not understood: what reads like it, of the machine if that is known. */
async function byText(understood: Understood, search: Search, atMost: number): Promise<Facts> {
  const { asset } = understood.topic;
  const found = await search.facts(understood.text, asset);
  const strong = found.filter((hit) => hit.score >= 3).slice(0, 3);
  return {
    facts: strong.map((hit) => hit.fact).reverse(),
    candidates: [],
    grounded: asset && strong.length ? atMost : 0,
    match: 0,
    lead: 0,
  };
}

/** Faults by signs in the operator's words and readings with their direction. */
function rankCandidates(understood: Understood, sheet: Sheet): { fault: string; score: number }[] {
  const { text, seen: parameters, topic } = understood;
  const seen = { signsText: inSheetWords(text), parameters, named: topic.faults };
  const ranked = diagnose(sheet, seen);
  const offered = ranked.filter(({ fault }) => understood.namedOptions.includes(fault));
  return offered.length >= 2 ? offered.slice(0, 4) : ranked.slice(0, 3);
}

// ------------------------------------------------------------------------------------------------ search by text

interface Search {
  facts(text: string, asset: string | undefined): Promise<{ fact: Fact; score: number }[]>;
}

/** One index a machine class and one over all of them, each built once, when first asked. */
function searchOf(knowledge: Knowledge): Search {
  const indices = new Map<string, BM25Retriever>();
  const index = (key: string, facts: () => readonly Fact[], k: number): BM25Retriever => {
    let found = indices.get(key);
    if (!found) {
      const docs = facts().map(
        (fact) => new Document({ pageContent: indexTerms(fact.text).join(' '), metadata: { fact } }),
      );
      found = new BM25Retriever({ docs, k, includeScore: true });
      indices.set(key, found);
    }
    return found;
  };
  const query = async (retriever: BM25Retriever, text: string): Promise<{ fact: Fact; score: number }[]> => {
    const terms = [...new Set(indexTerms(text.slice(0, 2_000)))];
    if (terms.length === 0) return [];
    const found = await retriever.invoke(terms.join(' '));
    return found.map(({ metadata }) => ({ fact: metadata.fact as Fact, score: metadata.bm25Score as number }));
  };
  return {
    facts: (text, asset) => {
      const of = (): Fact[] =>
        knowledge.facts.filter((fact) => fact.kind !== 'why' && (asset === undefined || fact.asset === asset));
      return query(index(asset ?? '', of, 6), text);
    },
  };
}

// ------------------------------------------------------------------------------------------------ room

/** Drops the least telling facts until the prompt leaves room for an answer. */
function fitted(
  understood: Understood,
  found: readonly Fact[],
  applicable: readonly Applicable[],
  student: Student | null,
  contextTokens: number,
): Pick<Recalled, 'facts' | 'corrections' | 'context' | 'fits'> {
  const lines = applicable.map(({ question, answer }) => correctionText(question, answer));
  const room = contextTokens - COMPLETION;
  const count = (text: string): number => student?.countTokens(text) ?? Math.ceil(text.length / 4);
  let facts = [...found];
  for (;;) {
    const context = [...facts.map((fact) => fact.text), ...lines];
    const prompt = renderPrompt({ context, question: understood.posed });
    // A very long question is not worth counting to the end.
    const tokens = prompt.length < room * 12 ? count(prompt) : Number.POSITIVE_INFINITY;
    if (tokens <= Math.min(room, TAUGHT_PROMPT) || facts.length === 0) {
      return { facts, corrections: [...applicable], context, fits: tokens <= room };
    }
    facts = facts.slice(1);
  }
}
