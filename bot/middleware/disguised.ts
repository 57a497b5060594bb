/**
 * The second reading of the safety rule: what people say under pressure, who name the protection in one sentence and the
 * deed in another, and neither by its book name ("magnet on the prox works, need the saw to run hood up"). It looks for
 * three things in the whole message: something that protects, a deed that would silence or cheat it, and that it is
 * wanted and not told, reported or asked about. Pure; it reads the canonical words of safety.ts's clauses.
 */

/** @returns whether the message asks to defeat a protection, however it is put */
export function asksInDisguise(clauses: readonly string[]): boolean {
  const whole = clauses.join(' . ');
  if (!PROTECTS.test(whole)) return false;
  const cheats = clauses.filter((clause) => CHEATS.test(clause) && !toldOnly(clause));
  if (cheats.length > 0 && !REPORTS.test(whole)) return true;
  return clauses.some((clause, i) => {
    if (toldOnly(clause) || !WANTS.test(clause)) return false;
    if (WEAKENS_IT.test(clause)) return true;
    // "Vibration trip on the ID fan. Set it to 2oo2": the deed's "it" is what was named just before.
    return WEAKENS_THAT.test(clause) && PROTECTS.test(clauses.slice(Math.max(0, i - 1), i + 1).join(' . '));
  });
}

function toldOnly(clause: string): boolean {
  return TELLS.test(clause) || ASKS_WHAT_IS.test(clause);
}

function any(...alternatives: string[]): RegExp {
  return new RegExp(`\\b(?:${alternatives.join('|')})\\b`);
}

/** Devices and functions that protect people and machines, as they are called on the floor. */
const GUARD = [
  '[pltfvaz][aist]{0,2}hh+s?(?: ?\\d+)?|[pltfvaz][ast]{1,2}ll+s?(?: ?\\d+)?|hh|(?:high high|low low)s?|hihi|lolo',
  'trips?|tripping|tripped|interlocks?|permissives?|esds?|sis|sil ?\\d?|voters?|voting|[12]oo[123]|2 of 3 level|safety (?:plc|relay|circuit|logic|loop)s?',
  '(?:flame|fire) ?(?:eye|scanner|detector|rod|sensor|cell)s?|uv on|uv (?:cell|eye|relay)|purge|burner management|fire panel|deluge|sprinklers?|gas train',
  'man ?down|(?:o2|oxygen) low|low (?:o2|oxygen)|(?:h2s|lel|gas|co) (?:heads?|detectors?|sensors?|alarms?|monitors?)|lel|evacuat\\w+',
  'overspeed(?: bolt)?|governor trip|anti ?surge|surge (?:controller|valve|line)|low water cut ?(?:off|out)|cut ?(?:off|out)s?|lwco|high temp dump',
  '(?:\\w+ )?psvs?(?: ?\\d+)?|prvs?|relief|relief valves?|safety valves?|bursting discs?|rupture discs?|vent valve lock',
  'earth ?fault(?: relay)?|thermal overload|overload (?:limiter|relay|cell|at)|crane (?:limit|says)|overload|limit switch(?:es)?|load cell|buchholz|differential (?:relay|protection)|cts?(?= )',
  'light curtains?|curtains?|beam|area scanner|two hand|hand buttons|dead ?man|e ?stops?|estops?|pull ?cord|safety mat|guards?|guard (?:circuit|door|switch)|(?:door|gate|hood|lid|hatch|cover) (?:thing|switch|contact|lock|prox|open)|with the (?:door|gate|hood|guard|lid|cover)|hood up|switch under the (?:lid|door|cover|hood)|turkontakt|schutztur|lichtgitter|not ?aus',
  'lotos?|lockouts?|tagouts?|padlocks?|(?:his|her|their|\\w+s) (?:tag|lock|padlock)|tag off|danger tags?|isolation locks?',
  '(?:vibration|vib) (?:rack|switch|shutdown|trip)|(?:low|high) (?:\\w+ ){0,2}(?:pressure|flow|level|temp\\w*|vacuum|suction|lube) (?:one|switch|signal|trip|shutdown|thing)|low lube|(?:flow|pressure|level|float|air flow|oil pressure|vacuum) switch|sump high|shuts? (?:us |it |me )?down|stops (?:the|us|it|me) .{0,30}(?:when|early|open)|trip pending|lube oil low',
];
const PROTECTS = any(...GUARD);

/** Hardly anything else in a plant is spoken of so, once a protection is in the message. */
const CHEATS = any(
  'shim(?:ming)? the (?:float|switch|flap|paddle)|hold (?:it |them |the (?!line)\\w+ |\\w+ )?(?:high|healthy|made)|(?:tell|telling|told|convince|persuade|make) (?:the |that )?(?:\\w+ )?(?:plc|logic|dcs|system|sis|controller|voter|relay)',
  'fak(?:e|ing)|spoof(?:ing)?|pretend (?:the|its|that)|(?:paper ?clips?|cable ?ties?|zip ?ties?|magnets?|coins?|mirror|sock|tape|duct tape|bit of wire|chewing gum|matchstick)(?! gate)',
  'clip across|loop (?:a|the) wire|(?:wire|link|bridge|clip|jumper|strap) (?:across|over|out|it out|the contact\\w*)|ub?erbruck\\w*|bruck\\w*',
  '(?:pin|wedge|jam|prop|tie|wire|hold|gag|block|park)(?:ging|ming|ping|ning|ing)? (?:the |that |this |it |a |its )?(?:\\w+ ){0,3}?(?:relay|float|switch|flap|lever|esd|reset|contact\\w*|beam|it (?:down|open|closed|back|shut)|k\\d|receiver)|k\\d (?:relay )?you wedge|gag(?:ging)? (?:it|the)?',
  'inhibit(?! active| list)|in inhibit|put (?:it|them|that) in (?:inhibit|test|override|bypass)|(?:park|leave) (?:it|the \\w+|esd) in test|frozen shut|freeze (?:it|the \\w+) (?:shut|closed)|manual closed|trip as an alarm|(?:from|into) trip to alarm|alarm only',
  'skip(?:ping)? the (?:purge|permissive|check|sequence|interlock|wait)|without (?:waiting for|the purge|purging)|(?:out of|take it out of|get it out of) the logic|tags to force|forc(?:e|ing) (?:in|the) (?:sis|safety|plc|dcs|logic)|accept the other one',
  'pull(?:ing)? (?:the|its|that|a) (?:card|fuse|plug|probe|relay|module|connector)|take the (?:\\w+ )?(?:probe|card|sensor|fuse) out|(?:solenoid|sensor|detector|switch|probe|cable) unplugged|unplug(?:ging)? (?:the|it|that)|disconnect the (?:ct|sensor|probe|solenoid|switch|detector|head|wire)|cut the wire',
  '(?:mute|silence|quieten|shut up) the (?:sensor|detector|head|alarm|horn)|stay quiet|keep (?:it|them) quiet|(?:stop|stops) (?:it|them|that thing) (?:nagging|bothering|tripping|shutting|dropping|cutting)|(?:never|not) (?:really )?comes? in|make (?:that|it|this) go away|go away before|make (?:it|the \\w+) (?:read (?:zero|normal|ok|low)|ignore)',
  'from (?:firing|tripping|shutting|dropping out|cutting (?:in|out)|acting|operating)|ride through|stays? (?:green|lit|made|happy)|keep the burner lit|(?:nobody|noone|no one) (?:will )?(?:sees|notice|notices|knows)|without (?:it|control|anyone) (?:showing|knowing|seeing)',
  'always made|(?:blow|gas) (?:would i blow )?on the detector|read zero|sock over|one more lift|get around it|work ?around|bodge|(?:all )?guards closed.* confirm|key you turn',
  '(?:bolt|turns?) on the nut|how many turns|quarter turn|half a turn|screw (?:it|them) (?:up|down|in)|what size bolt|deadband|[12]oo[123] from|to [12]oo[123]|(?:change|changed|switch) (?:the )?action',
  '(?:add|put) (?:a |an )?(?:\\d+ )?(?:second|sec|minute|min|s)? ?delay|\\d+ (?:second|sec|s|minute) delay to|crank (?:the |it )?\\w* ?up|pickup up|(?:up to|to) max',
  'fail to trip|take (?:\\w+ ){0,2}(?:tag|lock|padlock)s? off|(?:cut|take|get) (?:his|her|their) (?:tag|lock|padlock)',
);

const NEAR = '(?: (?!(?:because|when|after|since|if|so)\\b)[\\w/]+){0,6}? ';
/** Ordinary deeds, with a protection as their object. */
const WEAKENS = [
  '(?:turn(?:ing)?|switch(?:ing)?|take|shut)(?: it| that| them)? off|bump(?:ing)?|rais(?:e|ing)|lift(?:ing)? the|increase|dial|set|reset|move|change|swap|isolate|remove|disable|ignore|clos(?:e|ing)|shut|open|lower|delay|drop|stretch|widen|kill|dodge|beat|cheat|trick|clear|hold|stop|mute|run(?:ning)?',
];
const WEAKENS_IT = new RegExp(`\\b(?:${WEAKENS.join('|')})${NEAR}(?:${GUARD.join('|')})\\b`);
const WEAKENS_THAT =
  /\b(?:turn|switch|take|set|bump|raise|swap|change|move|stretch|delay|isolate|dial|beat|dodge|trick) (?:it|that|this|them)\b(?: (?:off|up|out|to|from|for|down|so)\b|$)|\b(?:stays?|stay) (?:open|closed|shut|on)\b|\bwhile (?:it|the \w+) (?:turns|runs|is running)\b|\bscrape while\b|\brun (?:the \w+ )?(?:with|hood)\b|\bhow do (?:you|i|we) (?:mute|silence|dodge|isolate) it\b|\bwhich (?:input|way is up|relay|beam|pot)\b|\bthe pot that sets it\b|\bmove the striker\b|\bto run hood up\b|\bbump it\b|\bisolate it so\b|\bso (?:it|the) (?:wont|doesnt|does not|never|stops?)\b/;

/** It is wanted: asked for, bidden, or wondered about. */
const WANTS =
  /\b(?:how|what|which|where|can|could|would|should|may|want|need|pls|please|lets|let|is it|ideas?|tell me|for me|quick way|id like|we need|just|do i|do we|you)\b|^(?:put|set|take|add|bump|change|swap|skip|make|turn|move|run|get|give|isolate|hold|stop|disable|kill)\b/;
/** Told of somebody, of the past, or as a state that is found. */
const TELLS =
  /\b(?:someone|somebody|who do i (?:tell|report)|report it|(?:was|were|been|had) (?:\w+ )?(?:bypassed|inhibited|forced|jumpered|gagged|defeated|wedged|taped|muted|put|left|found)|found (?:the|a|it)|left a wire|did (?:the|someone|they)|active right now|proof test|calibration|part number|spare)\b/;
const REPORTS = /\bwho do i (?:report|tell|call)\b|\bis that (?:allowed|legal|normal)\b|\bfeels unsafe\b/;
/** What it is, why it acted, how it works, what may have caused it. */
const ASKS_WHAT_IS =
  /^(?:\w+ ){0,2}?(?:why (?:did|does|do|is|are|was|has|would)|whys|what (?:is|are|does|did|was|were|causes?|caused|happens|happened|would happen|protects)|whats (?:the (?:difference|alarm|limit|order|trip)|wrong)|how (?:does|did|low|high|often|many times|long was|long were)|when (?:is|was|did)|which (?:alarms?|inhibits|permissives?|pumps|one is|faults?|parameters?|sensors?) |explain|describe|can you explain|could (?:a|an|the)|can (?:a|an) |does|did|is (?:the|a|that)|was)\b(?!.*\b(?:way to|so it|wont|trick|quick way|to (?:make|keep|get) (?:it|the)))/;
