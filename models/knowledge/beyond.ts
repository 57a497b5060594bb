/**
 * Questions that no one fact of a sheet answers: what to watch on a machine, how two faults are told apart, whose machine it
 * is, how often something is to be done, what happened last night, whether a reading is bad, what gases in oil mean. The
 * student is not taught them; a teacher draws the answer from many facts, or says that the sheets do not have it. By wording
 * and by what is named.
 */
import { asksGases } from './gases.ts';
import { asksLimit } from './limit-asked.ts';
import type { NameMatch, Span } from './names.ts';

export type Beyond = 'watch' | 'compare' | 'who' | 'how often' | 'history' | 'limit' | 'gases';

interface Named {
  asset?: string;
  faults: readonly Pick<NameMatch, 'name'>[];
  parameters: readonly unknown[];
  components?: readonly Span[];
  assets?: readonly Span[];
  tags?: readonly Span[];
  unknownTags?: readonly Span[];
  strangers?: readonly Span[];
  tellsSigns?: boolean;
}

/** What the thread speaks of, where the question leans on it. */
interface Thread {
  fault?: string | undefined;
  parameters?: readonly string[];
}

export function beyondIn(text: string, found: Named, thread: Thread = {}): Beyond | undefined {
  if (WHO.test(text)) return 'who';
  if (asksGases(text, found, thread.parameters ?? [])) return 'gases';
  if (HOW_OFTEN.test(text)) return 'how often';
  if (found.faults.length === 0 && found.tellsSigns !== true && HISTORY.test(text)) return 'history';
  if (asksLimit(text, found)) return 'limit';
  const faults = new Set(found.faults.map(({ name }) => name)).size;
  if (faults >= 2 && (DIFFERENCE.test(text) || (EITHER.test(text) && found.tellsSigns !== true))) return 'compare';
  const ofMachine = faults === 0 && thread.fault === undefined && found.parameters.length === 0;
  const asksWatch = found.tellsSigns !== true && WATCH.test(text) && !LOOKED_FOR.test(text);
  return ofMachine && asksWatch ? 'watch' : undefined;
}

const WHO =
  /\b(?:who|whom|which (?:person|engineer|team|department)) (?:should|shall|must|can|do|does|is|to|owns?|looks?|fix(?:es)?|will|has|i|we)\b|(?:^|[.?!,;:]\s*|\b(?:and|know|say|tell me) )whose\b|\bwhose (?:job|task|turn|is|are)\b/i;
const HOW_OFTEN =
  /\bhow (?:often|frequently|regularly)\b|\b(?:at )?(?:what|which) intervals?\b|\bevery how (?:many|long)\b/i;
const DIFFERENCE =
  /\b(?:differen(?:ce|t|ces)|differ|differs|distinguish\w*|versus|vs\.?|compared?)\b|\b(?:tell|know|keep|told)\b[^.?!]{0,50}\b(?:apart|from)\b|\bhow (?:do|can|could|would|to)\b[^.?!]{0,30}\btell\b|\b(?:confus|mix)\w*\b/i;
const HISTORY =
  /\b(?:why|what|when|how)\b[^.?!]{0,20}\b(?:did|happened|caused|made)\b[^.?!]{0,60}\b(?:last (?:night|week|month|shift|time)|yesterday|this morning|tonight|at \d{1,2}(?::\d\d)?|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b/i;
const EITHER = /\bor\b/i;
const WATCH =
  /\b(?:what|which|anything|things?|readings?|parameters?|sensors?|measurements?|signals?)\b[^.?!]{0,40}\b(?:watch|monitor|trend|observe|keep (?:an|my|our) eye|keep track|measure|survey|log|instrument)\b|\b(?:monitor|watch|trend|keep (?:an|my|our) eye on)\b[^.?!]{0,30}\b(?:what|which)\b|\b(?:what|which) (?:sensors?|instruments?|measuring points?)\b[^.?!]{0,30}\bfor (?:what|which)\b|\b(?:put|fit|mount|install|buy) (?:\w+ ){0,2}(?:sensors?|instruments?|probes?) (?:on|to)\b/i;
/** "What do I watch for when the oil is changed": a condition is told, or something is looked for. */
const LOOKED_FOR = /\b(?:if|when|after|since|because|while|to (?:find|detect|catch|see|spot|know|confirm|tell))\b/i;
