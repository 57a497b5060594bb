/**
 * Mends misspelled words of asking ("what shoould I ckeck first"), so that what is asked can be told. Names of the plant
 * are the matcher's to mend; every word of the text that the matcher has explained is left alone.
 */
import { makeMender } from '../models/knowledge/typos.ts';
import { isCommonWord } from '../models/knowledge/words.ts';

/** @param spans parts of the text that are names */
export function mendAsking(text: string, spans: readonly { start: number; end: number }[]): string {
  return text.replace(/[a-z]{5,}/gi, (word, at: number) => {
    const lower = word.toLowerCase();
    if (KNOWN.has(lower) || isCommonWord(lower)) return word;
    if (spans.some((span) => at < span.end && at + word.length > span.start)) return word;
    return MENDER.mend(lower) ?? word;
  });
}

const KNOWN = new Set(
  `which where what should would could happens happen follows effect effects consequence consequences result results cause
  causes caused reason leads check checks inspect inspection inspected verify confirm confirms prove proves test action
  actions remedy remedies recommend recommended repair repaired fixed maintenance corrective likely possible common typical
  component components affected concerned explain describe meaning means sensor sensors parameter parameters measurement
  measurements reading readings indicator indicators signal signals symptom symptoms technique measure monitor monitored
  watch trend detect detected detecting reveal reveals indicate indicates indicated shows fault faults failure failures
  defect problem diagnosis diagnose suspect suspected explains relevant irrelevant useful useless unsuitable suitable
  suited least first except unaffected unchanged normal abnormal linked related associated expected following`.split(
    /\s+/,
  ),
);
const MENDER = makeMender(new Map([...KNOWN].map((word) => [word, 1])));
