/**
 * Is a value put to question ("is 7 mm/s bad on P-101?"), or a limit asked for ("how hot may the oil get")? By wording and by
 * what is named. A value in a diagnosis, in a rule's condition or beside a fault is not put to question.
 */
import type { Span } from './names.ts';
import { type Bare, bareNumbersIn, type Quantity, quantitiesIn } from './quantities.ts';
import { blanked, contentStems } from './words.ts';

interface Named {
  faults: readonly unknown[];
  parameters: readonly unknown[];
  tags?: readonly unknown[];
  unknownTags?: readonly unknown[];
  assets?: readonly unknown[];
  components?: readonly unknown[];
}

export function asksLimit(text: string, found: Named): boolean {
  if (text.length > LONGEST || found.faults.length > 0 || DIAGNOSES.test(text)) return false;
  const values = judgedIn(text);
  if (values.length > 0) return judges(text) || nothingElse(text, found, values);
  const bare = bareIn(text, found);
  if (bare) return judges(text) || nothingElse(text, found, [bare]);
  const named = found.parameters.length > 0 || BY_NAME.test(text);
  const about = [found.components, found.assets, found.tags].some((names) => names?.length);
  return (
    !EXCEEDED.test(text) && ((named && ASKED_FOR.some((form) => form.test(text))) || (about && HOW_HOT.test(text)))
  );
}

/** The values that are to be judged: the rated power, the speed and what the surroundings are at only tell which machine it is. */
export function judgedIn(text: string): Quantity[] {
  const values = quantitiesIn(text).filter(({ end, start }) => {
    if (FORMER.test(text.slice(Math.max(0, start - 40), start))) return false;
    const [before, after] = [text.slice(Math.max(0, start - 24), start), text.slice(end, end + 14)];
    return (
      !/\b(?:ambient|outdoors?|outside|room temperature)\W+(?:(?:is|was|of|at|temperature|temp|air)\W+){0,3}$/i.test(
        before,
      ) && !/^ *(?:ambient|outside|motor\b)/i.test(after)
    );
  });
  const telling = values.filter(
    ({ dimension, value }) => !CONTEXT.has(dimension) && !(dimension === 'voltage' && value >= RATED_VOLTAGE),
  );
  return telling.length > 0 || !judges(text) ? telling : values;
}

/** "Is a bearing temperature of 95 ok?": one number, and a reading to take its unit from. Undefined where a unit was told. */
export function bareIn(text: string, found: Named): Bare | undefined {
  if (found.parameters.length === 0 || quantitiesIn(text).some(({ dimension }) => !CONTEXT.has(dimension)))
    return undefined;
  const spans = (names: readonly unknown[] | undefined) => (names ?? []) as readonly Span[];
  // The 2 of "bearing 2" says which one it is.
  const parts = [...spans(found.assets), ...spans(found.components)].map(({ start, end }) => ({ start, end: end + 1 }));
  const names = [...spans(found.tags), ...spans(found.unknownTags), ...parts];
  const numbers = bareNumbersIn(text).filter(({ start, end }) =>
    names.every((one) => one.end < start || end <= one.start),
  );
  return numbers.length === 1 ? numbers[0] : undefined;
}

/**
 * What the value was before, in its own unit: "7.1 mm/s, was 3.4 last week", "C2H2 18 ppm, last yr 0", "(usual 82)", "78 -> 101 °C".
 * Undefined where it was not told.
 */
export function formerOf(text: string, value: Pick<Quantity, 'start' | 'end'>): number | undefined {
  const before = /(?<![\p{L}\d.,-])(-?\d+(?:[.,]\d+)?)\s*(?:°? ?[A-Za-z/µ%]+\s*)?(?:-+>|to|→|up to)\s*$/u.exec(
    text.slice(0, value.start),
  );
  const after =
    /^[^.;?!\d]{0,16}?(?:\b(?:was|were|used to be|normally|normal is|usually|usual|before|(?:up|down) from|from|last (?:yr|year|month|week|time|sample))\b)[^.;?!\d]{0,16}?(-?\d+(?:[.,]\d+)?)(?![\p{L}\d-]*\d)/iu.exec(
      text.slice(value.end),
    );
  const told = before?.[1] ?? after?.[1];
  return told === undefined ? undefined : Number(told.replace(',', '.'));
}

/** Before a number that tells what was. */
const FORMER =
  /\b(?:was|were|used to be|normally|usually|usual|(?:up|down) from|last (?:yr|year|month|week|time|sample))[\s:(]+(?:it was |about |around |only |at )?$/i;

const CONTEXT: ReadonlySet<string> = new Set(['power', 'rotation']);
/** "A 400 V motor": from here on a voltage is more often a rating than a reading. */
const RATED_VOLTAGE = 50;

/** A long text tells what happened. */
const LONGEST = 240;

const VERDICT =
  'bad|ok|okay|o\\.k\\.|normal|abnormal|acceptable|unacceptable|fine|good|poor|alright|all right|tolerable|allowed|allowable|permitted|permissible|safe|unsafe|dangerous|critical|serious|severe|alarming|worrying|worrisome|concerning|excessive|high|low|hot|elevated|an? (?:problem|issue|concern|worry)|(?:with)?in (?:the )?(?:limits?|spec|range|tolerance)|out of (?:limits?|spec|range|tolerance)|too (?:high|low|hot|much|little|warm|big|large|great|many)|(?:any|something|anything|reason) to worry(?: about)?|trouble';

/** What was seen is told for a diagnosis, or something else of it is asked. */
const DIAGNOSES =
  /\bwhy\b|\bwhat(?:'s| is|s)? (?:wrong|it\b|up\b|now|next|going on|the (?:cause|matter|problem|fault|reason|first|best))|\bwhat (?:could|can|might|may|would|will) (?:it|this|that|they|these|be|have|cause|i|we|happen)\b|\bwhat (?:should|do|must|shall|can|to|is to|has to|would you|action)\b[^.?!]{0,20}\b(?:do|done|be done|check|look|inspect|take|taken|suspect)\b|\bwhat (?:to )?(?:do|check|causes?|happens?|makes?|points?|action|fault|failure)\b|\bwhat does\b[^.?!]{0,40}\b(?:mean|tell|say|show|point)\b|\bwhat(?:'s| is) (?:a |an |the )?(?:\w+ ){0,2}(?:caus|mean)\w*|\bcaus(?:e|es|ed|ing)\b|\breasons?\b(?! to (?:worry|stop))|\bdiagnos\w*|\bwhich (?:faults?|failures?|sensors?|parts?|components?|parameters?|readings?|instruments?|machines?)\b|\bhow (?:do|can|could|should|to|would)\b[^.?!]{0,16}\b(?:check|measure|find|detect|fix|lower|reduce|bring|raise|tell|prevent|stop|test|see|repair|get (?:it|this|that))\b|\bindicat\w*|\bpoint(?:s|ing)? to\b|\bsigns? of\b|\bsymptoms?\b|\bdue to\b|\bbecause\b|\bhow (?:long|often|soon|fast|far)\b|\bsuspect\w*|\bmeasured (?:by|with)\b|\bmeasures\b|\bfirst (?:step|check|thing)\b|\bexplain\b|\bthen what\b|\bcorrective\b|\bbetter\b|\brecommend\w*|\b(?:alarm|rule) (?:says|fired)\b/i;

function judges(text: string): boolean {
  return JUDGED.some((form) => form.test(text)) || (ENDS_JUDGED.test(text) && !DENIED.test(text));
}

const JUDGED = [
  // "is 7 mm/s bad", "motor bearing at 95 °C ok?", "is that still acceptable?"
  new RegExp(
    `(?:^|[.?!,;:]\\s*|\\b(?:and|so|but|then)\\s+)(?:is|are|was|were|isn't|aren't|would|does|do)\\b[^?!]*\\b(?:${VERDICT})(?![\\w-])`,
    'i',
  ),
  new RegExp(`\\b(?:is|are)(?: (?:that|this|it|these|they))\\b[^?!]*\\b(?:${VERDICT})(?![\\w-])[^?!]*\\?`, 'i'),
  new RegExp(
    `(?<!\\b(?:not|isn't|no longer|never) )\\b(?:${VERDICT}|worr(?:y|ied|ying)|panic|concerned|alarm|or (?:not|what))(?: or \\w+)?[\\s)"']*\\?`,
    'i',
  ),
  // "… 4 Mohm, ok to start?"
  /\b(?:ok|okay|safe|fine|alright) to (?:run|start|restart|energi[sz]e|switch on|keep|use|go)\b/i,
  // "… temp 190, is that bad": not every question has its mark.
  new RegExp(`\\bis (?:that|this|it) (?:still |too |so |very )?(?:${VERDICT})\\W*$`, 'i'),
  // "should I worry about …", "can we run P-101 at 9 mm/s", "do I have to stop at …"
  /\b(?:should|must|need|do|shall|have) (?:i|we|you|one)\b[^?!]*\b(?:worr(?:y|ied)|concerned|alarmed|panic|stop|shut (?:it )?down|be afraid)\b/i,
  /\b(?:worr(?:y|ied) (?:about|at|over)|too (?:much|high|hot|low|little)(?: for|,? or)\b)/i,
  /\b(?:can|may|could|is it (?:ok|okay|safe|fine|all right|alright)|are we (?:ok|okay|safe))\b[^?!]*\b(?:run|running|keep|continue|carry on|go on|leave|live with|operate|stay|start|restart|energi[sz]e|switch on)\b/i,
  /\b(?:is|are) (?:it|that|this|there)?\b[^?!]*\b(?:reason|something) to (?:worry|stop)\b/i,
  /\b(?:which|what) (?:iso )?zone\b|\bdoes\b[^?!]*\bneed (?:an? )?(?:shut-?down|stop|repair|action)\b/i,
];
/** "bearing at 95 °C ok" */
const ENDS_JUDGED =
  /\b(?:ok|okay|normal|acceptable|allowed|permissible|fine|safe|or bad|or too (?:high|hot|much|low))[\s.?!]*$/i;
const DENIED =
  /\b(?:not|isn't|isnt|no longer|never|used to be|was|amps|everything|rest|all|else)\s+(?:\w+\s+)?(?:ok|okay|normal|acceptable|allowed|fine|safe)[\s.?!]*$/i;

/** "transformer acetylene 20 ppm?", "and 4.5 mm/s?", "P-101 bearing 97 °C": a value and what it is of, asked or told of a machine's part. */
function nothingElse(text: string, found: Named, values: readonly { start: number; end: number }[]): boolean {
  const ofMachine =
    (found.tags?.length ?? 0) > 0 && (found.parameters.length > 0 || (found.components?.length ?? 0) > 0);
  if (!/\?\s*$/.test(text) && !ofMachine) return false;
  const spans = [found.parameters, found.tags, found.unknownTags, found.assets, found.components].flatMap(
    (names) => (names ?? []) as readonly Span[],
  );
  const rest = blanked(text, [...values, ...spans]);
  return contentStems(rest).every((stem) => BESIDE.has(stem));
}

const BESIDE = new Set(
  contentStems(
    'up risen to reading value level rms r.m.s peak pk overall drive end de nde inboard outboard horizontal vertical axial now today say gets reads insulation',
  ),
);

const FIT =
  'normal|acceptable|allowed|allowable|permissible|permitted|tolerable|maximum|max|highest|minimum|min|lowest|typical|usual|safe|healthy|good|bad|critical|dangerous|excessive|too (?:much|high|low|hot|little)';
const LIMIT_WORD =
  'limits?\\b(?! switch)|thresholds?|(?:alarm|alert|warning|trip|shut-?down|danger|action) (?:limit|level|value|point|threshold)s?|zone (?:boundar\\w+|limits?)|zones|(?:maximum|minimum|normal|acceptable|allowable) (?:values?|levels?|ranges?|readings?)';

/** A limit is asked for, of a reading that is named. */
const ASKED_FOR = [
  new RegExp(
    `\\b(?:what|which|what's|whats|where|is there|are there|give|tell|show|know)\\b[^.?!]{0,60}\\b(?:${LIMIT_WORD})`,
    'i',
  ),
  new RegExp(`\\b(?:what|which|what's|whats)\\b[^.?!,;]{0,60}\\b(?:${FIT})\\b`, 'i'),
  new RegExp(`^\\W*(?:(?:and|so|the|a|any|its) )*(?:${FIT}|${LIMIT_WORD})\\b[^.!,;]{0,70}\\?*\\s*$`, 'i'),
  new RegExp(`^[^.!,;?]{0,60}\\b(?:${LIMIT_WORD})[^.!,;?]{0,40}\\?\\s*$`, 'i'),
  /\bhow (?:hot|warm|cold|high|low|loud|large|big|strong|bad|wet|dirty|much|many)\b[^.?!]{0,40}\b(?:may|can|should|could|must|might|allowed|acceptable|ok|okay|tolera\w+|permitted|permissible|normal|too (?:much|hot|high|low|little)|be before|before)\b/i,
  /\bwhat\b[^.?!]{0,30}\b(?:should|may|can|must)\b[^.?!]{0,40}\b(?:be|have|get|reach)\s*\?*\s*$/i,
  /\b(?:at|above|from|below|beyond|over|under|up to) (?:what|which)\b[^.?!]{0,60}\b(?:worry|stop|alarm|act|concern\w*|critical|dangerous|too|bad|problem|trouble|shut|still ok|allowed|safe)\b/i,
  /\bwhen (?:is|are|does|do|gets?)\b[^.?!]{0,50}\b(?:too (?:much|high|hot|low|little)|critical|dangerous|excessive|alarming|unacceptable)\b/i,
];
/** "how hot may the oil of a gearbox get": the reading is in the adjective. */
const HOW_HOT =
  /\bwhat(?:'s| is) too (?:hot|warm|cold)\b|\bhow (?:hot|warm|much (?:vibration|shaking|heat))\b[^.?!]{0,40}\b(?:may|can|should|could|must|might|allowed|acceptable|ok|okay|normal|is too (?:hot|much)|before)\b/i;
/** Quantities that no sheet has as a parameter of its own. */
const BY_NAME = /\b(?:PI|[Pp]olari[sz]ation index|[Cc]2[Hh][246]|TDCG|tdcg|(?:ISO|iso) ?(?:10816|20816|14694))\b/;
/** "Vibration went above the alarm limit": a limit is spoken of, not asked for. */
const EXCEEDED =
  /\b(?:above|over|exceed\w*|beyond|past|cross(?:ed|es|ing)|reach(?:ed|es|ing)|hit(?:s|ting)?|below|under|near|close to|out of|violat\w*|higher than|lower than|more than|less than|than) (?:the |its |their |a )?(?:\w+ )?(?:normal|usual|typical|alarm|alert|warning|trip|limits?|thresholds?|maximum|minimum|allowed|permissible|acceptable)\b|\b(?:alarm|trip)(?:ped|s)? (?:came|went|sounded|on)\b|\bback to normal\b|\bnormal (?:load|speed|operation|running|conditions?|temperature and|pressure and)\b/i;
