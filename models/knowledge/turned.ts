/**
 * Which way a question is turned, where its wording leaves doubt: told by its options. It has one right option; where one
 * alone does not belong and no other stands out, that one is sought; where one alone belongs, that one. Wordings of "not"
 * are without number, and this holds for all of them. It reads no words.
 */

/** How the question was heard. */
export interface Heard {
  /** What does not belong is sought. */
  negated?: boolean;
  /** The wording leaves no doubt about that ("NOT", "best"). Default true. */
  certain?: boolean;
  /** Several options may be right: then their number tells nothing. */
  several?: boolean;
}

/** From where on an option belongs, and up to where it does not. */
export interface Bounds {
  belongs: number;
  not: number;
}

/** The best is sought where it is ahead of the next by as much: a rival of its own kind is not a wrong option. */
const AHEAD = 0.25;

/** Whether what does not belong is sought among options that belong so much, 0–1. */
export function turned(strengths: readonly number[], heard: Heard, bounds: Bounds): boolean {
  const { negated = false, certain = true, several = false } = heard;
  if (certain || several || strengths.length < 3) return negated;
  const belong = strengths.filter((strength) => strength >= bounds.belongs).length;
  const not = strengths.filter((strength) => strength <= bounds.not).length;
  if (belong === 1 && not === strengths.length - 1) return false;
  if (not === 1 && belong === strengths.length - 1) {
    const [best, next] = [...strengths].sort((a, b) => b - a);
    return negated || best! - next! < AHEAD;
  }
  return negated;
}
