/**
 * How strongly the sheets' sentences tie each option to a question that could not be placed: where neither machine nor
 * relation is clear, what is written near both is all there is to go by. Words only; it reads no grades.
 */
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Fact } from '../models/knowledge/types.ts';
import { contentStems } from '../models/knowledge/words.ts';

export interface Evidence {
  /** 0–1 for each option, the strongest 1; all 0 where no sentence speaks of any. */
  of(question: string, options: readonly string[], asset: string | undefined): number[];
}

/** Rows of grades name everything, so they tie nothing to anything. */
const ROWS: readonly Fact['kind'][] = ['shows', 'faults'];
/** A sentence about another machine counts for this much of one about the machine asked about. */
const ELSEWHERE = 0.6;
/** The mean of this many best sentences counts: one chance meeting of words is not much. */
const BEST = 3;

interface Indexed {
  fact: Fact;
  stems: ReadonlySet<string>;
  /** "does not show it" speaks against. */
  sign: 1 | -1;
}

export function evidenceIn(knowledge: Knowledge): Evidence {
  let index: { sentences: Indexed[]; weight: (stem: string) => number; holding: Map<string, Indexed[]> } | undefined;
  return {
    of(question, options, asset) {
      index ??= indexOf(knowledge);
      const { holding, weight } = index;
      const asked = [...new Set(contentStems(question))];
      const whole = asked.reduce((sum, stem) => sum + weight(stem), 0) || 1;
      const strengths = options.map((option) => {
        const own = [...new Set(contentStems(option))].filter((stem) => !asked.includes(stem));
        const all = own.reduce((sum, stem) => sum + weight(stem), 0) || 1;
        const sentences = new Set(own.flatMap((stem) => holding.get(stem) ?? []));
        const ties = [...sentences].map(({ fact, stems, sign }) => {
          const share = (of: readonly string[]): number =>
            of.reduce((sum, stem) => sum + (stems.has(stem) ? weight(stem) : 0), 0);
          const near = asset === undefined || fact.asset === asset ? 1 : ELSEWHERE;
          return (sign * near * share(asked) * share(own)) / (whole * all);
        });
        const best = ties.sort((a, b) => b - a).slice(0, BEST);
        return Math.max(0, best.reduce((sum, tie) => sum + tie, 0) / BEST);
      });
      const highest = Math.max(...strengths);
      return strengths.map((strength) => (highest > 0 ? strength / highest : 0));
    },
  };
}

function indexOf(knowledge: Knowledge) {
  const sentences = knowledge.facts
    .filter(({ kind }) => !ROWS.includes(kind))
    .map((fact): Indexed => {
      const sign = fact.kind === 'why' && fact.text.includes(' does not show it') ? -1 : 1;
      return { fact, stems: new Set(contentStems(fact.text)), sign };
    });
  const holding = new Map<string, Indexed[]>();
  for (const sentence of sentences) {
    for (const stem of sentence.stems) {
      const list = holding.get(stem);
      if (list) list.push(sentence);
      else holding.set(stem, [sentence]);
    }
  }
  /** Rare words tie more than common ones (inverse document frequency). */
  const weight = (stem: string): number => Math.log(1 + sentences.length / (1 + (holding.get(stem)?.length ?? 0)));
  return { sentences, weight, holding };
}
