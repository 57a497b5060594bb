/**
 * What is asked: which parameters, which faults, a diagnosis, causes, effects, checks, actions, what to do when a condition
 * is seen, a machine's parts, what a part does, what measures a reading, a meaning; whether
 * the question is turned round ("which does NOT…") and whether several answers are wanted. By rules over how people put
 * questions; the names in the question only settle what the words leave open.
 */
import type { Found, NameMatch } from './names.ts';
import { polarityOf, type Sought } from './polarity.ts';
import type { Asked } from './select.ts';
import { makeMender } from './typos.ts';
import { contentStems, fold, isAskingWord, isCommonWord } from './words.ts';

/** As `Asked` of select.ts; `other` when it cannot be told. */
export type Relation = Asked | 'other';

export interface Asks {
  relation: Relation;
  /** The right answer is what does not belong: NOT, except, least useful, of no use. */
  negated: boolean;
  /** The wording leaves no doubt about that; where it does, options may tell better (turned.ts). */
  certain: boolean;
  /** More than one answer is wanted: select all that apply. */
  several: boolean;
  /** For `role`: the part is told by what it does, and its name is asked for. */
  byRole: boolean;
}

type Names = Pick<Found, 'faults' | 'parameters'> &
  Partial<Pick<Found, 'components' | 'assets' | 'asset' | 'tellsSigns'>>;

/** What is asked. With the names that were found it decides more surely. */
export function asks(text: string, names?: Names): Asks {
  const found = names && telling(names);
  const read = text.slice(0, LONGEST);
  const worded = (mask: Masks): string => mendedWords(masked(read, found, mask).replace(/\s+/g, ' ').trim());
  const question = worded(MASKS);
  const byRole = COMPONENTS.some((pattern) => pattern.test(question));
  const asked = (patterns: readonly RegExp[], words: string): boolean =>
    patterns.some((pattern) => pattern.test(words));
  // Where nothing is amiss, a part or a reading may be what is asked about.
  const amiss = found?.faults.some(
    (fault) => ![...found.parameters, ...(found.components ?? [])].some(sameSpan(fault)),
  );
  const ofPart = worded({ components: 'thispart', ...MASKS });
  const aboutPart =
    !amiss && !byRole && (asked(ROLE, ofPart) || (found?.faults.length === 0 && asked(EXPLAIN_PART, ofPart)));
  const aboutReading =
    !amiss && found?.parameters.length && asked(INSTRUMENTS, worded({ parameters: 'thisquantity', ...MASKS }));
  const told = aboutPart
    ? 'role'
    : aboutReading
      ? 'instruments'
      : ofReading(question, relationOf(question, found), found);
  return {
    relation: told,
    ...polarityOf(question, soughtBy(told, found)),
    several: SEVERAL.test(question),
    byRole: told === 'role' && byRole,
  };
}

/** One reading is told, and nothing that was seen: then what it can mean is asked, not what is wrong. */
function ofReading(text: string, relation: Relation, found: Names | undefined): Relation {
  if (relation !== 'diagnose' || !found || found.tellsSigns !== false || found.faults.length > 0) return relation;
  if (SIGNS_TOLD.some((pattern) => pattern.test(text)) && tellsSigns(text)) return relation;
  return new Set(found.parameters.map((match) => match.name)).size === 1 ? 'faults' : relation;
}

function soughtBy(relation: Relation, found: Names | undefined): Sought {
  if (relation === 'diagnose' || relation === 'rule') return 'seen';
  if (relation === 'parameters' || relation === 'faults') return relation;
  if (relation !== 'other' && relation !== 'cell' && relation !== 'explain') return 'other';
  return found?.faults.length ? 'parameters' : found?.parameters.length ? 'faults' : 'other';
}

const LONGEST = 4000;

/** Names nothing, even where a sheet has it as a synonym. */
const WORD_OF_ASKING = /^(?:readings?|signals?|values?|measurements?|indications?|outputs?|ranges?|trends?)$/i;

/** Without what is a name only by accident: a word of asking, or a synonym that another machine's sheet has. */
function telling(names: Names): Names {
  const ours = ({ how, candidates, text }: NameMatch): boolean =>
    !WORD_OF_ASKING.test(text) &&
    (names.asset === undefined || how === 'exact' || candidates.some((one) => one.asset === names.asset));
  return { ...names, faults: names.faults.filter(ours), parameters: names.parameters.filter(ours) };
}

/** Names stand back for what they are, so that "cooling system fault" is not heard as a question about faults. */
function masked(text: string, found: Names | undefined, masks: Masks): string {
  // The longest first; of two names in the same words, the kind that stands first in the masks.
  const spans = Object.entries(masks)
    .flatMap(([kind, mask]) => (found?.[kind as keyof Masks] ?? []).map(({ start, end }) => ({ start, end, mask })))
    .filter(({ end }) => end <= text.length)
    .sort((a, b) => b.end - b.start - (a.end - a.start));
  const taken: typeof spans = [];
  for (const span of spans) {
    if (taken.every((other) => span.end <= other.start || span.start >= other.end)) taken.push(span);
  }
  return taken
    .sort((a, b) => b.start - a.start)
    .reduce((rest, { start, end, mask }) => `${rest.slice(0, start)}${mask}${rest.slice(end)}`, text);
}

function sameSpan(a: { start: number; end: number }): (b: { start: number; end: number }) => boolean {
  return (b) => a.start === b.start && a.end === b.end;
}

/** What each kind of name is read as. */
type Masks = Partial<Record<'faults' | 'parameters' | 'components' | 'assets', string>>;

const MASKS: Masks = { faults: 'thistrouble', parameters: 'thisquantity', assets: 'thismachine' };

/** What is asked, by the words alone. */
export function relation(text: string): Relation {
  return asks(text).relation;
}

/** Misspelled words of asking, mended: "which paramter", "what couses". */
function mendedWords(text: string): string {
  return text.replace(/[A-Za-z]{5,}/g, (word) => {
    const plain = word.toLowerCase();
    if (isCommonWord(plain) || ASKING_STEMS.has(fold(plain))) return word;
    return mender.mend(plain) ?? word;
  });
}

const ASKING_WORDS =
  `parameter parameters sensor sensors measurement measurements quantity reading readings signal symptom symptoms indicator
  monitor measure watch trend detect fault faults failure failures problem defect diagnosis diagnosing diagnose detecting monitoring monitored measured wrong check checks inspect verify confirm
  causes cause effect effects consequence consequences happens remedy repair corrective component components action actions
  explain describe indicate indicates instrument instruments recommended response purpose except unaffected unchanged irrelevant useless suspect affects`.split(
    /\s+/,
  );
const ASKING_STEMS = new Set(ASKING_WORDS.map(fold));
const mender = makeMender(new Map(ASKING_WORDS.map((word) => [word, 1])));

// ------------------------------------------------------------------------------------------------ words of questions

const QUANTITY =
  '(?:sensors?|(?:\\w+ )?parameters?|(?:\\w+ )?measurements?|measured quantit(?:y|ies)|monitored quantit(?:y|ies)|quantit(?:y|ies)|readings?|signals?|symptoms?|(?:condition )?indicators?|indications?|techniques?|instruments?|inputs?|variables?|gauges?|transmitters?|trends?)';
const TROUBLE =
  '(?:(?:\\w+ )?faults?|failure modes?|failure events?|failures?|problems?|defects?|troubles?|damages?|breakdowns?|malfunctions?|modes? of failure)';
const any = (source: string): RegExp => new RegExp(source, 'i');

const WHICH = "(?:which|what|what's|name|select|choose|pick|tell me|list|out of|give)";
const ASKS_QUANTITY = [
  any(
    '\\b(?:gives?|provides?|carries)\\b[^.?!]{0,12}\\b(?:evidence|information|indication) of (?:it|this|thistrouble)\\b',
  ),
  any(`\\b${WHICH}\\b[^.?!]{0,60}?\\b${QUANTITY}\\b`),
  any(
    '\\b(?:what|which|how|where)\\b[^.?!]{0,30}\\b(?:monitor|measure|trend|watch|track|put (?:a|the) (?:sensor|probe|trend) on|look (?:at|for)|keep an eye on)\\b',
  ),
  any('\\b(?:how|with what)\\b[^.?!]{0,40}\\b(?:see|detect|spot|pick up|notice|recogni[sz]e|find|tell)\\b'),
  any(
    '\\b(?:make|makes) itself (?:felt|seen|known)\\b|\\b(?:shows? (?:up )?in|would (?:be )?seen in) (?:which|what)\\b',
  ),
];
const ASKS_TROUBLE = [
  any(`\\b${WHICH}\\b[^.?!]{0,60}?\\b${TROUBLE}\\b`),
  any(
    `\\b(?:sign|symptom|indication|evidence) of (?:which|what)\\b|\\b(?:about|to) (?:which|what) (?:\\w+ )?${TROUBLE}\\b`,
  ),
  any(
    '\\bwhat (?:does|do|would|could|might|can)\\b[^.?!]{0,60}\\b(?:indicate|mean|tell|point to|reveal|suggest|show|uncover)\\b|\\bwhat (?:could|can|might|may) (?:it|this|that) be\\b|\\bbehind (?:it|this|that)\\b',
  ),
  any(
    "\\b(?:what|what's|whats|anything) (?:is |could be |may be |might be |has gone |goes |seems )?(?:wrong|failing|broken|the matter|going on|breaking down)\\b|\\bwhat (?:may|might|could|can|has) (?:have )?failed\\b|\\bdiagnos(?:is|e)\\b|\\bwhat ails\\b|\\b(?:probable|likely) (?:cause|fault|failure)\\b|\\b(?:any idea|thoughts)\\b|\\bwhat (?:do you think|are we looking at)\\b|\\bcould be the cause\\b|\\bwhat is (?:it|this)\\s*\\?",
  ),
];

const ACTIONS = [
  any(
    '\\bwhat (?:(?:should|shall|must|can|could|would|do|does|did) (?:i|we|you|one|the \\w+|an? \\w+) |to |is to be )(?:\\w+ )?(?:do|done)\\b(?! (?:i|we|you|without)\\b)',
  ),
  any(
    '\\bwhat now\\b|\\bwhat next\\b|\\bwhat first\\W*$|\\bfirst move\\b|\\bnext steps?\\b|\\bremed(?:y|ies|ied)\\b|\\bput right\\b|\\bdealt with\\b|\\bdeal with\\b',
  ),
  any(
    '\\bhow (?:is|are|do|does|can|should|would|to)\\b[^.?!]{0,60}\\b(?:fix|fixed|repair|repaired|solve|solved|cure|cured|correct(?:ed)?|rectif(?:y|ied)|mend|mended|remedied|get rid of|prevent|avoid)\\b',
  ),
  any(
    '\\bhow to (?:fix|repair|solve|cure|handle)\\b|\\b(?:the|corrective|maintenance|immediate|first|recommended|which|what|right|best) (?:\\w+ )?(?:actions?|measures to take|repair)\\b|\\bwhat (?:maintenance|repair)\\b',
  ),
  any('\\b(?:should|must|can|may|do) (?:i|we) (?:stop|trip|shut|keep running|continue|run on|change over)\\b'),
];
const CHECKS = [
  any('\\b(?:what|which|where|how)\\b[^.?!]{0,40}\\b(?:check|inspect|verify|test for|look at first|examine)\\b'),
  any(
    '\\bhow (?:do|can|could|would|should|to)\\b[^.?!]{0,40}\\b(?:confirm|verify|prove|make sure|be (?:sure|certain)|rule out)\\b',
  ),
  any(
    '\\bwhat would settle\\b|\\b(?:which|what) (?:\\w+ )?(?:check|test|inspection|examination)s?\\b|\\b(?:confirms|proves|verifies) (?:the )?\\b|\\bwhat to check\\b|\\bto check first\\b',
  ),
];
const CAUSES = [
  any(
    '\\bwhat (?:\\w+ )?(?:causes?|caused|can cause|could cause|could have caused|may cause|might cause|leads? to|brings? about|triggers?|produces?)\\b',
  ),
  any(
    '\\bwhich (?:of (?:these|the following) )?(?:\\w+ )?(?:causes?|can cause|could cause|may cause|leads? to|brings? about|is (?:a|the) (?:\\w+ )?(?:root )?cause|is (?:a|the) (?:\\w+ )?reason)\\b',
  ),
  any(
    '\\b(?:root )?causes? (?:of|for)\\b|\\breasons? (?:of|for)\\b|\\broot cause\\b|\\bcaused by\\b|\\bdue to what\\b',
  ),
  any('\\bhow (?:does|do|can|could|did)\\b[^.?!]{0,60}\\b(?:come about|start|arise|originate|develop|begin|occur)\\b'),
  any(
    '\\bwhat lies behind\\b|\\bwhere (?:does|do)\\b[^.?!]{0,60}\\bcome from\\b|\\bwhy (?:does|do|did|would|has|have)\\b[^.?!]{0,40}\\b(?:get|gets|got|develop|developed|suffer|suffered|have|fail|failed|happen|happened|occur|occurred)\\b',
  ),
];
const EFFECTS = [
  any(
    '\\b(?:effects?|consequences?|results?|outcomes?|impacts?) (?:of|on|if|when)\\b|\\bwhat (?:\\w+ )?(?:effects?|consequences?|damage)\\b',
  ),
  any(
    '\\b(?:what|which)\\b[^.?!]{0,20}\\b(?:happens|will happen|would happen|could happen|can happen|might happen|follows|would follow|will follow)\\b(?! (?:inside|in|with|during|to the) )',
  ),
  any(
    '\\bwhat (?:does|can|could|will|would) [^.?!]{0,50}\\b(?:lead to|result in|do to|mean for)\\b|\\bwhat (?:does|do|can|could|will|would) (?:thistrouble|it|this|that)\\b[^.?!]{0,30}\\bcause\\b|\\bhow (?:bad|serious|dangerous|urgent|severe)\\b|\\bleft alone\\b|\\bif nothing is done\\b|\\bat stake\\b|\\bkept running\\b|\\bif (?:it is )?ignored\\b',
  ),
  // "Is it safe to run on?", "How long can I leave it?"
  any(
    '\\b(?:safe|ok|okay|alright|all right|fine|allowed|possible|dangerous|risky|risk) (?:to|if (?:i|we)) (?:still )?(?:run|operate|keep|carry|continue|start|leave|wait|go on|use)\\b|\\bhow (?:long|soon|much longer|many hours)\\b|\\b(?:can|could|may|will|would|should) (?:i|we|it|one) (?:still |just |safely )?(?:run|keep (?:on )?running|keep going|carry on|continue|go on|leave it|wait|last|hold)\\b|\\bis (?:it|that|this) (?:\\w+ )?(?:bad|dangerous|serious|urgent|critical|an emergency)\\b|\\burgent(?:ly)?\\b',
  ),
];
const COMPONENTS = [
  any(
    '\\b(?:which|what) (?:of (?:these|the following|the listed) )?(?:\\w+ )?(?:components?|parts?|pieces?)\\b(?! load\\b)|\\b(?:components?|parts?) (?:is|are) (?:affected|concerned|damaged)\\b',
  ),
];
/** Of a machine, and nothing is amiss: its parts. */
const BELONGS = [
  any(
    '\\b(?:have|has|got|contains?|consists?|compris\\w+|includes?|includ(?:ed|ing)|belongs?|find|found|meet|seen|part of|parts? of (?:a|an|the) thismachine|makes? up|made|built|inside|fitted|present|equipped|exists?|expect)\\b',
  ),
];
const PARTS = [
  any(
    '\\b(?:what|which) (?:is|are)\\b[^.?!]{0,40}\\b(?:made|built|composed) (?:up )?(?:of|from)\\b|\\bwhat (?:are|is) the (?:\\w+ )?(?:parts?|components?|pieces) (?:of|in|inside)\\b|\\bwhat (?:does|do)\\b[^.?!]{0,40}\\bconsist of\\b',
  ),
  any(
    '\\b(?:name|list) (?:what is inside|(?:the |some )?(?:\\w+ )?(?:parts|components|pieces)(?: of)?)\\b|\\b(?:taking|take|opening|dismantling|stripping)\\b[^.?!]{0,30}\\bapart\\b',
  ),
  any(
    '\\b(?:which|what)\\b[^.?!]{0,60}\\b(?:never|not|n.t) (?:be )?(?:found|find|fitted|present|part) (?:of|in|inside|on) (?:an? |the )?thismachine\\b|\\b(?:which|what)\\b[^.?!]{0,40}\\b(?:is|would be) (?:never |not |found in |fitted in |inside )*(?:a |the )?(?:component|part|piece) (?:of|in|to)\\b',
  ),
];
/** Of a machine where something is amiss: the part that it is amiss with. */
const AMISS = [
  any(
    '\\b(?:affect\\w*|concern\\w*|damag\\w*|fail\\w*|suffer\\w*|faults?|faulty|defect\\w*|wears?|worn|broken?|wrong|caus\\w+|explains?|problems?|troubles?|check|inspect|replace\\w*|suspect\\w*|blame|guilty|occurs?|arises?|sits?)\\b',
  ),
];
const PART = '(?:the |an? |its |this |that |each )?(?:\\w+ )?thisparts?';
const OF_MACHINE = '(?: (?:of|in|on|inside|at)\\b[^.?!,;:]{0,40}?)?';
const ROLE = [
  any(
    `\\b(?:roles?|functions?|purpose|job|tasks?|duty|use|point) (?:of|has|have|does|do|is served by|played by)\\b[^.?!]{0,20}\\bthisparts?\\b`,
  ),
  any(
    `\\bwhat (?:does|do|is|are|would) ${PART}${OF_MACHINE} (?:do|for|good for|used for|there for|meant for|serve)\\b`,
  ),
  any(`\\bwhat (?:role|function|purpose|job|task) (?:does|do|has|have) ${PART}\\b`),
  any(
    `\\bwhy (?:does|do|is|are|has|have|must|should)\\b[^.?!]{0,40}\\b(?:have|has|need|needs|use|uses|there|fitted with) ${PART}\\b`,
  ),
  any(`\\bthisparts?\\b[^.?!]{0,40}\\b(?:there to do what|does what|do what|what for|serves? (?:what|which))\\b`),
];
/** Of a part that is no fault's name as well. */
const EXPLAIN_PART = [any(`^(?:and |so )*(?:what(?:'s| is| are)|explain|describe) ${PART}${OF_MACHINE}\\W*$`)];
const INSTRUMENT =
  '(?:instruments?|sensors?|devices?|transducers?|probes?|gauges?|meters?|transmitters?|detectors?|tools?|pickups?)';
const MEASURED = '(?:measured|read|recorded|sensed|picked up|taken|determined|monitored)';
const INSTRUMENTS = [
  any(
    `\\b(?:which|what|name (?:the|an?)) (?:\\w+ ){0,2}${INSTRUMENT}\\b[^.?!]{0,40}\\b(?:measur\\w+|reads?|records?|senses?|picks? up|gets?|gives?|monitors?|for)\\b[^.?!]{0,30}\\bthisquantity\\b`,
  ),
  any(
    '\\b(?:what|which (?:one|of (?:these|the following)))(?: (?:does|do|would|will|can|could|is|are)(?: not|n.t| never)?)? (?:measures?|reads?|senses?|records?|used to measure)\\b[^.?!]{0,20}\\bthisquantity\\b',
  ),
  any(
    `\\b(?:how|with what|by what|by which \\w+|what) (?:is|are|can|could)\\b[^.?!]{0,30}\\bthisquantity\\b[^.?!]{0,40}\\b${MEASURED}\\b`,
  ),
  any(
    '\\b(?:how|(?:with|by) (?:what|which \\w+)|what) (?:do|does|can|could|would|should) (?:i|we|you|one|people)\\b[^.?!]{0,20}\\b(?:measure|read|record|use for|sense)\\b[^.?!]{0,20}\\bthisquantity\\b',
  ),
  any(
    '\\bwhat is (?:used|needed|fitted|installed) to (?:measure|read|record|sense|monitor)\\b[^.?!]{0,20}\\bthisquantity\\b',
  ),
  any(`\\bthisquantity\\b[^.?!]{0,40}\\bis ${MEASURED} (?:by|with) (?:what|which)\\b`),
  any('\\bwhat (?:does|do|can|is) (?:an? |the )?thisquantity\\b[^.?!]{0,40}\\bmeasur(?:e|ing)\\b'),
];
/** What to do about something that was seen: more ways of asking for it than ACTIONS has. */
const ADVICE = [
  any(
    '\\b(?:which|what|the|your|first|best|right|correct|proper|appropriate|recommended|required|suitable|corrective|immediate|maintenance) (?:\\w+ )?(?:action|advice|response|reaction|recommendation|step|intervention|measure to take|instruction)s?\\b',
  ),
  any(
    '\\b(?:what|how) (?:should|shall|must|do|does|would) (?:i|we|you|one|they|the \\w+|maintenance|operators?)\\b[^.?!]{0,12}\\b(?:do|react|respond|proceed)\\b|\\bwhat (?:is|would be) (?:recommended|advis(?:ed|able)|to be done)\\b|\\bwhat (?:should|must|has to|ought to) be done\\b|\\bwhat (?:would|do) you (?:recommend|advise|do)\\b',
  ),
];
/** The rule itself is spoken of. */
const RULE = any(
  '\\b(?:rules?|alarm list|procedure)\\b[^.?!]{0,40}\\b(?:says?|fired|fires|triggers?|triggered|trips?|states?|asks?|demands?|requires?)\\b',
);
const NAMES_AT_ONCE = any(`\\b(?:which|what) (?:\\w+ ){0,2}(?:${QUANTITY}|${TROUBLE})\\b`);
const EXPLAIN = [
  any(
    "^(?:and |so |please |can you |could you )*(?:explain|describe|define|tell me (?:about|what)|put)\\b|\\bwhat (?:is|are|'s) meant\\b|\\bin(?:to)? plain words\\b",
  ),
  any(
    "^(?:and |so )*what(?:\\u2019s|'s| is| are) (?!the\\b|no\\b|at\\b|wrong\\b|it\\b|this\\b|going\\b|failing\\b|a (?:likely|common|typical|usual|possible)\\b|an? (?:effect|consequence|cause|result)\\b)",
  ),
  any(
    '\\bwhat does\\b[^.?!]{0,60}\\bmean\\s*\\??$|\\bwhat (?:happens|goes on|is going on) (?:inside|in|with|during)\\b',
  ),
];
const CELL = [
  any('^(?:and |so |but )*(?:does|do|would|will|can|could|is|are|should|may|might)\\b'),
  any(
    '\\b(?:does|do|would|will|can|could|is|should)\\b[^.?!]{0,60}\\b(?:tell me|show|reveal|indicate|detect|expect|useful|relevant|change|affect|any good|of use)\\b',
  ),
  any('^(?:and |so |but )*(?:why|how) (?:does|do|would|should|is|are|will)\\b|\\banything to see in\\b'),
];

const SEVERAL =
  /\b(?:select|choose|mark|pick|name|tick|list|give) (?:all|every)\b|\ball that (?:apply|fit)\b|\b(?:several|more than one|one or more|multiple)\b[^.?!]{0,40}\b(?:right|correct|true|apply|answers?|options?|may|can)\b|\bwhich (?:ones|two|three|of (?:these|the following)(?: \w+)? are)\b|\bwhich (?:sensors|parameters|measurements|readings|signals|faults|failure modes|failures|symptoms|indicators|components|parts|causes|effects|checks|actions) are\b/i;

// ------------------------------------------------------------------------------------------------ decision

/** `text` with its names masked. */
function relationOf(text: string, found: Names | undefined): Relation {
  const says = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(text));
  const faults = new Set((found?.faults ?? []).map((match) => match.name)).size;
  const parameters = new Set((found?.parameters ?? []).map((match) => match.name)).size;
  // Of a known machine its sheet tells whether anything was seen; of any other, how much is told.
  const signs = found?.tellsSigns ?? tellsSigns(text);
  const quantity = says(ASKS_QUANTITY);
  const trouble = says(ASKS_TROUBLE);
  // "Partial discharge is up, which part is it?": the faults that show in it, each with its part.
  if (says(COMPONENTS) && faults === 0 && found?.parameters.some(({ change }) => change)) return 'faults';
  if (says(COMPONENTS)) return faults > 0 || !found ? 'components' : componentsOf(text, says);
  if (found && faults === 0) {
    if (says(PARTS)) return 'parts';
    const seen = parameters > 0 || otherWords(text) >= 2;
    const act = says(ACTIONS) || says(ADVICE);
    if (seen && (act ? !NAMES_AT_ONCE.test(text) : RULE.test(text))) return 'rule';
  }
  if (says(SIGNS_TOLD)) return 'diagnose';

  if (faults > 0 || !found) {
    if (NAMES_QUANTITY.test(text)) return 'parameters';
    const namesTrouble = NAMES_TROUBLE.test(text) && !says(CAUSES);
    if (!namesTrouble) {
      if (parameters > 0 && says(CELL)) return 'cell';
      if (says(CHECKS)) return 'checks';
      if (says(EFFECTS)) return 'effects';
      if (says(CAUSES)) return 'causes';
      if (says(ACTIONS)) return 'actions';
      if (quantity) return 'parameters';
      if (says(ADVICE)) return 'actions';
      if (says(EXPLAIN)) return 'explain';
    }
  }
  if (trouble && faults === 0) return parameters === 0 || parameters > 1 || signs ? 'diagnose' : 'faults';
  if (quantity && !(trouble && parameters > 0)) return 'parameters';
  if (trouble) return parameters > 0 ? 'faults' : 'diagnose';
  const amongOptions = AMONG.test(text) || polarityOf(text, 'other').negated;
  if (faults > 0 && parameters > 0) return 'cell';
  if (faults > 0 && amongOptions) return 'parameters';
  if (parameters > 0 && amongOptions) return signs ? 'diagnose' : 'faults';
  const seen = faults === 0 && (parameters > 0 || otherWords(text) >= 2);
  if (says(ACTIONS)) return seen ? 'diagnose' : 'actions';
  if (says(CHECKS)) return 'checks';
  if (says(CAUSES)) return seen ? 'diagnose' : 'causes';
  if (says(EFFECTS)) return 'effects';
  if (says(EXPLAIN)) return 'explain';
  return parameters > 0 && faults === 0 ? 'diagnose' : 'other';
}

/** No fault is named: the machine's parts, the one that does what is told, or the one that is meant by what came before. */
function componentsOf(text: string, says: (patterns: readonly RegExp[]) => boolean): Relation {
  if (says(PARTS)) return 'parts';
  if (says(AMISS)) return 'components';
  if (otherWords(text.replace(BELONGING, ' ')) > 0) return 'role';
  return says(BELONGS) || text.includes('thismachine') ? 'parts' : 'components';
}

const BELONGING = new RegExp(BELONGS[0]!.source, 'gi');

const SIGNS_TOLD = [
  any(
    '\\b(?:here is|this is|that is) what (?:we|i) (?:see|saw|observe|found|hear)\\b|\\bwhat (?:may|might|could|can) have failed\\b',
  ),
  any('\\bwhat are we looking at\\b|\\bwhat (?:do|would) you (?:think|make of)\\b|\\bthoughts\\s*\\?*$'),
];
const CHOOSE =
  '(?:which|what|name|select|choose|pick|mark|identify|specify|point out|single out|(?:indicate|state|determine|give|find|tell me) (?:the|a|an|one))';
const NAMES_QUANTITY = any(`\\b${CHOOSE}\\b[^.?!]{0,40}?\\b${QUANTITY}\\b`);
const NAMES_TROUBLE = any(`\\b${CHOOSE}\\b[^.?!]{0,40}?\\b${TROUBLE}\\b`);
const AMONG = any(
  '\\b(?:which|what|one) of (?:these|the following|them|the listed)\\b|\\b(?:these|the following)\\b[^.?!]*\\bwhich\\b',
);

/** More is told than one parameter: then a diagnosis is wanted, not what the parameter can mean. */
function tellsSigns(text: string): boolean {
  return otherWords(text) >= (NAMES_TROUBLE.test(text) ? 3 : 2);
}

/** Content words that neither name anything nor belong to the way of asking: what was seen, in the operator's words. */
function otherWords(text: string): number {
  return contentStems(text).filter((stem) => !isAskingWord(stem) && !/^\d/.test(stem)).length;
}
