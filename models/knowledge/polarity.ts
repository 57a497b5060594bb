/**
 * Which way a question is turned: does it seek what belongs, or what does not? People turn a question round in many words
 * ("would be of little help", "stays as it is", "could you do without"), and tell in a "not" of what they saw ("is not as
 * usual") without turning anything. Only the part that asks counts. It reads words; names stand masked in them.
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
  const asked = withoutStates(askingPart(text, sought), sought);
  const plain = asked.replace(DOUBLED, ' indeed ');
  const says = (patterns: readonly RegExp[]): boolean => patterns.some((pattern) => pattern.test(plain));
  const explicit = says(sought === 'seen' ? EXPLICIT_OF_SEEN : EXPLICIT);
  const excluded = says(EXCLUDED);
  // What speaks against a fault: that a reading is as it was. Ruling out by that is no turning round.
  if (excluded && sought === 'faults' && UNMOVED.test(text.replace(DOUBLED, ' ')))
    return { negated: false, certain: false };
  if (sought === 'faults' && BLINDED.test(text)) {
    const missed = MISSED.test(plain);
    if (missed || STILL.test(plain)) return { negated: !missed, certain: false };
  }
  if (explicit) return { negated: true, certain: true };
  if (excluded || (sought !== 'seen' && (says(ABSENT) || (sought !== 'other' && DENIED.test(plain)))))
    return { negated: true, certain: false };
  return { negated: false, certain: asked !== plain || SUPERLATIVE.test(plain) };
}

// ------------------------------------------------------------------------------------------------ the part that asks

const SENTENCE = /(?<=[.?!;:\u2026])\s+|\s+[\u2013\u2014-]{1,2}\s+|\n+/;
const INTERROGATIVE = /\b(?:which|what|what's|whats|whose|who|where|how|why)\b/i;
const IMPERATIVE =
  /^\W*(?:(?:please|now|then|so|and|or|just|can you|could you) )*(?:name|pick|select|choose|mark|tick|find|identify|decide|determine|spot|point|tell|give|list|say|state|indicate|cross|strike|suggest|single|sort|look for|show)\b/i;
/** The options themselves are spoken of. */
const OPTIONS =
  /\b(?:one|all|some|any|each|every|everything|none|most|several|two|three|four) (?:but one |except one )?of (?:these|the|them|those|his|her|their|our|your|this)\b|\bthe (?:following|listed)\b|all (?:following|listed|others)\b|\blisted\b|\bevery \w+ (?:below|above|here|listed|except|but)\b|\b(?:all|everything|every one|each one|any) (?:except|but|save|bar)\b|\b(?:exactly|only|just) one\b|\b(?:these|those) (?:\w+ )?(?:sensors?|readings?|quantit\w+|parameters?|signals?|measurements?|instruments?|faults?|failures?|options?|candidates?|modes?)\b/i;
/** A clause beside the question: it tells when it is asked, not what. */
const ASIDE =
  /(?<!\beven )\b(?:when|whenever|if|once|after|while|because|since|before|until|unless|assuming|provided|as soon as|given that|in case|although|though|despite having|besides)\b[^,.;?!]*/gi;
const ASIDE_OF_SEEN = /\bthismachine,? (?:that|which|whose)\b[^,.;?!]*/gi;
/** "Which?", "Which one must it be?", "Name it." */
const BARE =
  /^\W*(?:(?:so|and|but|now|please|then|tell me|say) )*(?:(?:which|what|name|find|pick|choose|select|mark|state|identify|spot)(?: (?:one|ones|of (?:these|them|those|the following)|it|that|this|is|are|was|must|would|will|could|can|do|you|be|mean|say|think|the one|sensor|reading|parameter|quantity|signal|measurement|fault|failure|mode|defect|option))*)\W*$/i;

function askingPart(text: string, sought: Sought): string {
  const sentences = text.split(SENTENCE).filter((sentence) => /\w/.test(sentence));
  const asking = sentences.filter((sentence) => /\?/.test(sentence) && INTERROGATIVE.test(sentence));
  const others = sentences.filter((sentence) => !asking.includes(sentence));
  const imperative = others.filter((sentence) => IMPERATIVE.test(sentence));
  const wondering = others.filter((sentence) => INTERROGATIVE.test(sentence));
  // A sentence to be completed asks with its end.
  const chosen =
    asking.length + imperative.length ? [...asking, ...imperative] : wondering.length ? wondering : sentences.slice(-1);
  const questions = chosen.map((sentence) => afterLead(sentence));
  if (sought === 'seen') {
    return questions.map((question) => withoutAsides(question.replace(ASIDE_OF_SEEN, ' '))).join(' . ');
  }
  if (questions.every((question) => BARE.test(question))) return text;
  const ofOptions = sentences.filter((sentence) => !chosen.includes(sentence) && OPTIONS.test(sentence));
  return [...ofOptions, ...questions].map(withoutAsides).join(' . ');
}

/** "With no alarm yet, which reading…": what comes before the question's own clause, unless it speaks of the options. */
function afterLead(sentence: string): string {
  const start = sentence.search(INTERROGATIVE);
  const comma = start < 0 ? -1 : sentence.lastIndexOf(',', start);
  if (comma < 0 || OPTIONS.test(sentence.slice(0, comma)) || BARE.test(sentence.slice(comma + 1))) return sentence;
  return sentence.slice(comma + 1);
}

function withoutAsides(sentence: string): string {
  return sentence.replace(ASIDE, (clause) => {
    const rest = sentence.replace(clause, '');
    const asks = INTERROGATIVE.test(rest) || !INTERROGATIVE.test(sentence);
    return !asks || OPTIONS.test(clause) || UNMOVED.test(clause) || BARE.test(rest) ? clause : ' ';
  });
}

// ------------------------------------------------------------------------------------------------ words

const any = (source: string): RegExp => new RegExp(source.replace(/\s*\n\s*/g, ''), 'i');
const words = (list: string): string => `(?:${list.trim().split(/\s+/).join('|')})`;

const NOT =
  "(?:not|never|cannot|hardly|barely|scarcely|rarely|seldom|neither|nor|nowhere|\\w+['\u2019]t|(?:do|does|did|is|are|was|were|wo|ca|would|should|could|has|have|need)nt)";
/** What a reading or a fault does to the other, by the beginnings of the words. */
const RELATES = words(`
  show reveal indicat detect tell give gave betray respond react chang move mov deviat shift alter affect influenc disturb
  touch impact upset caus produc explain account fit match correspond belong appl relat relevan associat link connect concern
  matter help serv support point suggest impl speak see seen notic find found observ pick catch caught register appear
  manifest surfac visibl useful use suit appropriat informat sensitiv expect likely plausib probab possib consist diagnos
  worth contribut carr carry provid offer yield evidence sign symptom evident part identif recogni sens measur monitor
  recommend good proper valid correct true right compatibl responsib blame behind reason trigger generat creat reflect
  mirror track follow warn alert confirm prove rely depend trust consider watch trend budge stir flinch care mind benefit
  capabl able typical characteristic common usual normally considered suspect present involve implicat interest sought
  pinpoint uncover expose vary varies rise fall drift leave leaving trace make
`);
const QUANTITIES =
  '(?:thisquantity|values?|readings?|signals?|data|levels?|figures?|numbers?|measurements?|trends?|indications?|outputs?)';

/** A state that a reading or machine is in, told with a "not"; and turns of speech that deny nothing. */
const STATES = [
  any(
    `\\b${NOT} (?:\\w+ ){0,2}?(?:normal|usual|ok|okay|healthy|nominal|as (?:it|they|usual|expected|before|normal|planned|specified|in)|like (?:usual|normal|before|it|always)|
    within|in (?:range|order|line|spec|tolerance|limits|its|the (?:usual|normal|green))|what (?:it|they|we)|where (?:it|they)|at (?:its|the) (?:usual|normal)|up to|so (?:far|high|low|good)|this (?:high|low)|
    right|well|stable|steady|satisfactory|acceptable)\\b(?! (?:to|for|with|in) (?:show|detect|find|use))`,
  ),
  any(
    '\\bno longer (?:\\w+ ){0,2}?\\w+|\\bany ?more\\b|\\bout of (?:range|limits?|line|bounds|order|spec\\w*|tolerance|the ordinary|control|balance)\\b',
  ),
  any(
    '\\b(?:not (?:only|just|merely|yet|far|until|sure|certain)|whether or not|or not|if not|why not|nothing (?:else|but|more|other)|no (?:other|more|later|earlier|sooner|less|doubt)|none other|at least|not least|last but not least|no matter|no alarm|no trip|at last|last (?:week|night|month|year|shift|time)|least one|unlike)\\b',
  ),
  any(
    '\\b(?:makes?|made|causes?|caused|lets?) (?:it|thismachine|an? thismachine|the thismachine|the machine|the unit) (?:to )?not (?:to )?\\w+',
  ),
];
/** Of faults: what is wrong with the readings that they are asked for. */
const STATES_OF_QUANTITIES = any(
  `\\b(?:implausible|inconsistent|invalid|incorrect|insufficient|inadequate|improbable|impossible|unlikely|unreliable|wrong|poor|bad|low|lowest|worst|missing|absent|lack of|loss of|insensitive|unexpected) (?:\\w+ )?${QUANTITIES}\\b`,
);

function withoutStates(asked: string, sought: Sought): string {
  const patterns = sought === 'faults' || sought === 'seen' ? [...STATES, STATES_OF_QUANTITIES] : STATES;
  // A stay that is denied is a move, and "stays normal" is one no less for the word normal: those are not touched.
  return patterns.reduce(
    (rest, pattern) => rest.replace(new RegExp(pattern.source, 'gi'), (state) => (MEANS.test(state) ? state : ' ')),
    asked,
  );
}

/** "Does not stay normal" is for DOUBLED to hear. */
const MEANS = /\b(?:stay|remain|keep|leave)/i;

const OMIT = `(?:miss|leave (?:it |this |that )?(?:out|aside|off|alone|untouched|unchanged|unaffected|cold)|left (?:out|aside|off|alone|untouched|unchanged|unaffected|cold)|leav\\w+ thisquantity|leave out|ignor|omit|skip|neglect|overlook|exclud|eliminat|
  dismiss|disregard|rul(?:e|ed|ing) out|ruled|forg[eo]t|do(?:ne)? without|dispens|spare|discard|reject|drop|turn\\w* down|cross\\w* (?:out|off)|struck|escap|evad|elud|slip|hide|hidden|hid|
  un(?:affect|chang|alter|touch|mov|disturb|influenc|notic|detect|seen|relat|connect|likely|important)|irrelevant|useless|pointless|immune|indifferent|blind|insensitive|independent|
  (?:stay|remain|keep|hold)\\w*|go (?:un\\w+)|(?:be|look|read|seem) (?:quite |perfectly )?normal|without|lack|fail|wast|in vain|help (?:but )?show|exclu)\\w*(?:[^.?!,;]{0,60}?\\b(?:untouched|unchanged|unaffected|unmoved|alone|cold|normal|out|the same|as (?:it|they) (?:is|are|was|were))\\b)?`;
/** Denied twice: "cannot be left out", "it would be a mistake to ignore", "never fails to show". */
const DOUBLED = any(
  `\\b(?:${NOT}|no (?:\\w+ )?(?:can|may|should|would|will)|nobody (?:can|may|should|would|will)|no reason to|(?:foolish|dangerous|careless|negligent|unwise|risky|fatal|wrong|impossible|hard|mistake|error|sin|folly|bad idea) to) (?:(?!show|reveal|indicat|detect|affect|influenc)\\w+ ){0,3}?${OMIT}`,
);

const ONE_LEFT =
  '(?:one|a single (?:one)?|which|what|the following|this one|that one)\\b|\\W*$|\\W+(?:which|what|find|name|pick)\\b';
const CHOICE =
  '(?:choice|option|indicator|sensor|instrument|candidate|guide|pick|signal|reading|quantity|parameter|measurement|measure|tool|bet|witness|explanation|suspect|one|place|fault|failure|cause|symptom|clue|match|fit|answer|diagnosis|way|idea)';
const EXCEPTIONS = [
  any(
    `\\b(?:except(?:ing)?|with the exception of|excluding|other than|apart from|aside from|bar|barring|save|but)(?: for)? (?:for )?(?:just |only |exactly )?(?:${ONE_LEFT})`,
  ),
  any(
    '\\bexcept\\b(?! (?:for |the |a |an )*(?:thisquantity|thistrouble|thismachine))|\\b(?:the|an|one|only|single) exception\\b|\\bexcepted\\b',
  ),
  any(
    '\\bodd (?:one|man)\\b|\\bthe odd\\b|\\boutlier\\b|\\bintruder\\b|\\bmisfit\\b|\\bodd\\W*$|\\bout of place\\b|\\b(?:anything|everything|all) but\\b',
  ),
];
const DEGREES = [
  any('\\bleast\\b'),
  any(
    `\\b(?:worst|poorest|weakest|lowest|smallest|slightest|feeblest|minimal|minimum|fewest) (?:\\w+ )?(?:${CHOICE}|chance|odds|likelihood|probability|relevance|link|relation|correlation|influence|effect|impact|response|connection|value|benefit|use|usefulness|weight|sensitivity|reaction|change|suited|prospects?)`,
  ),
  any(
    '\\b(?:less|not as|not so|hardly|barely) (?:likely|relevant|useful|suitable|suited|helpful|probable|plausible|appropriate|informative)\\b|\\blast (?:\\w+ )?(?:thing|one|place|to|\\w+) (?:to|you|one|i|we|that)\\b',
  ),
];

const EXPLICIT = [
  /\bNOT\b/,
  any(`\\b${NOT}(?: [\\w']+){0,4}? ${RELATES}`),
  any(
    `\\b(?:which|what|that|who)\\b[^.?!]{0,80}\\b(?:is|are|would be|does|do|would|will|can|could|should) (?:not|never)\\b`,
  ),
  ...EXCEPTIONS,
  ...DEGREES,
];
const EXPLICIT_OF_SEEN = [
  /\bNOT\b/,
  any(
    "\\b(?:which|what)\\b[^.?!:;,]{0,60}\\b(?:not|never|least|cannot|except|can['\u2019]t|isn['\u2019]t|doesn['\u2019]t|won['\u2019]t|wouldn['\u2019]t)\\b",
  ),
  ...EXCEPTIONS,
  ...DEGREES,
];

/** A fault or reading is put out of question. */
const EXCLUDED = [
  any(
    '\\b(?:unlikely|improbable|implausible|inconceivable|out of the question|incompatible|inconsistent with|contradict\\w*|refut\\w+|disprov\\w+|exonerat\\w+|acquit\\w*|absolv\\w+|off the hook|innocent|unsuspicious|(?:above|beyond|clear of|free of|free from) suspicion|off the (?:hook|table|list|cards)|out of the (?:picture|running|race))\\b',
  ),
  any(
    '\\brul(?:e|es|ed|ing) (?:\\w+ )?out\\b|\\b(?:exclud|eliminat|dismiss|discount|discard|reject|disregard)(?:e|es|ed|ing)?\\b|\\bexclusion\\b|\\b(?:cross|crossed|strike|struck|stricken|scratch|tick|ticked|take|taken|leave|left) (?:\\w+ )?(?:out|off|aside)\\b|\\b(?:cross|strike|struck|stricken|delete|erase|scratch)(?:ed|d)? (?:\\w+ )?from\\b|\\b(?:speaks?|argues?|counts?|tells?|stands?) against\\b',
  ),
  any('\\b(?:inappropriate|unsuitable|inadvisable|incorrect|untrue|invalid|inapplicable)\\b'),
];

const NOTHING =
  '(?:(?:absolutely|almost|practically|virtually|next to|very|precious|too|as good as) )*(?:no|nothing|none|little|zero|scant|hardly any|scarcely any|barely any|not any|neither)';
const ABSENT = [
  // Adjectives of what does not touch or tell.
  any(
    `\\bun(?:affected|changed|changing|altered|touched|moved|impressed|disturbed|influenced|related|connected|correlated|linked|associated|suitable|suited|helpful|informative|responsive|reliable|important|necessary|needed|noticed|detected|discovered|recogni[sz]ed|seen|heard|concerned|fit|productive|interesting|remarkable|suspecting|involved|perturbed|aware|able to)\\b`,
  ),
  any(
    `\\b(?:irrelevant|insensitive|inconclusive|ineffective|insignificant|immaterial|impossible|inadequate|insufficient|incapable|indifferent|invisible|imperceptible|undetectable|unobservable|inert|inconspicuous|useless|worthless|pointless|futile|fruitless|meaningless|superfluous|redundant|dispensable|needless|expendable|negligible|misleading|oblivious|unhelpful|valueless|powerless|helpless)\\b`,
  ),
  any(
    `\\b(?:blind|deaf|immune|numb|impervious|mute|dumb|silent|quiet) (?:to|for|against|about|on|from|in|towards?)\\b|\\bindependent(?:ly)? (?:of|from)\\b|\\bblind spot\\b`,
  ),
  any(
    `\\b(?:poor|bad|false|weak|ill|wrong|hopeless|doubtful|mistaken|misplaced)(?:ly)?[ -](?:\\w+ )?(?:${CHOICE}|suited|chosen|placed)\\b`,
  ),
  // Nothing, or hardly anything, of it.
  any(
    `\\bof ${NOTHING} (?:\\w+ )?(?:use|help|value|interest|avail|benefit|relevance|importance|good|service|assistance|concern|consequence|significance|worth|aid|account)\\b`,
  ),
  any(
    `\\bof (?:limited|minor|dubious|doubtful|questionable|negligible|small) (?:use|help|value|interest|benefit|relevance|importance)\\b`,
  ),
  any(
    `\\b(?:is|are|be|has|have|had|having|bears?|shows?|gives?|carry|carries|provides?|offers?|makes?|sees?|brings?|yields?|plays?|contains?|holds?|produces?|sends?|leaves?|exerts?|receives?|finds?|found|displays?|exhibits?|learns?|gets?|contributes?|adds?|says?|tells?|knows?|reveals?|means?|does|do|helps?|notices?|takes?|with|expects?|there(?: is| are|['\u2019]s)|causes?|stands? in|bring)
     [ ](?:you |us |me |one )?${NOTHING}\\b(?! (?:other|else|doubt|longer|sooner|more))`,
  ),
  any(
    `\\b(?:nothing|little|not much|not a thing) (?:at all )?(?:to do with|about|to say|to tell|to contribute|to offer|in common|of (?:use|help|value))\\b|\\bno (?:bearing|influence|effect|impact|connection|link|relation\\w*|point|sense|use|good|help|value|reason|need|trace|sign|hint|indication|evidence|information|difference|correlation|footprint|mark)\\b`,
  ),
  any(`\\b(?:nobody|no one|no \\w+) (?:would|should|can|could|will|needs?)\\b`),
  any(
    `\\bwithout (?:any |a |an |the (?:slightest|least) |having (?:any )?)?(?:\\w+ )?(?:effect|influenc|impact|relation|relevance|connection|link|bearing|value|use\\b|consequence|trace|reaction|chang|show|affect|touch|disturb|leaving|mov|react|significance|benefit)`,
  ),
  any('\\black(?:s|ed|ing)?\\b(?! of)|\\bdevoid of\\b|\\bmissing (?:from|in|its|any)\\b|\\babsent (?:from|in|with)\\b'),
  // To fall short.
  any(
    `\\b(?<!\\b(?:that|when|if|as|because) (?:the |an? |our |my )?(?:thismachine|it) )(?:fails?|failed|failing|neglects?|refus\\w+|omits?|struggl\\w+) (?:\\w+ )?to\\b|\\bfails? (?:you|us|here)\\b|\\blets? (?:you|us) down\\b|\\bin the dark\\b|\\bleaves? (?:you|us) (?:guessing|clueless)`,
  ),
  any(
    '\\b(?:mistaken|errs?|in error|wrong about|(?:he|she|they|it|this) (?:is |are )?wrong|(?:mistake|wrong|foolish|silly|absurd|nonsense|far-fetched|premature|unreasonable) to|not true|false|unjustified|unfounded|unwarranted|baseless|mislead\\w*|decoy|distract\\w*|red herring|false (?:sense|security)|down the drain|for the (?:bin|birds))\\b|\\b(?:beyond|outside|out of) (?:the )?(?:reach|scope|sight)\\b|\\bbeyond thisquantity\\b',
  ),
  any(
    `\\btoo \\w+ (?:to|for)\\b|\\b(?:hard|difficult|tough|tricky|hardest|impossible)(?:ly)? (?:\\w+ )?to (?:${RELATES})|\\bhardly\\b|\\bbarely\\b|\\bscarcely\\b`,
  ),
  // To be missed.
  any(
    '\\b(?:miss|misses|overlook(?:s|ed)?|missed|escap(?:e|es|ed)|evad(?:e|es|ed)|elud(?:e|es|ed)|conceals?)\\b|\\bslips? (?:\\w+ )?(?:through|past|by|under)\\b|\\b(?:stay|remain|be|is|are|keep|lie)s? hidden\\b|\\bhid(?:e|es|den) from\\b|\\b(?:pass|go)(?:es)? by\\b',
  ),
  // To be left out.
  any(
    `\\b(?:ignor|neglect|omit|skip|forg[eo]t|delet)\\w*|\\bturn(?:ed|s|ing)? (?:\\w+ )?down\\b|\\bthrow(?:n|ing)? (?:\\w+ )?(?:out|away)\\b|\\b(?:leav(?:e|es|ing)|left) (?:\\w+ ){0,2}?(?:out|aside|off|away)\\b|\\b(?:set|put|push|lay|brush|wave)(?:ting|ed)? (?:\\w+ )?aside\\b|\\bremov(?:e|ed|ing) (?:\\w+ )?from\\b|\\b(?:would|could|can|may|might|should) (?:you |i |we |one |be |safely |just |safely be )*(?:drop|dropped|remove|removed|unplug|unplugged|disconnect|disconnected|switch off|switched off|spared?|save yourself|sacrific\\w+|scrap|scrapped|cancel|cancelled|axe|cut|deprioriti[sz]ed?)\\b`,
  ),
  any(
    `\\b(?:do|does|doing|done|get by|manage|live|cope) without\\b|\\bdispens(?:e|ed|ing) with\\b|\\bgive up\\b|\\bspar(?:e|ing) (?:yourself|us|the)\\b|\\bwast(?:e|es|ed|ing)\\b|\\bin vain\\b|\\bvainly\\b|\\bto no avail\\b|\\bfor nothing\\b|\\bbarking up\\b|\\bneed ?n['\u2019]?o?t\\b|\\bavoid (?:using|fitting|choosing|relying|buying|installing)\\b`,
  ),
  // To stay as it is.
  any(
    `\\b(?:(?:stay|remain|keep|kept|hold|held|continue|sit|leav|left|maintain|retain|persist)(?:s|es|e|ed|ing|d)?|(?:carr(?:y|ies|ied)|go(?:es)?|went) on) (?:(?!the\\b|an?\\b|out\\b)[\\w']+ ){0,4}?(?:normal|same|steady|stable|constant|flat|alone|healthy|ordinary|usual|before|range|limits|baseline|still|calm|quiet|silent|untouched|cold|put|intact|green|fine|undisturbed|unimpressed|value|values|was|were|is|put|course|nominal|bounds|reference|ordinary)\\b`,
  ),
  any(
    `\\b(?:be|been|is|are|was|were|look|looks|looked|read|reads|appear|appears|appeared|seem|seems|behave|behaves|behaved|run|runs|show|shows|find|trend|trends|give|gives)
     [ ](?:(?:just|quite|perfectly|completely|entirely|largely|still|essentially|all|expected to be|to be|a|its|their) ){0,3}?(?:normal(?:ly)?|the same|constant|steady|steadily|flat|healthy|ordinary|unremarkable|fine|as (?:usual|before|normal|ever|always)|nominal|business as usual|in the green|undisturbed|usual (?:value|level|reading|behaviou?r)|the usual)\\b(?! (?:sensor|way|method|practice|instrument|choice|indicator))`,
  ),
  any(
    '\\bsteady\\b|\\bunperturbed\\b|\\bbusiness as usual\\b|\\bleav(?:e|es|ing) thisquantity\\b|\\bas if nothing\\b|\\bsame as (?:before|ever|always)\\b',
  ),
  // Though it is there.
  any(
    `\\b(?:despite|in spite of|notwithstanding|regardless of|irrespective of|no matter|even (?:if|though|when|with|while|under|during))\\b`,
  ),
];
/** Whatever else is denied in the part that asks. */
const DENIED = any(`\\b(?:${NOT}|no|none|nobody|nothing)\\b`);
/** The reading is said to be as it was. */
const UNMOVED = any(
  `\\bthisquantity\\b[^.?!]{0,40}?\\b(?:(?:stay|remain|keep|hold)(?:s|ed|ing)? |(?:is|are|was|were|has|been|looks?|reads?) (?:\\w+ )?)(?:\\w+ ){0,2}?(?:normal|unchanged|the same|steady|stable|constant|flat|unaffected|within|in range|healthy|as usual|fine|ok|okay)\\b|\\bthisquantity\\b[^.?!]{0,30}\\b${NOT} (?:\\w+ )?(?:chang|mov|respond|react|ris|deviat|alter|shift|abnormal)|\\b(?:normal|unchanged|steady|healthy|stable|constant) (?:\\w+ )?thisquantity\\b`,
);

/** The reading is not to be had: what would be missed then shows in it, what would still be found does not. */
const BLINDED = any(
  `\\b(?:without|ignor\\w+|neglect\\w+|disregard\\w*|switch\\w* off|los(?:e|es|ing|t)|dead|broken|defective|failed|no|not (?:measur|monitor|watch|trend|record)\\w*|stop\\w* (?:measuring|monitoring|watching)|remov\\w+|miss(?:es|ing)) (?:\\w+ ){0,3}thisquantity\\b|\\bthisquantity\\b[^.?!,;]{0,40}\\b(?:is|are|was|were|has|had|gets?) (?:\\w+ )?(?:dead|broken|defective|failed|lost|unavailable|missing|removed|ignored|neglected|switched off|out of (?:order|service)|not (?:measured|monitored|available|watched|installed|fitted|recorded))\\b`,
);
const MISSED =
  /\b(?:miss|missed|overlook\w*|un(?:noticed|detected|seen|discovered|recogni[sz]ed)|hidden|escap\w+|slip|blind|invisible)\b|\b(?:not|no longer|n['\u2019]t) (?:be )?(?:seen|noticed|found|detect\w*|caught|visible)/i;
const STILL = /\b(?:still|nevertheless|nonetheless|anyway|all the same|regardless)\b/i;

const SUPERLATIVE =
  /\b(?:best|most|first|foremost|primar\w+|mainly|main|chief\w*|principal\w*|above all|typical\w*|characteristic\w*|hallmark|classic|top|better than|(?!(?:rest|test|interest|suggest|request|latest|honest|west|arrest|harvest|modest|forest|invest|manifest|contest|protest|guest|quest|least|lowest|weakest|poorest|digest|ingest|attest)\b)\w{3,}est)\b/i;
