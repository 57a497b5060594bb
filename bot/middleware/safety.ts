/**
 * The safety rule: a request to defeat or to operate a protective system (interlock, trip, emergency shutdown, relief
 * valve, lock-out …) is recognised by wording, before any model sees it. Pure; it knows no plant, no person, no store.
 *
 * It reads a canonical form of the text (typing errors, spacing tricks and look-alike letters undone, see canonical.ts)
 * clause by clause. Questions about what a protection is, why it acted or what it did are honest and pass. Where a
 * wording could be either, it is refused: a refusal names the procedure, so an honest asker loses little.
 */
import { anyOf, canonical } from './canonical.ts';
import { asksInDisguise } from './disguised.ts';

export interface Safety {
  /** The site's procedure for safety systems and whom to ask, as the register gives it. */
  procedure: string;
}

export interface Refusal {
  /** For the operator: what is refused, what to follow instead. */
  answer: string;
  /** For the log: which wording the rule saw. */
  reason: string;
}

/** The refusal of a request about safety systems; null for everything else. */
export function safetyRefusal(text: string, safety: Safety): Refusal | null {
  const seen = safetyRequest(text);
  if (seen === null) return null;
  return {
    answer: `I do not help to bypass, override, reset or operate safety systems. Follow ${safety.procedure}.`,
    reason: `Safety rule: the request was read as "${seen}".`,
  };
}

/**
 * The clause (in canonical form) that asks to defeat or operate a safety system; null when none does.
 * @param as 'advice' is what somebody teaches: "lock out the fan and clean it" bids without asking, so only what is plainly a
 * deed against a protection counts
 */
export function safetyRequest(text: string, as: 'request' | 'advice' = 'request'): string | null {
  // "TRIP: K-201 118C" is an alarm that is quoted, no order; what to check first is no part of what is told.
  const said = canonical(text.replace(/\btrip(?=:)/gi, 'tripped')).map((clause) =>
    clause.replace(NOT_PROTECTIVE, 'thing'),
  );
  const clauses = said.map((clause) => clause.replace(CHECK_FIRST, ''));
  const whole = clauses.join(' . ');
  const aboutSafety = has(PROTECTION, whole);
  const seen = clauses.find(
    (clause) => asksToDefeat(clause, aboutSafety) || asksToOperate(clause) || (aboutSafety && asksToAlterIt(clause)),
  );
  const disguised = as === 'request' && asksInDisguise(said, text.includes('?'));
  return seen ?? (takesAnothersLock(whole, clauses) || disguised ? whole : null);
}

// ---------------------------------------------------------------------------------------------- what is protected

const PROTECTION = anyOf(
  '(?!(?:falls?|tall|palls?)\\b(?! ?\\d))[pltfv][as](?:hh|ll)s?|sdvs?|bdvs?|gas alarms?|fire alarms?',
  'interlocks?|trips?|tripping|permissives?|esds?|esdvs?|sis|sifs?|hipps|bms|mft|lwco|psvs?|prvs?|srvs?|estops?|safeties|safety',
  '(?:high|low)(?: high| low)?(?: \\w+)? shutdown',
  'emergency (?:stop|shutdown|off|trip|button|isolation|brake|system|valve)s?',
  'shutdown (?:system|logic|valve|circuit|signal|relay|function|switch|button|setpoint|limit)s?|automatic shutdown|auto shutdown',
  '(?:relief|safety relief|pressure relief|pop|blowdown) valves?|rupture dis[ck]s?|burst(?:ing)? dis[ck]s?',
  '(?:protection|protective|differential|overcurrent|earth fault|ground fault|buchholz|overload) (?:relay|system|device|function|logic|circuit)s?|protections?',
  'flame (?:scanner|detector|eye|failure|sensor|rod|guard|supervision|safeguard)s?|burner management|fuel shutoff',
  'cutouts?|cutoffs?|light curtains?|deluge|sprinklers?|fire (?:detection|suppression|alarm|system|pump)s?|gas detect(?:or|ion)s?|crane limit|limit switch(?:es)?|door switch(?:es)?',
  '(?:machine|coupling|belt|fan|safety|shaft) guards?|guards?|lockouts?|tagouts?|loto|padlocks?|isolation locks?|overspeed(?: bolt| device)?|anti ?surge',
);

/** Names that sound of protection and are none. */
const NOT_PROTECTIVE =
  /\bsafety (?:moment|meeting|talk|walk|glasses|goggles|showers?|shoes|boots|data sheets?|factor|officer)\b|\bshutdown (?:plan|planning|job|jobs|list|work|budget)\b|\block ?out station\b/g;

/** Instruments that often feed a protection: only plainly defeating verbs count with them. */
const INSTRUMENT = anyOf(
  '(?:level|pressure|flow|temperature|vibration|float|speed|proximity|oil pressure|torque|limit|high|low)(?: \\w+)? (?:switch|sensor|transmitter|probe|signal|limiter|input|shutdown|alarm|limit)(?:es|s)?',
  'thermostat|pressurestat|governor|limiters?|alarms?|plc|dcs|logic solver|contacts?|voting|setpoints?',
);

const LOCKOUT = anyOf(
  'locks? and tags?|tags? and locks?|lockouts?|tagouts?|loto|padlocks?|isolation locks?|lock (?:off|it off)|locking out|tagging out|red tag|danger tag',
);

/** The asker's own isolation stands: he asks about the work behind it. */
const LOCKED_BY_THE_BOOK =
  /\b(?:loto|my (?:own )?lock) is on\b|\bi(?:ve)? (?:have )?(?:locked|tagged) out and\b|\bafter isolat(?:ion|ing)\b|\b(?:isolated|locked out) and (?:locked|tagged|proved|tried|tested)\b/;

// ---------------------------------------------------------------------------------------------- what is asked

/** Verbs that mean little else than defeating a protection. Base form and -ing: what was done is being told, not asked. */
const DEFEAT_BASE =
  'bypass(?:ing)?|overrid(?:e|ing)|defeat(?:ing)?|circumvent(?:ing)?|jumper(?:ing)?|jump out|inhibit(?:ing)?|disabl(?:e|ing)|deactivat(?:e|ing)|disarm(?:ing)?|fool(?:ing)?|trick(?:ing)?|cheat(?:ing)?|spoof(?:ing)?|tamper(?:ing)?(?: with)?|neutrali[sz](?:e|ing)|subvert(?:ing)?|evad(?:e|ing)|sabotag(?:e|ing)|hack(?:ing)?|(?:get|getting|go|going|work|working|wire|wiring|find a way|way) (?:around|past|round)|workaround|short(?:ing)?(?! circuit| to (?:earth|ground))(?: out| across)?|bridg(?:e|ing)(?! the crane)(?: out| across)?|link(?:ing)? out|hotwir(?:e|ing)|blind(?:ing)?|mak(?:e|ing)(?: [\\w/]+){1,5} (?:think|believe|see|happy|ignore)';
const DEFEAT = anyOf(DEFEAT_BASE);
/** Of those, the ones that need no protection named: nothing else in a plant is spoken of so. */
const DEFEAT_ALONE = anyOf(
  'bypass(?:ing)?|overrid(?:e|ing)|defeat(?:ing)?|circumvent(?:ing)?|jumper(?:ing)?|jump out|hotwir(?:e|ing)',
);

/** Ordinary verbs that defeat a protection when it is their object. */
const WEAKEN =
  'remov(?:e|ing)|disconnect(?:ing)?|unplug(?:ging)?|unwir(?:e|ing)|isolat(?:e|ing)|pull(?:ing)?(?: out| off)?|cut(?:ting)?|block(?:ing)?(?: in| off)?|gag(?:ging)?|plug(?:ging)?(?! switch)|pin(?:ning)?|wedg(?:e|ing)|jam(?:ming)?|tap(?:e|ing)|prop(?:ping)?|clamp(?:ing)?|t(?:ie|ying)(?: down| back| up| off)?|(?<!\\b(?:screws|bolts|nuts|pins) )hold(?:ing)?(?: in| down| open| closed)?|ignor(?:e|ing)|skip(?:ping)?|stop(?:ping)?|kill(?:ing)?|silenc(?:e|ing)|mut(?:e|ing)|mask(?:ing)?|suppress(?:ing)?|cancel(?:ling|ing)?|delet(?:e|ing)|(?:turn|switch|shut|take|knock|turning|switching|shutting|taking)(?: off| out)?|get rid of|leav(?:e|ing)|forc(?:e|ing)|fak(?:e|ing)|simulat(?:e|ing)|weaken(?:ing)?|lift(?:ing)?|loosen(?:ing)?|open(?:ing)?(?: up)?|break(?:ing)?|beat(?:ing)?|dodg(?:e|ing)|eliminat(?:e|ing)|lock(?:ing)?|prevent(?:ing)?|keep(?:ing)?|screw(?:ing)? (?:down|in|shut|the|it)|weld(?:ing)?|wir(?:e|ing)(?: out| up| shut)?|strap(?:ping)?|pos?tpon(?:e|ing)|delay(?:ing)?|put(?:ting)?(?: \\w+)? in (?:manual|bypass|override|test)';
/** Verbs that operate or alter one. */
const OPERATE =
  'reset(?:ting)?|rearm(?:ing)?|activat(?:e|ing)|actuat(?:e|ing)|initiat(?:e|ing)|trigger(?:ing)?|press(?:ing)?(?! safety mat)|push(?:ing)?|hit(?:ting)?|operat(?:e|ing)|test(?:ing)?|set(?:ting)?|adjust(?:ing)?|rais(?:e|ing)|lower(?:ing)?|increas(?:e|ing)|reduc(?:e|ing)|decreas(?:e|ing)|chang(?:e|ing)|modify(?:ing)?|alter(?:ing)?|mov(?:e|ing)|widen(?:ing)?|extend(?:ing)?|edit(?:ing)?|reprogram(?:ming)?|program(?:ming)?|rewir(?:e|ing)|clos(?:e|ing)|pop(?:ping)?|unlock(?:ing)?|clear(?:ing)?|acknowledg(?:e|ing)|us(?:e|ing)|do(?:ing)?|arm(?:ing)?|engag(?:e|ing)|apply(?:ing)?|fit(?:ting)?|install(?:ing)?|hang(?:ing)?|exercis(?:e|ing)';

/** The object of a verb: a protection within eight words, with nothing between that starts another thought. */
const OBJECT = `(?: (?!(?:${[
  'after|before|since|because|when|whenever|if|due|following|during|once|until|while|that|which|why|is|was|were|are',
  'number|amount|frequency|caused|then|but|so|where|would|could|can|will|did|does|do|i|we|happening|from',
].join('|')})\\b)[\\w/+]+){0,7}? `;

const WEAKENS_PROTECTION = new RegExp(`\\b(?:${WEAKEN})${OBJECT}(?:${PROTECTION.source})`);
const OPERATES_PROTECTION = new RegExp(`\\b(?:${OPERATE})${OBJECT}(?:${PROTECTION.source})`);
const FORCES_SIGNAL = anyOf(
  'forc(?:e|ing)(?: (?:the|a|an|this|that|its|my|our|all|both))?(?: [\\w/]+){0,4} (?:signals?|inputs?|outputs?|bits?|points?|tags?|coils?|contacts?|relays?|start|run|values?|readings?|transmitters?|sensors?|switch(?:es)?|true|high|low|on|off|open|closed|shut|d[io]|a[io])',
  'forc(?:e|ing) (?:it|them|on|off|open|closed|shut|start)',
);
const RUNS_UNPROTECTED = anyOf(
  `(?:without|with no|minus|not having|despite)(?: [\\w/]+){0,4} (?:${PROTECTION.source})`,
  `with(?: [\\w/]+){0,4} (?:${PROTECTION.source})(?: [\\w/]+){0,3} (?:off|out|disabled|bypassed|removed|defeated|overridden|ignored|inhibited|jumpered|disconnected|open|blocked|isolated|masked|forced|gagged)`,
);
const RUNS = anyOf(
  'run|running|start|starting|restart|restarting|operate|operating|keep|keeping|work|working|go|fire|firing|light|continue|continuing|use',
);
const SO_IT_WILL_NOT_ACT = anyOf(
  '(?:so|make sure|ensure|make|keep|stop|prevent|until)(?: [\\w/]+){0,6} (?:never|not|cannot|cant|wont|doesnt|dont|didnt|stops?|from)(?: [\\w/]+){0,3} (?:trip|trips|tripping|shut|shutting|cut|cutting|activate|activating|acting|operating|operate)',
  'so(?: [\\w/]+){0,6} (?:stays?|remains?) (?:out|off|open|closed|quiet|healthy|satisfied)',
);
const FAKING = anyOf(
  'tie|tape|taping|tying|wire|hold|wedge|prop|clamp|jam|stick|pin|magnet|fake|feed|inject|simulate|weight|jack|shim|set|raise|rais(?:e|ing)|change|adjust|increase|turn up|disconnect|unplug|pull',
);
const PASSIVE_MAY_BE =
  /\b(?:can|could|may|should|shall|must|might|to)(?: [\w/]+){0,8} be (?:\w+ly )?(?:bypassed|overridden|defeated|circumvented|jumpered|inhibited|disabled|deactivated|disarmed|fooled|tricked|removed|disconnected|switched off|turned off|shut off|isolated|gagged|blocked|masked|forced|ignored|skipped|suppressed|raised|changed|adjusted|reset|silenced)\b/;

/** `the trip inhibited`, `the trip is defeated overnight`; what was is being told. */
const WANTED_DEFEATED =
  /(?<!\b(?:was|were|been|had|someone|somebody|they|he|she) (?:\w+ )?)\b(?:bypassed|overridden|defeated|inhibited|disabled|jumpered|deactivated|circumvented)\b/;

/** `bypass valve`, `bypass line`, a UPS whose load is on bypass: plant, not deed. */
const BYPASS_PLANT =
  /\bbypass(?:es)? (?:valves?|lines?|dampers?|flow|stacks?|ducts?|pipes?|piping|orifice|filters?|air|steam|station|system|leak\w*|leg|circuit of|ratio|header|to condenser|doors?|fuses?|currents?|indicator|light|supply|unavailable|bad|advisory|alarm)\b|\b(?:load|alive|loads?|run|runs|running|transfer\w*|dropped|drops|went|goes|return|returns|back) (?:(?:still|back) )?(?:on|to|from) bypass\b|\bimpending bypass\b|(?<=\b(?:open|close|crack|throttle|through|via) (?:the|a) )bypass\b(?! (?:of|on|for))|\b(?:hot|turbine|steam|hp|lp|ip|gas|pump|heater|filter|cooler|a|ups|static|maintenance|recycle) bypass\b(?! (?:the|it|this|that|interlocks?|trips?))/g;
/** Plant that one may well bypass. */
const PROCESS_OBJECT =
  /\bbypass(?:ing)? (?:the |a |an |its |one |this |that |fouled |dirty |blocked |oil |lube |fuel |water |air |inlet |duplex |\w+ ){0,3}?(?:filters?|strainers?|coolers?|heaters?|heat exchangers?|exchangers?|economi[sz]ers?|demisters?|intercoolers?|aftercoolers?|cooling towers?|tanks?|condensers?|dryers?|separators?|radiators?|control valves?)\b|\boverrid(?:e|ing) (?:\w+ ){0,3}?(?:schedule|rota|roster|entry|note|message|answer)\b/;

const ALTERS_IT = anyOf(
  '(?:rais(?:e|ing)|lower(?:ing)?|increas(?:e|ing)|reduc(?:e|ing)|chang(?:e|ing)|adjust(?:ing)?|set(?:ting)?|mov(?:e|ing)|widen(?:ing)?|turn(?:ing)?|bump(?:ing)?|open(?:ing)?) (?:it|them|that)',
);
const SETTING = anyOf(
  'settings?|set ?points?|limits?|values?|delays?|thresholds?|how (?:high|far|much)|higher|lower|up',
);
const CUTS_LOCK = anyOf(
  'bolt ?cutters?|bolt crop(?:per)?s?|grinder|hacksaw|(?:cut|saw|break|snap)(?:ting|ing|ping)? (?:it|them|the lock|the padlock|off|through)',
);
const ANOTHERS_LOCK = anyOf(
  '(?:his|her|their|someones?(?: elses?)?|somebody(?: elses?)?|the (?:fitter|contractor|electrician|night shift|other \\w+)s?)(?: \\w+){0,2} (?:locks?|padlocks?|tags?|loto)',
);

// ---------------------------------------------------------------------------------------------- how it is asked

const FILLER =
  '(?:(?:please|pls|plz|now|just|ok|okay|hey|hi|hello|bot|rounds|then|and|so|but|also|or|well|quickly|immediately|urgent|urgently|go ahead and|go and|lets|let us|you must|you need to|you should|i order you to|ask|simply|first|next|today|asap|for [a-z]+ ?\\d+[a-z]?|on [a-z]+ ?\\d+[a-z]?) )*';
const IMPERATIVE = new RegExp(`^${FILLER}(?:${DEFEAT_BASE}|${WEAKEN}|${OPERATE})\\b`);
const STRAPS_CONTACTS = anyOf(
  '(?:contacts?|terminals?|wires?|pins?|relays?) (?:[\\w/]+ ){0,3}(?:strap|bridge|link|short|jump|jumper|pull|cut|lift)',
);
const WANTS_A_SETTING = anyOf(
  'trip (?:set ?points?|limits?|settings?|levels?|delays?) (?:at|to|up to|down to|of) \\d+',
);
/** Nothing but the deed: `bypass`, `override please`. */
const BARE = new RegExp(`^${FILLER}(?:bypass|override|defeat|jumper)(?: please| pls)?$`);
const DEFEATS_SOMETHING = new RegExp(
  `^${FILLER}(?:${DEFEAT_BASE}) (?:the|a|an|it|this|that|my|our|all|both|terminals?|pins?|[a-z]{1,5} ?\\d+)\\b`,
);
const TRIPS_A_MACHINE = new RegExp(
  `^${FILLER}trip (?:the (?!light)|it\\b|this |that |unit|turbine|boiler|pump|[a-z]{1,4} ?\\d)|\\b(?:can|could|should|shall|may|must|do|how to|want to|need to|have to|like to|lets|please) (?:i |we |you |one )?(?:manually |now |just )?trip (?:the|it|this|that|unit|turbine|boiler|pump|[a-z]{1,4} ?\\d)`,
);
const REQUEST = anyOf(
  'how (?:do|can|could|would|should|might|to|shall|must|2)|hows it done|how is it done|how it is done|how you|how we|how one',
  '(?:can|could|may|should|shall|must|might) (?:i|we|you|one|someone|somebody|u|anyone|they)',
  '(?:is|would) (?:it|this|that) (?:be )?(?:\\w+ )?(?:ok|okay|safe|possible|allowed|fine|permitted|acceptable|legal|all right|alright|wise|good|easy)',
  'ok to|okay to|safe to|allowed to|possible to|permitted to|am i allowed|are we allowed|do i need|do we need|do i have|should be',
  '(?:i|we|u|you|id|wed|ill|well|im) (?:\\w+ )?(?:want|need|like|would like|wish|have|going|plan|intend|must|will|love|try|trying|tryna|gonna|wanna|gotta|shall)',
  'want to|need to|have to|wanna|gotta|gonna|got to|like to|going to|trying to|able to|help (?:me|us)|show (?:me|us)|teach (?:me|us)|walk me|guide me|tell (?:me|us) how|explain how|describe how|list the|give (?:me|us)',
  'steps?|procedures?|instructions?|method|best way|easiest|quickest|fastest|any way|a way|the way|ways|trick|sequence to|tips|guide|tutorial|workaround|involved in|it take to|takes to|recipe|checklist',
  'what (?:wire|terminal|terminals|fuse|bit|tag|parameter|setting|code|password|key|tool|command|do i|do we|should i|should we|must i|can i|could i|would i|would you)|which (?:wire|wires|terminal|terminals|fuse|bit|jumper|relay do|contact do|setting do|key|password|code)|where (?:do|can|should|is the (?:bypass|override|key|jumper))',
  'why (?:not|dont|cant|cannot|shouldnt)|please|pls|plz|request|permission|authori[sz]e|approve|approval|lets|let me|let us|wonder how|know how|figure out how|what if (?:i|we)|if i|if we|i will|ill|wants',
  'happens (?:when|if) (?:i|we)|passwords?|passcodes?|is there (?:a|any|some) (?:way|trick|key|method|code)|how$|(?:ok|okay|fine|allowed|safe) if',
);
const CHECK_FIRST =
  /(?<=\w)(?: and| so)? what (?:should|do|must|can) (?:i|we) (?:check|look at|inspect|measure)(?: first| next)?$/;
/** `have to turn the protection up every year`: a sign of wear. */
const HABIT = /\bhave to\b.* every (?:single )?(?:week|month|season|year)$/;
/** `to bypass …`: a purpose is a request, whoever has it. */
const PURPOSE = new RegExp(
  `(?<!mean|means|happen|happens|wrong|dangerous|unsafe|risky|bad) to (?:\\w+ly |just )?(?:${DEFEAT_BASE})\\b`,
);
const HOW_TO_DEFEAT = new RegExp(
  `\\bhow\\b(?! (?:often|many|much|long|come|bad|dangerous|risky))(?: [\\w/]+){0,8} (?:${DEFEAT_BASE})\\b`,
);

/** Asks what is, why it was, what it shows. */
const HONEST_START = new RegExp(
  `^${FILLER}(?:why|whys|what(?:s| is| are| was| were| does| do| did| caused| causes| could| would| might| makes| made| happens| happened| kind| type| trips| tripped| else|ever)|which|who|whos|when|where (?:was|did|is|are)|did|was|were|has|have|had|does|is|are|explain (?:what|why)|tell (?:me|us) (?:what|why|about)|describe (?:what|why)|define|difference|meaning|would (?:a|an|the|low|high)|could (?:a|an|the|low|high)|can (?:a|an|the|low|high)|might (?:a|an|the))\\b`,
);
const HONEST_HOW =
  /\bhow (?:do|can|could|would|should|to) (?:i |we |you |one )?(?:know|tell|find out|see|recogni[sz]e|check|notice|detect|diagnose|understand|interpret|explain|investigate|report|verify|confirm|trace|log)\b|\bhow (?:does|did) (?!one|someone|somebody|anyone|a technician|an? (?:operator|engineer))/;
/** A deed that is told: `is bypassing`, `after bypassing`, `dangers of bypassing`. */
const TOLD = new RegExp(
  `\\b(?:dangers?|risks?|consequences?|effects?|hazards?|result|results|harm|meaning|damage|history|record|sign|signs|evidence) (?:of|from|in|to)(?: [\\w/]+){0,2} (?:${DEFEAT_BASE})\\b|\\b(?:was|were|been|had been|someone is|somebody is|after|since) (?:\\w+ly )?(?:${DEFEAT_BASE})\\b`,
);

function asksToDefeat(clause: string, aboutSafety: boolean): boolean {
  const plain = clause.replace(BYPASS_PLANT, 'plant');
  const protection = has(PROTECTION, plain);
  if (BARE.test(plain)) return true;
  const asked = requested(plain);
  if (PASSIVE_MAY_BE.test(plain) && (protection || has(INSTRUMENT, plain)) && !/^(?:why|what|which) /.test(plain))
    return true;
  if (has(DEFEAT, plain) && !PROCESS_OBJECT.test(plain)) {
    if (protection || has(INSTRUMENT, plain)) return asked || !honest(plain);
    if (has(DEFEAT_ALONE, plain)) return asked || DEFEATS_SOMETHING.test(plain);
    if (aboutSafety && /\b(?:it|them|that|this|one|these|those)\b/.test(plain)) return asked;
  } else if (has(DEFEAT, plain) && protection) {
    return asked;
  }
  if (protection && WANTED_DEFEATED.test(plain) && asked) return true;
  if (has(STRAPS_CONTACTS, plain) && asked) return true;
  if (has(RUNS_UNPROTECTED, plain) && has(RUNS, plain)) return asked || !honest(plain);
  if (has(SO_IT_WILL_NOT_ACT, plain) && has(FAKING, plain)) return asked || IMPERATIVE.test(plain);
  if (has(FORCES_SIGNAL, plain)) return asked || IMPERATIVE.test(plain);
  return WEAKENS_PROTECTION.test(plain) && !LOCKED_BY_THE_BOOK.test(plain) && (asked || IMPERATIVE.test(plain));
}

function asksToOperate(clause: string): boolean {
  if (TRIPS_A_MACHINE.test(clause)) return true;
  const asked = requested(clause);
  if (
    has(LOCKOUT, clause) &&
    !LOCKED_BY_THE_BOOK.test(clause) &&
    (asked || IMPERATIVE.test(clause) || new RegExp(`^${FILLER}(?:lockout|tagout)`).test(clause))
  ) {
    return (
      !/^(?:what|whats|why) (?:is|are|does|do|was|did)?/.test(clause) ||
      has(anyOf('steps|procedures?|instructions?'), clause)
    );
  }
  if (has(WANTS_A_SETTING, clause) && asked) return true;
  return OPERATES_PROTECTION.test(clause) && (asked || IMPERATIVE.test(clause));
}

/** "The overspeed trips at every load rejection, what setting can I raise it to": the protection stands in another clause. */
function asksToAlterIt(clause: string): boolean {
  return has(ALTERS_IT, clause) && has(SETTING, clause) && requested(clause);
}

/** A lock that another person hung, and a tool or the wish to start: said over several sentences. */
function takesAnothersLock(whole: string, clauses: readonly string[]): boolean {
  if (!has(LOCKOUT, whole)) return false;
  return has(CUTS_LOCK, whole) || (has(ANOTHERS_LOCK, whole) && has(RUNS, whole) && clauses.some(requested));
}

function requested(clause: string): boolean {
  if (HABIT.test(clause)) return false;
  if (PURPOSE.test(clause) && !TOLD.test(clause)) return true;
  if (HONEST_HOW.test(clause)) return false;
  if (HOW_TO_DEFEAT.test(clause)) return true;
  return has(REQUEST, clause);
}

function honest(clause: string): boolean {
  return HONEST_START.test(clause) || TOLD.test(clause);
}

function has(pattern: RegExp, clause: string): boolean {
  return pattern.test(clause);
}
