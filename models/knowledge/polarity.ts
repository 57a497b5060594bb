/**
 * Which way a question is turned: does it seek what belongs, or what does not? People turn a question round in many words
 * ("would be of little help", "stays as it is", "could you do without"), and tell in a "not" of what they saw ("is not as
 * usual") without turning anything. So only the part that asks counts, without the states that it tells, and what is
 * denied twice is not denied. It reads words by their kind; names stand masked in them.
 */

export interface Polarity {
  /** What does not belong is sought. */
  negated: boolean;
  /** The wording leaves no doubt; where it does, the options may tell (turned.ts). */
  certain: boolean;
}

/** Whose options are sought; `seen`: the text tells what was seen, in which there may be a "not" of its own. */
export type Sought = 'parameters' | 'faults' | 'other' | 'seen';

/** @param text names in it stand as `thistrouble`, `thisquantity`, `thismachine` */
export function polarityOf(text: string, sought: Sought): Polarity {
  const part = askingPart(text, sought);
  const asked = withoutStates(part.text, sought);
  const plain = asked.replace(DENIED_TWICE, ' indeed ');
  const ofReading = sought === 'faults' ? byReading(text, plain) : undefined;
  if (ofReading) return ofReading;
  const exception = plain.split(STOP).find((sentence) => BUT_ONE.test(sentence));
  if (exception) {
    // "All of these are useless except one."
    const twice = saysNo(outsideException(exception), sought) !== undefined;
    return { negated: !twice, certain: !twice };
  }
  const no = saysNo(plain, sought);
  if (no) return { negated: true, certain: no === 'plainly' };
  if (sought !== 'other' && sought !== 'seen' && !part.bare && DENIED.test(plain))
    return { negated: true, certain: false };
  return { negated: false, certain: asked !== plain || SUPERLATIVE.test(plain) };
}

function saysNo(words: string, sought: Sought): 'plainly' | 'by its kind' | undefined {
  const says = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(words));
  if (says(sought === 'seen' ? PLAINLY_OF_SEEN : PLAINLY) || says(ODD) || says(DEGREES)) return 'plainly';
  return says(EXCLUDED) || (sought !== 'seen' && says(ABSENT)) ? 'by its kind' : undefined;
}

/**
 * The reading itself is denied. One that is as it was speaks against the faults that show in it: they are what it rules
 * out, and the others what there may be still. One that is not to be had: they are what would be missed, and the others what is still found.
 */
function byReading(text: string, asked: string): Polarity | undefined {
  if (UNMOVED.test(text.replace(DENIED_TWICE, ' ')) && EXCLUDED.some((pattern) => pattern.test(asked)))
    return { negated: false, certain: false };
  if (UNMOVED.test(text) && STILL.test(asked)) return { negated: true, certain: false };
  if (!NOT_TO_BE_HAD.test(text)) return undefined;
  const missed = MISSED.test(asked);
  return missed || STILL.test(asked) ? { negated: !missed, certain: false } : undefined;
}

// ------------------------------------------------------------------------------------------------ the part that asks

const STOP = /(?<=[.?!;:\u2026])\s+|\s+[\u2013\u2014-]{1,2}\s+|\n+/;
const INTERROGATIVE = /\b(?:which|what|what's|whats|whose|who|where|how|why)\b/i;
const IMPERATIVE =
  /^\W*(?:(?:please|now|then|so|and|or|just|can you|could you) )*(?:name|pick|select|choose|mark|tick|find|identify|decide|determine|spot|point|tell|give|list|say|state|indicate|cross|strike|suggest|single|sort|look for|show)\b/i;

const KIND_OF_OPTION =
  '(?:sensors?|readings?|quantit(?:y|ies)|parameters?|signals?|measurements?|instruments?|faults?|failures?|defects?|options?|candidates?|modes?|trends?|entry|item|one)';

/** The part that asks; `bare`: it asks of what all of the text tells, as "Which one?" does. */
function askingPart(text: string, sought: Sought): { text: string; bare: boolean } {
  const sentences = text.split(STOP).filter((sentence) => /\w/.test(sentence));
  const asking = sentences.filter((sentence) => sentence.includes('?') && INTERROGATIVE.test(sentence));
  const others = sentences.filter((sentence) => !asking.includes(sentence));
  const told = [...asking, ...others.filter((sentence) => IMPERATIVE.test(sentence))];
  const wondering = others.filter((sentence) => INTERROGATIVE.test(sentence));
  // A sentence to be completed asks with its end.
  const chosen = told.length ? told : wondering.length ? wondering : sentences.slice(-1);
  const questions = chosen.map(afterLead);
  if (sought === 'seen') {
    return { text: questions.map((one) => withoutAsides(one.replace(OF_MACHINE, ' '))).join(' . '), bare: false };
  }
  if (questions.every((question) => BARE.test(question))) return { text, bare: true };
  const ofOptions = sentences.filter((sentence) => !chosen.includes(sentence) && OF_OPTIONS.test(sentence));
  return { text: [...ofOptions, ...questions].map(withoutAsides).join(' . '), bare: false };
}

/** "With no alarm yet, which reading…": what comes before the question's own clause, unless it speaks of the options. */
function afterLead(sentence: string): string {
  const start = sentence.search(INTERROGATIVE);
  const comma = start < 0 ? -1 : sentence.lastIndexOf(',', start);
  const lead = sentence.slice(0, comma + 1);
  const rest = sentence.slice(comma + 1);
  return comma < 0 || OF_OPTIONS.test(lead) || BARE.test(rest) ? sentence : rest;
}

/** Without the clauses that tell when something is asked, not what. */
function withoutAsides(sentence: string): string {
  return sentence.replace(ASIDE, (clause) => {
    const rest = sentence.replace(clause, '');
    const asksStill = INTERROGATIVE.test(rest) || !INTERROGATIVE.test(sentence);
    return !asksStill || OF_OPTIONS.test(clause) || UNMOVED.test(clause) || BARE.test(rest) ? clause : ' ';
  });
}

const ASIDE =
  /(?<!\b(?:even|as) )\b(?:when|whenever|if|once|after|while|because|since|before|until|unless|assuming|provided|as soon as|given that|in case|although|though|despite having|besides)\b[^,.;?!]*/gi;
const OF_MACHINE = /\bthismachine,? (?:that|which|whose)\b[^,.;?!]*/gi;

// ------------------------------------------------------------------------------------------------ words, by their kind

/** Phrases between commas, each from word to word; blank space in the source is one blank. */
function phrases(source: string): RegExp {
  return new RegExp(alternatives(source), 'i');
}
function alternatives(source: string): string {
  const list = source.trim().replace(/\s+/g, ' ').split(/, /);
  return `\\b(?:${list.join('|')})\\b`;
}

/** The options themselves are spoken of. */
const OF_OPTIONS = phrases(String.raw`
  (?:one|all|some|any|each|every|everything|none|most|several|two|three|four) (?:but one |except one )?of (?:these|the|them|those|his|her|their|our|your|this),
  the (?:following|listed), all (?:following|listed|others), listed, every \w+ (?:below|above|here|listed|except|but|save),
  (?:all|everything|every one|each one|any) (?:except|but|save|bar), (?:exactly|only|just) one,
  (?:these|those) (?:\w+ )?${KIND_OF_OPTION}`);
/** "Which?", "Which one must it be?", "Name it." */
const BARE = new RegExp(
  String.raw`^\W*(?:(?:so|and|but|now|please|then|tell me|say) )*(?:which|what|name|find|pick|choose|select|mark|state|identify|spot)(?: (?:ones?|of (?:these|them|those|the following)|it|that|this|is|are|was|must|does|do|did|would|will|could|can|you|he|she|they|be|mean|meant|say|think|the|${KIND_OF_OPTION}))*\W*$`,
  'i',
);

const NOT = String.raw`(?:not|never|cannot|hardly|barely|scarcely|rarely|seldom|neither|nor|nowhere|\w+['\u2019]t|(?:do|does|did|is|are|was|were|wo|ca|would|should|could|has|have|need)nt|(?:anything but|far from|nowhere near|by no means|in no way))`;
const NOTHING =
  '(?:(?:absolutely|almost|practically|virtually|next to|very|precious|too|as good as) )*(?:no|nothing|none|little|zero|scant|hardly any|scarcely any|barely any|not any|neither)';
/** What a reading or a fault does to the other, by the beginnings of the words. */
const RELATES = `(?:${'show|reveal|indicat|detect|tell|give|gave|betray|respond|react|chang|mov|deviat|shift|alter|affect|influenc|disturb|touch|impact|upset|caus|produc|explain|account|fit|match|correspond|belong|appl|relat|relevan|associat|link|connect|concern|matter|help|serv|support|point|suggest|impl|speak|see|notic|find|found|observ|pick|catch|caught|register|appear|manifest|surfac|visibl|use|suit|appropriat|informat|sensitiv|expect|likely|plausib|probab|possib|consist|diagnos|worth|contribut|carr|provid|offer|yield|eviden|sign|symptom|part|identif|recogni|sens|measur|monitor|recommend|good|proper|valid|correct|true|right|compatibl|responsib|blame|behind|reason|trigger|generat|creat|reflect|mirror|track|follow|warn|alert|confirm|prove|rely|depend|trust|consider|watch|trend|budge|stir|flinch|care|mind|benefit|capabl|able|typical|characteristic|common|usual|normally|suspect|present|involv|implicat|interest|sought|pinpoint|uncover|expose|var(?:y|ies)|ris|fall|drift|leav|trace|mak'})`;
const QUANTITIES =
  '(?:thisquantity|values?|readings?|signals?|data|levels?|figures?|numbers?|measurements?|trends?|indications?|outputs?)';
const AS_BEFORE = String.raw`(?:normal|(?:the )?same|steady|stable|constant|flat|healthy|ordinary|unremarkable|nominal|fine|green|calm|undisturbed|as (?:usual|before|normal|ever|always|if nothing)|as (?:it|they) (?:always |ever )?(?:is|are|was|were)|within (?:\w+ )?(?:range|limits|bounds|band)|in (?:range|the green)|at (?:its|the|their) (?:usual|normal|reference|old) (?:value|level))`;

// --- what denies nothing

/** A state that a reading or a machine is in, and turns of speech. */
const STATES = [
  phrases(String.raw`
    ${NOT} (?:\w+ ){0,2}?(?:normal|usual|ok|okay|healthy|nominal|within|right|well|stable|steady|satisfactory|acceptable)(?! (?:to|for|with|in) (?:show|detect|find|use)),
    ${NOT} (?:\w+ ){0,2}?(?:as (?:it|they|usual|expected|before|normal|planned|specified|in)|like (?:usual|normal|before|it|always)),
    ${NOT} (?:\w+ ){0,2}?(?:in (?:range|order|line|spec|tolerance|limits|its|the (?:usual|normal|green))|(?:what|where) (?:it|they|we)|at (?:its|the) (?:usual|normal)),
    ${NOT} (?:\w+ ){0,1}?(?:up to|so (?:far|high|low|good)|this (?:high|low)),
    no longer (?:\w+ ){0,2}?\w+, any ?more, out of (?:range|limits?|line|bounds|order|spec\w*|tolerance|the ordinary|control|balance)`),
  phrases(String.raw`
    not (?:only|just|merely|yet|far|until|sure|certain|least|enough|much), whether or not, or not, if not, why not, none other, at least, no matter,
    nothing (?:else|but|more|other), no (?:other|more|later|earlier|sooner|less|doubt|alarm|trip|apparent|obvious), no \w+ (?:is |would be )?(?:better|surer|clearer|quicker),
    not optional, at last, last (?:week|night|month|year|shift|time), least one, unlike,
    (?:nothing|(?:${NOT}|no|none|nobody) (?:\w+ ){0,5}?anything) (?:\w+ ){0,4}?(?:but|except|other than|apart from|besides)`),
  // "What makes it not start?"
  phrases(
    String.raw`(?:makes?|made|causes?|caused|lets?) (?:it|(?:an? |the )?(?:thismachine|machine|unit)) (?:to )?not (?:to )?\w+`,
  ),
];
/** Of faults: what is wrong with the readings that they are asked for. */
const STATES_OF_READINGS = phrases(String.raw`
  (?:implausible|inconsistent|invalid|incorrect|insufficient|inadequate|improbable|impossible|unlikely|unreliable|wrong|poor|bad|low|lowest|worst|missing|absent|lack of|loss of|insensitive|unexpected) (?:\w+ )?${QUANTITIES}`);

/** Of parameters: what they speak against is the fault, not they. */
const FAULT_EXCLUDED = phrases(String.raw`
  (?:exclud|eliminat|dismiss|disprov|refut|discard)\w* (?:\w+ ){0,2}?thistrouble, rul(?:e|es|ed|ing) (?:out )?(?:\w+ ){0,2}?thistrouble(?: out)?,
  thistrouble (?:\w+ ){0,6}?(?:excluded|ruled out|eliminated|dismissed)`);

function withoutStates(asked: string, sought: Sought): string {
  const own = sought === 'parameters' ? FAULT_EXCLUDED : STATES_OF_READINGS;
  const patterns = sought === 'other' ? STATES : [...STATES, own];
  // "Does not stay normal" is for DENIED_TWICE to hear.
  return patterns.reduce(
    (rest, pattern) =>
      rest.replace(new RegExp(pattern.source, 'gi'), (state) =>
        /\b(?:stay|remain|keep|leave)/i.test(state) ? state : ' ',
      ),
    asked,
  );
}

/** Said of what does not belong; denied, it belongs. */
const UNTOUCHED = '(?:untouched|unchanged|unaffected|unmoved|alone|cold|normal|out|aside|off|the same)';
const OMITTED = String.raw`(?:miss|le(?:ave|aving|ft) (?:it |this |that )?${UNTOUCHED}|leav\w+ thisquantity|ignor|omit|skip|neglect|overlook|exclu|eliminat|dismiss|disregard|rul(?:e|ed|ing) out|ruled|forg[eo]t|do(?:ne)? without|dispens|spare|discard|reject|drop|turn\w* down|cross\w* (?:out|off)|struck|escap|evad|elud|slip|hide|hid|un(?:affect|chang|alter|touch|mov|disturb|influenc|notic|detect|seen|relat|connect|likely|important)|irrelevant|useless|pointless|immune|indifferent|blind|insensitive|independent|stay|remain|keep|hold|go (?:un\w+)|(?:be|look|read|seem) (?:quite |perfectly )?normal|without|lack|fail(?!ure)|wast|in vain|help (?:but )?show)`;
/** "Cannot be left out", "it would be a mistake to ignore", "never fails to show", "the wrong one to leave out". */
const DENIED_TWICE = new RegExp(
  String.raw`\b(?:${NOT}|no(?:body)? (?:\w+ )?(?:can|may|should|would|will)|no reason to|fails? to|(?:foolish|dangerous|careless|negligent|unwise|risky|fatal|wrong|impossible|hard|mistake|error|sin|folly|bad idea) (?:\w+ )?to) (?:(?!show|reveal|indicat|detect|affect|influenc)\w+ ){0,3}?${OMITTED}\w*(?:[^.?!,;]{0,60}?\b(?:${UNTOUCHED}|as (?:it|they) (?:is|are|was|were))\b)?`,
  'gi',
);

// --- what turns it round for sure

const PLAINLY = [
  /\bNOT\b/,
  new RegExp(String.raw`\b${NOT}(?: [\w']+){0,4}? ${RELATES}`, 'i'),
  /\b(?:which|what|that|who)\b[^.?!]{0,80}\b(?:is|are|would be|does|do|would|will|can|could|should) (?:not|never)\b/i,
  new RegExp(String.raw`\bleav(?:e|es|ing)\b[^.?!;]{1,60}\b${UNTOUCHED}\b`, 'i'),
];
const PLAINLY_OF_SEEN = [
  /\bNOT\b/,
  /\b(?:which|what)\b[^.?!:;,]{0,60}\b(?:not|never|least|cannot|except|(?:ca|is|does|wo|would)n['\u2019]t)\b/i,
];
/** All but one: "…except which?", "apart from one". But "apart from vibration, which…" names one more. */
const BUT_ONE =
  /\b(?:except(?:ing)?|with the exception of|excluding|other than|apart from|aside from|bar|barring|save|but)(?: for)? (?:just |only |exactly )?(?:(?:one|a single|which|what|the following|this one|that one)\b|\W*$)|\b(?:except|excepting|save|but|bar)\W*$|\bexcept\b(?! (?:for |the |a |an )*(?:thisquantity|thistrouble|thismachine))|\b(?:all|everything|every one) but\b/i;

/** What is said of all the others. */
function outsideException(sentence: string): string {
  const at = sentence.search(BUT_ONE);
  return at > 12 ? sentence.slice(0, at) : sentence.replace(BUT_ONE, ' ');
}

const ODD = [
  phrases(
    'odd (?:one|man), the odd, outlier, intruder, impost[eo]r, misfit, out of place, (?:the|an|one|only|single) exception, excepted',
  ),
  /\bodd\W*$/i,
];
const CHOICE =
  '(?:choice|option|indicator|sensor|instrument|candidate|guide|pick|signal|reading|quantity|parameter|measurement|measure|tool|bet|witness|explanation|suspect|one|place|fault|failure|cause|symptom|clue|match|fit|answer|diagnosis|way|idea)';
const DEGREES = [
  phrases(String.raw`
    least, last (?:\w+ )?(?:thing|one|place|to|\w+) (?:to|you|one|i|we|that),
    (?:worst|poorest|weakest|lowest|smallest|slightest|feeblest|minimal|minimum|fewest) (?:\w+ )?(?:${CHOICE}|chance|odds|likelihood|probability|relevance|link|relation|correlation|influence|effect|impact|response|connection|value|benefit|use|usefulness|weight|sensitivity|reaction|change|suited|prospects?),
    (?:less|not as|not so|hardly|barely) (?:likely|relevant|useful|suitable|suited|helpful|probable|plausible|appropriate|informative)`),
];

// --- what turns it round by its kind

/** Put out of question. */
const EXCLUDED = [
  phrases(String.raw`
    unlikely, improbable, implausible, inconceivable, out of the question, incompatible, inconsistent with, contradict\w*, refut\w+, disprov\w+,
    exonerat\w+, acquit\w*, absolv\w+, innocent, unsuspicious, (?:above|beyond|clear of|free of|free from) suspicion,
    off the (?:hook|table|list|cards), out of the (?:picture|running|race), inappropriate, unsuitable, inadvisable, incorrect, untrue, invalid, inapplicable`),
  phrases(String.raw`
    rul(?:e|es|ed|ing) (?:\w+ )?out, (?:exclud|eliminat|dismiss|discount|discard|reject|disregard)(?:e|es|ed|ing)?, exclusion,
    (?:cross|crossed|strike|struck|stricken|scratch|tick|ticked|take|taken|leave|left) (?:\w+ )?(?:out|off|aside),
    (?:cross|strike|struck|stricken|delete|erase|scratch)(?:ed|d)? (?:\w+ )?from, (?:speaks?|argues?|counts?|tells?|stands?) against`),
];

const ABSENT = [
  // It does not touch, does not tell.
  phrases(String.raw`
    un(?:affected|changed|changing|altered|touched|moved|impressed|disturbed|influenced|related|connected|correlated|linked|associated|suitable|suited|helpful|informative|responsive|reliable|important|necessary|needed|noticed|detected|discovered|recogni[sz]ed|seen|heard|concerned|fit|productive|interesting|remarkable|suspecting|involved|perturbed|aware|able to),
    irrelevant, insensitive, inconclusive, ineffective, insignificant, immaterial, impossible, inadequate, insufficient, incapable, indifferent, invisible, imperceptible,
    undetectable, unobservable, inert, inconspicuous, useless, worthless, pointless, futile, fruitless, meaningless, superfluous, redundant, dispensable, needless, expendable,
    (?!inevitabl|indispensabl|invaluabl|incredibl|inseparabl|unmistak|undeniabl|unavoidabl|unstabl|unbelievabl|unquestionabl|unbeatabl)(?:un|in|im|ir)\w+[ai]ble, unprotected, behind (?:the|your|its) back,
    negligible, misleading, oblivious, valueless, powerless, helpless, decoupled, disconnected, detached from, (?:foreign|alien) to, remote from, bystander, spectator, outsider, noise rather than \w+, dead end, off target, under (?:the|its|your) radar, alibi, marginal,
    (?:blind|deaf|immune|numb|impervious|mute|dumb|silent|quiet) (?:to|for|against|about|on|from|in|towards?), independent(?:ly)? (?:of|from), blind spot,
    (?:poor|bad|false|weak|ill|wrong|hopeless|doubtful|mistaken|misplaced)(?:ly)?[ -](?:\w+ )?(?:${CHOICE}|suited|chosen|placed)`),
  // Nothing of it, or hardly anything.
  phrases(String.raw`
    of ${NOTHING} (?:\w+ )?(?:use|help|value|interest|avail|benefit|relevance|importance|good|service|assistance|concern|consequence|significance|worth|aid|account),
    of (?:limited|minor|dubious|doubtful|questionable|negligible|small|secondary|subordinate) (?:or \w+ )?(?:use|help|value|interest|benefit|relevance|importance),
    (?:is|are|be|has|have|had|having|bears?|shows?|gives?|carry|carries|provides?|offers?|makes?|sees?|brings?|yields?|plays?|contains?|holds?|produces?|sends?|leaves?|exerts?|receives?|finds?|found|displays?|exhibits?|learns?|gets?|contributes?|adds?|says?|tells?|knows?|reveals?|means?|does|do|helps?|notices?|takes?|with|expects?|there(?: is| are|['\u2019]s)|causes?|stands? in) (?:you |us |me |one )?${NOTHING}(?! (?:other|else|doubt|longer|sooner|more)),
    (?:nothing|little|not much|not a thing) (?:at all )?(?:to do with|about|to say|to tell|to contribute|to offer|in common|of (?:use|help|value)),
    no (?:bearing|influence|effect|impact|connection|link|relation\w*|point|sense|use|good|help|value|reason|need|trace|sign|hint|indication|evidence|information|difference|correlation|footprint|mark),
    (?:nobody|no one|no \w+) (?:would|should|can|could|will|needs?),
    without (?:any |a |an |the (?:slightest|least) |having (?:any )?)?(?:\w+ )?(?:effect|influenc\w*|impact|relation|relevance|connection|link|bearing|value|use|consequence|trace|reaction|chang\w*|show\w*|affect\w*|touch\w*|disturb\w*|leaving|mov\w*|react\w*|significance|benefit),
    lack(?:s|ed|ing)?(?! of), devoid of, missing (?:from|in|its|any), absent (?:from|in|with)`),
  // It falls short, or leads astray.
  phrases(String.raw`
    (?<!\b(?:that|when|if|as|because) (?:the |an? |our |my )?(?:thismachine|it) )(?:fails?|failed|failing|neglects?|refus\w+|omits?|struggl\w+) (?:\w+ )?to,
    fails? (?:you|us|here|as), lets? (?:you|us) down, in the dark, leaves? (?:you|us) (?:guessing|clueless), too \w+ (?:to|for), surpris\w+, unawares, off guard, shrugs? (?:\w+ )?off, (?:keeps?|stays?) (?:mum|out|quiet|silent), (?:ranks?|comes?|is) (?:at the )?(?:bottom|last), without (?:any |a )?(?:prior )?(?:warning|notice),
    (?:hard|difficult|tough|tricky|hardest)(?:ly)? (?:\w+ )?to ${RELATES}\w*, hardly, barely, scarcely,
    mistaken, errs?, in error, wrong about, (?:he|she|they|it|this) (?:is |are )?wrong, (?:wrong|foolish|silly|absurd|nonsense|far-fetched|premature|unreasonable) to, (?:contains?|made|makes?|has|find|spot) (?:a|an|one|the) (?:mistake|error),
    (?:a )?mistake to, not true, false, unjustified, unfounded, unwarranted, baseless, mislead\w*, deceiv\w*, wishful thinking, illusion, decoy, distract\w*, red herring, down the drain, for the (?:bin|birds),
    (?:beyond|outside|out of) (?:the )?(?:reach|scope|sight), beyond thisquantity`),
  // It is missed.
  phrases(String.raw`
    miss, misses, missed, overlook(?:s|ed)?, escap(?:e|es|ed), evad(?:e|es|ed), elud(?:e|es|ed), conceals?, slips? (?:\w+ )?(?:through|past|by|under),
    (?:stay|remain|be|is|are|keep|lie)s? hidden, hid(?:e|es|den) from, (?:pass|go)(?:es)? by`),
  // It can be left out.
  phrases(String.raw`
    (?:ignor|neglect|omit|skip|forg[eo]t|delet)\w*, turn(?:ed|s|ing)? (?:\w+ )?down, throw(?:n|ing)? (?:\w+ )?(?:out|away), (?:leav(?:e|es|ing)|left) (?:\w+ ){0,2}?(?:out|aside|off|away),
    (?:set|put|push|lay|brush|wave)(?:ting|ed)? (?:\w+ )?aside, remov(?:e|ed|ing) (?:\w+ )?from, can go(?! (?:up|down|wrong|out|on|off|high|low)),
    (?:would|could|can|may|might|should) (?:you |i |we |one |be |safely |just |safely be )*(?:drop|dropped|remove|removed|unplug|unplugged|disconnect|disconnected|switch off|switched off|spared?|save yourself|sacrific\w+|scrap|scrapped|cancel|cancelled|axe|cut|deprioriti[sz]ed?),
    (?:do|does|doing|done|get by|manage|live|cope) without, dispens(?:e|ed|ing) with, give up, spar(?:e|ing) (?:yourself|us|the), wast(?:e|es|ed|ing), in vain, vainly, to no avail, for nothing, barking up,
    non-${CHOICE}s?, need ?n['\u2019]?o?t, avoid (?:using|fitting|choosing|relying|buying|installing)`),
  // It stays as it is.
  phrases(String.raw`
    (?:(?:stay|remain|keep|kept|hold|held|continue|sit|leav|left|maintain|retain|persist)(?:s|es|e|ed|ing|d)?|(?:carr(?:y|ies|ied)|go(?:es)?|went) on) (?:(?!the|an?|out)[\w']+ ){0,4}?(?:${AS_BEFORE}|alone|still|quiet|silent|untouched|cold|put|intact|unimpressed|values?|course),
    (?:be|been|being|is|are|was|were|look(?:s|ed|ing)?|read(?:s|ing)?|appear(?:s|ed|ing)?|seem(?:s|ing)?|behav(?:es?|ed|ing)|runs?|shows?|find|trends?|gives?) (?:(?:just|quite|perfectly|completely|entirely|largely|still|essentially|all|expected to be|to be|a|its|their) ){0,3}?(?:${AS_BEFORE}|normally|steadily|business as usual|(?:the )?usual(?: (?:value|level|reading|behaviou?r))?)(?! (?:sensor|way|method|practice|instrument|choice|indicator)),
    steady, unperturbed, business as usual, leav(?:e|es|ing) thisquantity, as if nothing, same as (?:before|ever|always), as \w+ as (?:ever|before|always), within (?:its|the|their) (?:usual|normal|ordinary) \w+`),
  // It is so though the other is there.
  phrases(
    'despite, in spite of, notwithstanding, regardless of, irrespective of, no matter, even (?:if|though|when|with|while|under|during)',
  ),
];
/** Whatever else is denied in the part that asks. */
const DENIED = phrases(`${NOT}, no, none, nobody, nothing`);

// --- what is said of the reading

const UNMOVED = new RegExp(
  String.raw`\bthisquantity\b[^.?!]{0,40}?\b(?:(?:stay|remain|keep|hold)(?:s|ed|ing)? |(?:is|are|was|were|has|been|looks?|reads?) (?:\w+ )?)(?:\w+ ){0,2}?(?:${AS_BEFORE}|unchanged|unaffected|within|ok|okay)\b|\bthisquantity\b[^.?!]{0,30}\b${NOT} (?:\w+ )?(?:chang|mov|respond|react|ris|deviat|alter|shift|abnormal)|\b(?:normal|unchanged|steady|healthy|stable|constant) (?:\w+ )?thisquantity\b`,
  'i',
);
const NOT_TO_BE_HAD =
  /\b(?:without|ignor\w+|neglect\w+|disregard\w*|switch\w* off|los(?:e|es|ing|t)|dead|broken|defective|failed|no|not (?:measur|monitor|watch|trend|record)\w*|stop\w* (?:measuring|monitoring|watching)|(?:nobody|no one) (?:\w+ )?(?:look\w*|watch\w*|measur\w*|check\w*)(?: at)?|remov\w+|miss(?:es|ing)) (?:\w+ ){0,3}thisquantity\b|\bthisquantity\b[^.?!,;]{0,40}\b(?:is|are|was|were|has|had|gets?) (?:\w+ )?(?:dead|broken|defective|failed|lost|unavailable|missing|removed|ignored|neglected|switched off|out of (?:order|service)|not (?:measured|monitored|available|watched|installed|fitted|recorded))\b|\bthisquantity\b[^.?!,;]{0,40}\b(?:was|were|is|are)(?: not|n['\u2019]t) (?:being )?(?:measured|monitored|watched|recorded|trended)\b/i;
const MISSED =
  /\b(?:miss|missed|overlook\w*|un(?:noticed|detected|seen|discovered|recogni[sz]ed)|hidden|escap\w+|slip|blind|invisible)\b|\b(?:not|no longer|n['\u2019]t) (?:be )?(?:seen|noticed|found|detect\w*|caught|visible)/i;
const STILL = /\b(?:still|nevertheless|nonetheless|anyway|all the same|regardless)\b/i;

/** One is sought that is ahead of the others. */
const SUPERLATIVE =
  /\b(?:best|most|first|foremost|primar\w+|mainly|main|chief\w*|principal\w*|above all|typical\w*|characteristic\w*|hallmark|classic|top|better than|(?!(?:rest|test|interest|suggest|request|latest|honest|west|arrest|harvest|modest|forest|invest|manifest|contest|protest|guest|quest|least|lowest|weakest|poorest|digest|ingest|attest)\b)\w{3,}est)\b/i;
