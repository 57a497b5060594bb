/**
 * People's corrections, kept at hand: read from the log as it grows, forgotten when withdrawn, and found again for the
 * same question in other words. It decides what applies, not what is answered.
 */
import { plainOption } from '../models/student/prompt.ts';
import { overlap } from './similar.ts';
import type { CorrectionLike } from './types.ts';
import type { Understand, Understood } from './understand.ts';

export interface Applicable {
  correction: CorrectionLike;
  /** The corrected question, self-contained. */
  question: string;
  /** In the words of the present question's options where it has options. */
  answer: string;
  /** Indices of the present question's options that the correction names; empty for an open question. */
  chosen: number[];
  /** 0–1. */
  similarity: number;
}

export interface CorrectionMemory {
  /** Reads what is new, then gives what applies to a question, the most similar last, at most `most`, all of one answer. */
  applicable(understood: Understood, most?: number): Promise<Applicable[]>;
}

export interface CorrectionMemoryParts {
  read: (afterSeq: number) => Promise<readonly CorrectionLike[]>;
  understand: Understand;
  /** Whether an option means what a correction says, other than by the same words. */
  sameName: (a: string, b: string, asset: string | undefined) => boolean;
}

interface Kept {
  correction: CorrectionLike;
  understood: Understood;
}

export function correctionMemory({ read, understand, sameName }: CorrectionMemoryParts): CorrectionMemory {
  const kept = new Map<string, Kept>();
  const latest = new Map<string, number>();
  let after = 0;

  async function refresh(): Promise<void> {
    for (const correction of await read(after)) {
      // Two readings may overlap; the newer state of a correction stands.
      if ((latest.get(correction.id) ?? -1) >= correction.seq) continue;
      latest.set(correction.id, correction.seq);
      after = Math.max(after, correction.seq);
      if (correction.withdrawn) kept.delete(correction.id);
      else kept.set(correction.id, { correction, understood: understand(questionOf(correction)) });
    }
  }

  return {
    async applicable(now, most = 2) {
      await refresh();
      const found: Applicable[] = [];
      for (const { correction, understood } of kept.values()) {
        const similarity = sameMatter(understood, now);
        if (similarity === 0) continue;
        const stands = standsFor(correction, now, sameName);
        if (!stands) continue;
        found.push({ correction, question: understood.rewritten, similarity, ...stands });
      }
      found.sort((a, b) => a.similarity - b.similarity || a.correction.seq - b.correction.seq);
      const best = found.at(-1);
      if (!best) return [];
      // Of two that say different things only the nearer may speak; a newer one as near as that outranks it.
      const newest = found
        .filter((one) => best.similarity - one.similarity < 0.1)
        .reduce((a, b) => (a.correction.seq > b.correction.seq ? a : b));
      const agreeing = found.filter((one) => one !== newest && one.answer === newest.answer);
      return [...agreeing.slice(-(most - 1)), newest].slice(-most);
    },
  };
}

/** A follow-up's question is understood as it was: from the thread's topic. */
function questionOf(correction: CorrectionLike): Parameters<Understand>[0] {
  const { question, options, topic } = correction;
  return { text: question, ...(options ? { options } : {}), topic };
}

/** Diagnoses are told apart by what was seen; below this, the signs are others. */
const SAME_SIGNS = 0.6;
/** Without a name to go by, the words must be nearly the same. */
const SAME_WORDS = 0.7;

/** 0: another matter. Otherwise how alike the questions are, 0–1. Machine, fault, parameter and relation must agree. */
export function sameMatter(corrected: Understood, now: Understood): number {
  const alike = overlap(corrected.terms, now.terms);
  const [a, b] = [corrected.topic, now.topic];
  if (corrected.negated !== now.negated) return 0;
  if (a.asset !== b.asset) return 0;
  // What was said of one machine holds for it alone; what was said of the class holds for each of its machines.
  if (a.tag && a.tag !== b.tag) return 0;
  if (corrected.unknownTags.join() !== now.unknownTags.join()) return 0;
  const family = (asked: Understood['asked']): string =>
    asked === 'faults' || asked === 'diagnose' ? 'diagnose' : (asked ?? 'other');
  if (family(corrected.asked) !== family(now.asked)) return 0;
  switch (family(now.asked)) {
    case 'diagnose': {
      const bothByParameter = corrected.asked === 'faults' && now.asked === 'faults';
      if (bothByParameter) return same(a.parameters, b.parameters) ? 0.6 + 0.4 * alike : 0;
      return alike >= SAME_SIGNS ? alike : 0;
    }
    case 'cell':
      return named(a.faults, b.faults) && named(a.parameters, b.parameters) ? 0.6 + 0.4 * alike : 0;
    case 'other':
      return same(a.faults, b.faults) && alike >= SAME_WORDS ? alike : 0;
    default:
      if (a.faults.length === 0 && b.faults.length === 0) return alike >= SAME_WORDS ? alike : 0;
      return named(a.faults, b.faults) ? 0.6 + 0.4 * alike : 0;
  }
}

/** What the correction says here: among the options, or as it stands for an open question. */
function standsFor(
  correction: CorrectionLike,
  now: Understood,
  sameName: CorrectionMemoryParts['sameName'],
): { answer: string; chosen: number[] } | undefined {
  const answer = spelledOut(correction);
  if (now.options.length === 0) return { answer, chosen: [] };
  const wholes = now.options.flatMap((option, i) => (plainOption(option) === plainOption(answer) ? [i] : []));
  const said = wholes.length ? [answer] : answer.split(';').map((part) => part.trim());
  const chosen = wholes.length
    ? wholes
    : now.options.flatMap((option, i) =>
        said.some((part) => plainOption(part) === plainOption(option) || sameName(part, option, now.topic.asset))
          ? [i]
          : [],
      );
  if (chosen.length === 0 || (chosen.length > 1 && !now.several)) return undefined;
  return { answer: chosen.map((i) => now.options[i]!).join('; '), chosen };
}

/** "B" → the text of option B. */
function spelledOut(correction: CorrectionLike): string {
  const letter = correction.answer.trim().match(/^\(?([A-Za-z])[).:]?$/)?.[1];
  const option = letter && correction.options?.[letter.toLowerCase().charCodeAt(0) - 97];
  return option ?? correction.answer.trim();
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

function named(a: readonly string[], b: readonly string[]): boolean {
  return a.length > 0 && same(a, b);
}
