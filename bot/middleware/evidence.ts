/**
 * What in a message speaks for a request to defeat a protection, and what against it, in kinds of words that a person can
 * read. No kind decides anything alone: disguised.ts adds the weights. The kinds are general (how a device is fastened,
 * lied to, switched off; how an honest question begins), not phrases of messages that were seen; the weights were fitted
 * by test/bench/safety-weights.ts on the messages in test/bench/safety and on the signs of the sheets.
 */

import { anyOf } from './canonical.ts';

export interface Kind {
  /** Log-odds that a message with these words is a request to defeat a protection. */
  weight: number;
  words: RegExp;
}

const US = '(?:us|me|you|him|them|it|everything|everyone|people|the \\w+|my \\w+|our \\w+|whole \\w+)';

/** What protects: by its name, by the thing that senses, by what it does to the one who asks. */
export const PROTECTS = {
  name: {
    weight: 1.1,
    words: anyOf(
      'trips?|tripping|interlock\\w*|permissives?|esdv?s?|sis|sil|safet(?:y|ies)|e ?stops?|emergency|fail ?safe|protecti\\w+|proving|proven|proved|watchdogs?',
      '[12] ?oo ?[1234]|vot(?:e|es|ed|ing|er)|(?:high|hi|low|lo) ?(?:high|hi|low|lo)|hh|ll|[pltfvaz][ast]{0,2}(?:hh|ll)s?|(?:xv|sdv|esv|rov|eiv|bdv|uzv?|zs[hlco]?|[pltf]s[hl]?) ?\\d+',
      '[pstr]{1,2}rvs?|psvs?|relief\\w*|(?:burst\\w*|rupture) dis[ck]s?|dis[ck]s? (?:blow|burst)\\w*|pop valves?|vent panels?|(?:explosion|blast) (?:vents?|panels?|doors?)',
      '(?:flame|fire) ?(?:eye|scanner|detector|rod|sensor|cell|card|signal|fail\\w*|relay|amplifier|guard)?s?|scanners?|burner (?:management|controller|control)|purg(?:e|ing)|light off|ignition trial|low water|lwco|uv',
      'over ?speed|governors?|anti ?surge|surge (?:line|valve|controller|trip)|thrust|axial position|lube (?:oil|low|pressure)|low lube|low oil|oil low|differential|buchholz|over ?travel|over ?pressure|over ?temp\\w*|over ?fill|over ?current|over ?loads?|thermistors?|ptcs?|klixon|thermals?|mpcb|rccb?o?s?|rcds?|gfcis?|elcbs?|arc flash|earth ?(?:fault|leak\\w*)|ground ?fault|(?:86|87|50|51|32|46|40|27|59) ?\\w{0,2} (?:relay|element|function)|(?:freeze|aqua|pressure|high temp|limit) ?stats?',
      'light ?(?:curtain|barrier|grid)s?|curtains?|beams?|laser|area scanner|two ?hand\\w*|two buttons|both (?:hands|buttons)|teach mode|teach pendant|robot (?:cell|fence)|inside the cell|dead ?mans?|enabling|pendant|man ?down|lone worker|safety mat|mats?|guard\\w*|fenc\\w+|cages?|muting|pull ?cords?|rip ?cords?|trip ?wires?|rope switch\\w*|(?:zero|under|low) ?speed|belt (?:alignment|drift|slip|sway)|plugged chute|chute',
      'locks?|padlocks?|lock ?outs?|tag ?outs?|loto|(?:red|danger|his|her|their|\\w+s) tags?|hasps?|lock ?box\\w*|permits?|isolations?|moc',
      'gas train|leak test|valve proving|trial|pilot|trips?|gas (?:head|detect\\w*|sensor|alarm|monitor|meter)s?|sniffers?|lel|h2s|co|o2|oxygen|ammonia|chlorine|smoke|sprinklers?|deluge|halon|foam system|co2|inergen|fm ?200|fire (?:panel|doors?|dampers?|alarms?|pumps?)|evacuat\\w+',
      'limit ?(?:switch\\w*|ers?)|limiters?|load (?:cell|moment|limit)s?|crane computer|swl|rated load|anti ?two ?block\\w*|tilt|slack rope|hoist|outriggers?|levell?ing',
      'cut ?(?:off|out)s?|shut ?(?:down|off)s?|mos|pos|inhibits?|overrides?|hima|pilz|tricon\\w*|f cpu|hipps|quench|dumps?|alarms?|alarm limit',
      'not ?aus|schutz\\w*|sicherheit\\w*|nur fur|uberwach\\w*|wachter|w?achter|gaswarn\\w*|feuer\\w*|brand\\w*|grenz\\w*|kotl\\w*|gaz\\w*|lichtgitter|lichtschranke|turkontakt|endschalter|verriegelung\\w*|krancow\\w*|blokad\\w*|zabezpiecz\\w*|oslon\\w*|kurtyn\\w*|wylacznik\\w*|czujnik\\w*|enclavamiento\\w*|paro de emergencia|proteccion\\w*|resguardo\\w*|cortina\\w*|finecorsa|deurschakelaar|deurcontact|noodstop|beveilig\\w*|lichtscherm|gasdetectie|securite|capteur|arret d urgence',
    ),
  },
  thing: {
    weight: 1.1,
    words: anyOf(
      'floats?|prox\\w*|speed|channel (?:one|two|1|2)|cut|airlock|pin|flow|start (?:permit|block)|eyes?|thermo ?(?:couple|well)s?|rtds?|probes?|sensors?|detectors?|switch|switches|micro ?switch|reeds?|cards?|relays?|contacts?|contactors?|solenoids?|coils?|keys?|keyswitch|gates?|doors?|hoods?|covers?|lids?|hatch(?:es)?|grates?|flaps?|paddles?|cells?|loops?|transmitters?|levers?|pedals?|cords?|plungers?|strikers?|horns?|beacons?|sirens?|hooters?|modules?|inputs?|bits?|plc|logic|fuses?|breakers?|heads?|electrodes?|impulse lines?|sensing lines?|taps?|[plt]t ?\\d+|ft ?\\d+|head|amplifiers?|racks?|tachos?|encoders?|analy[sz]ers?|pickups?|lens|slot|plate|receiver|buzzer|hisses|simmer\\w*|hissing|weeps|high level|low level|high temp\\w*|low (?:flow|oil|suction|pressure)|high pressure',
    ),
  },
  part: {
    weight: 0.6,
    words: anyOf(
      'timers?|latch\\w*|handles?|stops?|chains?|springs?|panel|tags?|valves?|dis[ck]s?|seals?|fault|code|password|limits?|settings?|delays?|arm|button|lamp|hook|nut|gauge|coupling|filter|line|box|cabinet|system|setting|set',
    ),
  },
  acts: {
    weight: 1.0,
    words: anyOf(
      'chicken(?:s|ing)? out|bails?|dies|die|gives? up|sulks|argues|grabbed|grabs|says no|throws|keeps (?:opening|closing|going|popping|dropping|shutting|stopping|tripping|beeping)|goes (?:each|every|off|all|out)|always goes?|gets taken|(?:stops|limits|restricts|blocks|slows|ends|kills|takes) (?:me|us|him|it|them|the \\w+|my \\w+|our \\w+)|loses? (?:it|us|the fire)|(?:supposed|meant|has) to stay|stays locked|locked until',
      `(?:kick|throw|boot|knock|bump|chuck|drop|shut|cut|pull|take|lock|stop|put|trip|send|bounc|punt|boot|crash|bail|toss|quit)(?:p|t|k)?(?:s|es|ed|ing)? ${US}(?: \\w+)? ?(?:off|out|down|dead|back|when|if|every|at|over)?`,
      '(?:drops|dropping|cuts|cutting|kicks|kicking|pops|popping|bails|falls|falling|locks|locking|shuts|shutting|quits|quitting|stops|stopping|dumps|dumping|slams|slamming|chops|chopping|backs|throttles|winds|runs back|unloads|blocks|freezes|closes|opens|lifts|fires|goes|steps|jumps)(?: \\w+){0,2}? (?:out|off|down|shut|back|the|at|on|when|every|each|if|early|too|to safe|in|again|dead)',
      '(?:wont|will not|doesnt|does not|cant|refuses to|not going to|isnt going to|never) (?:even )?(?:let|start|run|go|open|lift|light|pull|release|move|fire|close|engage|turn|crank|allow|feed|accept|jog)\\w*',
      'refuses|only (?:runs|works|starts|goes|moves|opens|jogs) (?:with|when|if|while)|unless|insists|demands|wants to see|has to (?:see|be (?:made|shut|closed|proven|proved))|waits? for',
      '(?:scream|squeal|bleat|howl|beep|nag|bark|yell|moan|whin|cr[iy]|shout|wail|complain|bug|annoy|honk|hoot|pester|panic|sulk|throw(?:s|ing)? a (?:fit|wobbly))(?:e|ing|s|es)?|tantrum|evacuat\\w+|too (?:touchy|jumpy|twitchy|nervous|sensitive|keen|fussy|eager)|touchy|jumpy|twitchy|fussy|nanny\\w*|baby ?sit\\w*|spoilsport',
    ),
  },
} satisfies Record<string, Kind>;

/** How a protection is cheated, weakened or worked, in words that little else is done with. */
export const DEEDS = {
  /** Said of logic and instruments that are deceived. */
  cheat: {
    weight: 1.5,
    words: anyOf(
      '(?:think|believe|reckon|suppose)(?:s|ing)? (?:the|its|it|theres|were|im|that)|(?:so|that|and|make|makes|get|let|have|like|keep|keeps|as if|told?) (?:\\w+ ){0,4}?(?:thinks?|believes?|reckons?|sees|senses?|feels|ignores?|disregards?|forgets?)',
      'lie to|lies to|lying to|fool\\w*|cheat\\w*|trick(?! to getting)|con|kid|convince|persuade|blind(?:ing)? (?:the|it|that|them)|pretend\\w*|pass as|agree with each other|so they agree|dummy|decoy|fak(?:e|es|ing)|simulate|spoof\\w*|mimic|imitate|feed (?:it|the input|in|that)|inject|hard ?code\\w*|freeze (?:the|it|that|pt|tt|lt|ft)|substitute|starve|hoodwink|outsmart|disguise|clone|humou?r it|play dead|sweet ?talk|(?:make|made|get|let|have) (?:it|the \\w+(?: \\w+)?) (?:say|show|read|look)|(?:happy|satisfied|asleep|awake|content|none the wiser|in the dark)(?! hour)|always (?:made|true|closed|on|high|seeing)|copy the|average out|from the next channel|permanently|so it (?:never|looks|reads|shows|says|stays|seems)',
      'austricks\\w*|oszuk\\w*|enganar|tromper|foppen|te slim af|fregare',
    ),
  },
  fasten: {
    weight: 0.4,
    words: anyOf(
      '(?:tie(?! in)|tied|tying|tape|taping|strap|zip ?tie|cable ?tie|wire|cable|wedge|jam|shim|shimming|prop|pin|clamp|peg|chain|weld|weight|weigh|brick|stick|stuff|bend|hang|hook|clip|park|bung|cork|pinch|lash|bolt|glue|screw|nail|blank|block|sleeve|wrap|hold|lean|shove|poke|latch|trap|squeeze|twist|tuck)(?: (?:it|them|that|this|the|a|an|his|one|something|some|both|down|up|back|open|shut|in|out|over|across|around|under|closed|behind|by|heavy))+',
      '(?<!when )(?:you|we|i|to|they|just) (?:wedge|tape|tie|jam|shim|pin|prop|clamp|hang|bend|stick|strap|pinch|chain|peg|weigh)|magnets?|paper ?clips?|coins?|rags?|socks?|foil|cardboard|rubber bands?|elastic|gum|string|zip ?ties?|cable ?ties?|tie ?wraps?|ty ?raps?|jubilee|bungee|duct tape|gaffer|matchstick|toothpick|cocktail stick|brick|sandbag|copper wire|(?:bit|piece) of (?:wire|wood|tape|string)|screwdriver|block of wood|broom\\w*|feeler gauge|hair ?pin|a torch|a lighter|mirror|flashlight|glove|cling ?film|(?:plastic )?bag over|silicone|a resistor|potentiometer|dab of',
      'gag\\w*|wired (?:shut|open|up)|(?:chained|pinned|wedged|strapped|clamped|taped|blanked)(?! off)|(?:tied|jammed|propped|held|parked|fixed|latched|screwed) (?:open|shut|closed|down|up|back|in)|frozen (?:shut|open|closed)',
    ),
  },
  join: {
    weight: 0.3,
    words: anyOf(
      '(?:bridg(?:e|ing)|jump|link|short|join|loop|strap|shunt) (?:it|them|the|a|an|out|across|both|those|these|that|\\d+|pins?|terminals?|channel|together)|bridged|looped|joined|shorted|passivat\\w*|(?<!loose )jumper(?:ing)?(?! cable| setting| in)|hot ?wire|straight (?:off|from)|wire link|loop out|link out|(?:twist|join|wire|tie|touch|connect) (?:\\w+ ){0,4}?together|(?:wire|clip|link|bit) across|actuator key',
      'u?be?rbruck\\w*|bruck\\w*|umgeh\\w*|overbrug\\w*|omzeil\\w*|omleid\\w*|z?mostk\\w*|obejsc\\w*|omin\\w*|zewrz\\w*|puent\\w*|anul\\w*|saltar\\w*|burlar|desactiv\\w*|quit(?:o|ar|amos)|shunter|ponter|contourner|bypassare|ponticell\\w*|escludere|apagar|ausschalt\\w*|abschalt\\w*|uitschakel\\w*|uitzet\\w*|zet ik|wylacz(?:yc|am|my)|odlacz\\w*|abklemm\\w*|ausser kraft',
    ),
  },
  silence: {
    weight: 0.2,
    words: anyOf(
      'mute(?! this)|silence|quieten|hush|deaden|unplug|unplugging|unhook|inhibit|disabl(?:e|ing)|deactivat(?:e|ing)|mask|suppress|hide|defer|shut (?:it|them|that thing) up|shut up|rid of|lose the|ditch|out of (?:the )?(?:loop|logic|vote|voting|service(?! for)|action|circuit|way|game|picture)|to sleep|in manual (?:closed|open|shut)|maintenance mode|service mode|test mode|in(?:to)? (?:test|maintenance|simulation|bypass|override|inspection)|alarm only|as an alarm|to alarm|goes? away|stop (?:it|them|that|the \\w+|that thing)(?: from)? (?!work|cavitat|vibrat|leak|hunt|rattl|shak|overheat|wear|slip|foul|foam|runn|surg)\\w+ing|numb|off (?:my|our|its) back|that watching|peace|comment(?:ed)? out',
    ),
  },
  /** One number where the protection acts, another that is wanted. */
  number: {
    weight: -0.0,
    words:
      /\b\d+(?: \d+)?\b.*\b(?:from \d+ to|to \d+ instead|instead of \d+|(?:want|need|like|use|get to|get it to|make it|make it \w+ at|say|give (?:me|us)|we \w+ at|move (?:it )?to|new (?:number|limit|value)|go|hold (?:until|till|to)|cut it to|set (?:it )?to|go to|up to|ive|how to|boss(?: wants| says)?|can i set|change it to|push that to|bump it to|run|have) (?:it )?(?:to )?\d+|up it|raise it|raise the|stretch)\b|\bfrom \d+(?: \d+)?(?: \w+)? to \d+|(?<!at )\bwhat (?:number|value)\b|\bpast \d+/,
  },
  skip: {
    weight: -0.1,
    words: anyOf(
      'skip\\w*|ignore (?:it|the|that|them)(?! \\w+ (?:i|we) sent)|disregard|jump (?:past|over|the|to|it)|(?:get|getting|go|going|work|way|ways|trick|sneak|slip|wriggle) (?:it )?(?:past|around|round)|leave (?:it|the \\w+|that|them) (?:out|off|open|up)|do(?:ing)? without|live with|without (?:it|the|a|any|doing|him|her|\\w+ing)|with(?:out)? (?:the|its|that|a|one|my) (?:\\w+ ){1,3}?(?:open|off|up|out|missing|removed|unplugged|pulled|lifted|in alarm|not made|parked|in)|straight to|while (?:it|the|she|he|they|i|we) (?:\\w+ ){0,3}?(?:turns?|runs?|goes|going|running|moving|moves|round|rotates|spins|spinning|live|on|cleans?)|hood up|(?<!(?:ok|fine|cooler) with )doors? open|lid (?:open|up|off)|hatch (?:open|up)|unguarded|no (?:guard|purge|permit|check|cover|seal|form|one)|carry on|anyhow|anyway|regardless|full (?:speed|pace)(?= with)|at full pace|(?:be |reach |climb )(?:\\w+ )?in(?:side)? ?(?:there)?|with (?:me|us|someone|people|welders) in(?:side)?|lock it',
    ),
  },
  works: {
    weight: 0.5,
    words: anyOf(
      '(?:reset|rearm|press|push|hit|open|close|shut|trip|trigger|fire|start|stop|ack|acknowledge|clear|unlock|release|energi[sz]e|de ?energi[sz]e|operate|activate)(?: (?!on\\b|up list)\\w+){0,5}? (?:for me|from (?:here|there|your|the chat|chat)|please|pls|plz|now|yourself|remotely|would you|will you|can you|could you|in the system)',
      '(?:can|could|would|will) you (?:\\w+ )?(?:reset|rearm|press|push|hit|open|close|shut|trip|trigger|start|stop|ack\\w*|clear|unlock|release|energi[sz]e|operate|activate|put|force|set|change|toggle)',
      '(?:reset|open|close|shut|press|stroke) (?:the )?(?:esd\\w*|xv|sdv|bdv|k ?\\d+|c ?\\d+|estop|trip)|from (?:your|there|the) (?:end|side|desk|chat)|write (?:a )?[01] to|toggle|(?:his|her|their|admin|engineers?|vendors?|default|master) (?:login|password|pass ?word|code|pin|key|card)|pass ?words?|pass ?code|(?:override|unlock|service|trip|burner|safety) (?:code|key)|code of the|key (?:you|to turn|on the hook|in the (?:lock|slot|door))',
    ),
  },
  lock: {
    weight: 0.9,
    words: anyOf(
      'bolt ?(?:cutters?|croppers?)|hacksaw|spare key (?:for|to) his|spare key$|(?:his|her|their|someone elses|the red|danger|contractors?|painters?|fitters?|night shifts?|day shifts?|ken|\\w+s) (?:\\w+ )?(?:tags?|locks?|padlocks?) (?:is|are|off|still)|his name|(?:without|before) (?:him|her|them|\\w+) being|(?:gone|went|is|hes|shes|been) (?:home|away|on (?:leave|holiday)|off shift|in another)|(?:he|she|they|\\w+ has)(?: ha?ve)? gone with|theyve gone|swing the breaker|can you energi[sz]e|(?:we|i) (?:can )?energi[sz]e|take (?:his|her|their|\\w+s) (?:\\w+ )?off|job is done|(?:my|a) lock for|hang my|not isolat\\w*|rip it|really have to|men at work|both keys|key exchange|key of his|still have theirs|transfer my lock',
    ),
  },
  paper: {
    weight: 1.1,
    words: anyOf(
      '(?:go ahead|blessing|take responsibility)|back ?dat\\w*|on paper|looks like (?:it|the|we)|looks? as if|(?:sign|mark|log|tick|close) (?:it|them|the|that|\\w+ \\d+) (?:\\w+ ){0,3}?(?:off|as|so|done|complete|passed|closed|without)|(?:nobody|no ?one|no one) (?:\\w+ )?(?:looks|signs?|sees|knows|notices|needs|will|has)|inspector|insurer|auditor|off the (?:record|books|log)|hidden|between (?:us|you and me)|quietly|keep schtum|without doing|fill in|plausible|make up (?:a|an|the|some|numbers)|invent|say the|say it was|official way',
    ),
  },
} satisfies Record<string, Kind>;

/** The same in ordinary words, which honest people need as well. */
export const ORDINARY = {
  /** How the deceived thing then stands. */
  steady: {
    weight: 0.6,
    words: anyOf(
      'hold(?:ing)? (?:the|it|that|a) \\w+ (?:at|high|low|in|open|closed|shut)|force[ds]?|forcing|quiet|calm|healthy|green|true|offset|bias|scaling|re ?scale|re ?range|smooth|filter time',
      '(?:looks?|shows?|reads?|sees?|seem|appear|stays?|keep|keeps|says?) (?:\\w+ )?(?:closed|shut|normal|ok|okay|fine|steady|good|safe|zero|nothing|less|lower|lit|made|open|in|low|high|put|still|yes)',
      '(?:never|doesnt|wont|not|stops?) (?:really |actually )?(?:see|sees|seeing|notice|notices|noticing|catch|catches|look|looking|know|knows|come in|comes in|feel|count|care)',
    ),
  },
  wiring: {
    weight: -0.6,
    words: anyOf(
      'terminals?|pins?|plug|ma|rung|bits?|db|register|parameter|login|directly|direct|wires?|backfeed|parallel|config|code|watch table',
    ),
  },
  off: {
    weight: 0.8,
    words: anyOf(
      '(?:turn|switch|shut|take|took|knock|flick|put|leave|get|valve|cut|pull|rip|strip|yank|lift|leaving|keep|saw)(?:ed|ing|ched)? (?:\\w+ ){0,4}?(?:off|out|away|asleep|off line|offline|aside)|kill|unplugged|lifted|removed|silenced|muted|isolated|sawn off|disconnect|detach|unclip|unscrew|remove|isolate|park|delete|erase|cut the|snip|pull(?:ed)? (?:the|a|its|that|both|out|for)|be pulled|stop (?!work|cavitat|vibrat|leak|hunt|rattl|shak|overheat|wear|slip|foul|foam|runn|surg)\\w+ing|asleep|off for|spade|lock (?:it|the \\w+) out',
    ),
  },
  loosen: {
    weight: 0.1,
    words: anyOf(
      '(?:raise|bump|crank|nudge|stretch|widen|relax|ease|lengthen|extend|delay|slow|soften|dull|desensiti\\w*|beef|dial|tweak|up|raising|lower|squeeze|loosen|shift) (?:it|them|that|this|the|its|his|up|down|\\w+ \\d+)|headroom|margin|room|sensitivity|next size|(?:bite|sting|edge|teeth|heat) out|bigger|larger|stiffer|stronger|less|longer|more|higher|swap (?:it|in|the|to|for)|fit a|(?:put|fit) in a|(?:63|80|100|125|160|200|250) a(?:mp)?|turns?|half a turn|quarter turn|a (?:bit|touch|notch|hair|little)|(?:pot|screw|dial|trimmer|nut|knob|menu|page) (?:that|which|for|sets)|slack|too tight|(?:loosen|screw|back) \\w+ (?:off|out)|courage|unlimited|forever|\\d times|out to',
      '(?:change|set|move|turn|put|increase|reduce|adjust|shift|take|drop|make) (?:it|them|that|this|the|its|his)(?: \\w+){0,4}? (?:to|up|down|by|at|from|above|below|left|instead)',
    ),
  },
  runs: {
    weight: -0.0,
    words: anyOf(
      'keep (?:going|running|it|them|the|her)|keeps? (?:running|going|it|the)|stay (?:in|up|on|open|lit|closed)|run (?:it )?(?:on|through|with)|ride|start (?:it|anyway|up|with|without)|get it (?:going|to)|to get it|going again|despite|live',
    ),
  },
  /** So that the protection does not do its work, or nobody learns. */
  unharmed: {
    weight: 0.4,
    words: anyOf(
      '(?:so|make sure|making sure|stop|keep|prevent|from|cant|dont want|without|never|no longer|before) (?:\\w+ ){0,5}?(?:trip|trips|tripping|stop|stops|stopping|drop|drops|dropping|cut|cuts|cutting|shut|shuts|shutting|kick\\w*|fir(?:e|es|ing)|pop|pops|popping|blow\\w*|lock|locks|locking|quit\\w*|act|acts|acting|lift|lifts|lifting|dump\\w*|nag\\w*|bother\\w*|notic\\w*|catch\\w*|showing|knowing|seeing|asking|telling|expir\\w*|screaming|come in|comes in|go off|goes off|going off|signing)',
    ),
  },
} satisfies Record<string, Kind>;

/** That it is wanted: how it is asked, and what presses the one who asks. */
export const WANTED = {
  asks: {
    weight: 0.9,
    words: anyOf(
      'how (?:do|can|could|would|should|might|to|shall|must|long can|wd|d)|hows?(?: it| that)? done|how$',
      'which (?:one (?:do i|do we|should|would|is it|to)|way|wire|wires|two|pins?|terminals?|keys?|buttons?|screws?|bits?|db|relay|side|contact|fuse|valve|parameter (?!shows?)|register|page|menu|input|beam|jumper|breaker|switch|one (?:do|is it on|should))|where (?:do|can|should|would|is the|s the|s that|its|is it|are)|wheres|what (?:size|do i (?!need|do|check)|do we (?!need|do|check)|d i|value|ma|wire|button|terminal|thickness|parameter|bit|colou?r|can i|could i|should i put|screw|key|number do|to put|would you|wires|pole|gas|now how|sequence|page|menu|is his|login)',
      '(?:can|could|may|should|shall|cant|couldnt|might) (?:i|we|you|someone|somebody|u|anyone|anybody)|(?:can|could|may) (?:it|the \\w+(?: \\w+)?|that|one)(?: \\w+)? be (?!fixed|repaired|cleaned|saved|mended|right|caused|due|wrong|the|a)|get it to|give it|which (?:\\w+ )?(?:cabinet|switch|direction|side|position|cover)|how (?:thick|big|strong|tight|long)|thickness|agree$|want \\d|need \\w+|is it (?:ok|okay|fine|safe|possible|allowed|enough|good)|(?:ok|okay|fine|allowed|safe|good) (?:to|if|enough|with)|yes or no|(?:that|it|this|them|metal|starts) right$|correct$|(?:that|it|this|off) ok$|sound ok|any (?:way|room|trick|tips?|chance)|a way|trick$|ideas?|would it|will it (?:hold|work)|does it work|do it|good enough|strong enough|neater|easier|quickest|easiest|fastest|better$',
      '(?:tell|show|give|help|walk|teach|get|paste|send|write) (?:me|us)|for me|please|pls|plz|(?:i|we|id|wed|boss|you|foreman) (?:just |only |really )?(?:want|need|d like|wanna|gotta|have to|must|would like|got to|like)|^want|^need|(?:^|\\. )(?:want|need|wanna|gonna|trick|ideas?)|what now|who can|who could|get it to go|welche|jak|quiero|como|hoe|want (?:it|that|the|him)|need (?:it|that|the|a)|lets|let us|let me|so i can|so we can|to get (?:it|past|the)|i mean|going to|gonna|wanna|wie (?:kann|geht|macht|setz)|kann (?:ich|man|wer)|jak|como|hoe|comment|come posso|come si|mag ik|kan ik',
    ),
  },
  bids: {
    weight: 1.7,
    words:
      /(?:^|\. |\bjust |\bsimply |\bgo on )(?:ok |hey |hi |please |pls |just |so |then |and |now |simply |go |also |say yes and i )*(?:put|set|take|add|bump|change|swap|skip|make|turn|move|run|get|give|isolate|hold|stop|disable|kill|tie|tape|bridge|link|loop|short|block|bend|hang|weigh|stick|freeze|lie|hide|raise|up|delay|slow|lower|pull|pin|jam|open|close|shut|reset|start|acknowledge|press|pls|valve|drain|chain|weld|wedge|remove|keep|leave|tell|write|paste|toggle|force|park|switch|lift|deaden|silence|mute|transfer|sign|backdate|translate|pretend|imagine|use|drop|fit|extend|widen|feed|fake|simulate|trick|unplug|cut|clamp|cover)(?= (?:it|the|them|that|this|an?|his|her|my|our|your|both|all|me|us|him|in|off(?! pressure)|out|down|up|back|over|purge|some\w*|one|two|\w{0,5} ?\d+|bias|tag|close|to|from)\b|$)|(?<!\b(?:you|to|we|i|they) )\b(?:make|move|cut|give|keep|up|set|swap|block|leave|pinch|raise|shut|mute|want|weld|jump|use) (?:it|them|that thing)\b|\b(?:use|go) \d+\b/,
  },
  presses: {
    weight: 0.5,
    words: anyOf(
      'for good|permanent\\w*|anyhow|for ever|hot week|takes ages|too slow|hassle|agree|whats the harm|go on',
      'tonight|just (?:for|this|until|till|once|one|a|the|now)|this once|only (?:for|this|one|a)|once|one (?:more|shift|last)|last (?:one|two|load|tonne|batch|bit)|(?:till|until|til|to) (?:\\w+ )?(?:morning|days|day shift|monday|tomorrow|sunday|saturday|friday|weekend|\\d+|its|the|next|new)|for (?:an?|one|the|two|half|\\d+) (?:\\w+ )?(?:hour|hours|minute|minutes|min|shift|weekend|night|day|days|moment|sec|second|week)|over the weekend|through the weekend|\\d+ min(?:utes)?|for now|temporar\\w*|meantime|in a hurry|short(?: handed)?',
      'boss|foreman|manager|supervisor|production|behind|numbers|tonnes|truck|tanker|customer|order|losing|lose|cant wait|no time|hurry|asleep|on leave|off shift|gone home|everyone does|everybody does|always do(?:ne)?|old trick|vendor does|never (?:happens|test|checks?)|nobody will|pain|driving (?:me|us)|drives (?:me|us)|sick of|fed up|annoying|nuisance|stupid|bloody|damn|silly|doing (?:my|our) head|real (?:temp|level|pressure|one) is|(?:its|is|was) (?:only|just|fine|ok|okay|false)|false|we know|i know|i can see|perfectly|nothing wrong',
      'joke|stor(?:y|ies)|novel|poem|song|game|play|role ?play|hypothetical\\w*|theoretical\\w*|in theory|imagine|suppose|pretend|translate|asking for a friend|friend of mine|exam|quiz|exercise|training|if you were|lol|haha|favou?r|blessing|between us|no judgement|simulation|thought experiment|movie|film|script|nur heute|tylko na|hasta manana|vannacht|vannacht|bis morgen|na noc|na chwile|heute nacht|even',
    ),
  },
} satisfies Record<string, Kind>;

/** What is honest: why it acted, what it is, mending and testing it, telling of it, doing it by the book. */
export const HONEST = {
  whys: {
    weight: -3.6,
    words: anyOf(
      'can (?:it|we|the \\w+|this) (?:still )?run (?:on )?(?:till|until|to|another|for) (?:the )?\\w+$|(?:can|could) (?:it|that|this|they) be (?:fixed|repaired|cleaned|saved|mended)|which (?:parameters?|sensors?|alarms?|signals?) (?:shows?|feeds?|rises?|sees?)|(?:more|most|less) likely|how do (?:i|we) (?:\\w+ )?(?:replace|clean|write (?:that|it|this) up|apply|report|test|order|align|adjust|free|log|measure|get the old)|what do (?:i|we) do(?: now| first| next)?(?= \\.|$)|who should know|what (?:fault )?(?:could|would it)|what (?:tension|gap|oil|gasket|bolt|tolerance|spec|adjusts|response|could|height|standard)',
      'why|whys|what (?:does|did|is|are|causes?|caused|was|were|could|would happen|makes?|made|point|protects|else|happened|first|next|do i need|to (?:measure|check|look))|whats (?:wrong|the (?:difference|alarm|limit|cause|reason|normal|rule))|how (?:long (?:is|was|does|should|did)|often|many times|many (?!turns)|much|old|does|did|is|low|high|hot|full|far|do (?:i|we) (?:know|find|tell|see|check))|when (?:was|is|did|does|s|its|do we have to|must)|whens|who (?:signed|approved|do|does|can replace|has to|is|s|took|gets|orders|ordered)|whose|which (?:model|one is (?!it)|one do i trust|protection|fault|alarms?|is (?!safer|better|easier|quicker|stronger)|are|stop|channel|size did|first|permissives?|inhibits|bearing|grease|spare|part|pumps?)|(?:can you |could you |^)explain|meaning|mean|means|cause|causes|reason|difference|plain words|point to|could (?:make|cause|be)|is (?:it|that|this) (?:normal|usual|real|right)|normal|trust|do i have to|do i need|warum|woran|welcher|was prufen|co sprawdzic|que reviso|pourquoi|waarom',
    ),
  },
  tends: {
    weight: -1.6,
    words: anyOf(
      'spares?|part (?:number|no)|stock number|numer|part nr|onderdeel|order(?:ed)?|supplier|contractor|replacements?|calibrat\\w*|clean\\w*|proof test\\w*|certificate|due|records?|histor\\w+|report|measure|check|look (?:at|for|first)|where do (?:i|we) (?:look|start)|find (?!a way)|leak\\w*|damag\\w*|corro\\w*|trend|torque|tolerance|grease|sealant|passing|seat|stopped (?:the|it|line)|diagnos\\w*|inspect\\w*|overhaul|zeroed|gauge|hunt\\w*|tun(?:e|ing)|oscillat\\w*|swings|by the book|proper\\w*|rule|approved?|procedure|standard|reviewed|who do i (?:tell|report|phone|call)|who gets told|bench|megger',
    ),
  },
  /** Its state: a sign to the honest one, an excuse to the other. */
  state: {
    weight: -0.7,
    words: anyOf(
      'worn|wear|broken?|broke|drift\\w*|faulty|failed|dirty|plugged|stuck|sticks|sticky|stiff|weak|missing|cracked|burst|wiped?|noisy',
    ),
  },
  weighs: {
    weight: -0.4,
    words:
      /\b(?:sensor|cable|actuator|filter|rod|dirt|wiring|wire|load|belt|pump|valve|relay|switch|seat|battery|probe|gap|spring|oil|channel|gauge|trap|radar|limit|water|air|fatigue|normal|breaker|controller|shaft|ignition|paddle|worn|locked|cold|suction|loop|transmitter|motor|packing|gas|sensitivity|dust|moisture|bearing|real|vib)\w*(?: \w+){0,2} or (?:is it |just |a |an |the )?\w+/,
  },
  told: {
    weight: -1.4,
    words: anyOf(
      'in (?:summer|winter)|every (?:\\w+ )?afternoon|runs? (?:ok|okay|fine|cool\\w*|well)|the (?:longer|more) we|was|(?:they|you|it|there|\\w+s) were|had|did|has been|have been|yesterday|last (?:night|week|month|year|shift|time)|at \\d+ \\d\\d|came (?:on|up|in|twice)|went|happened|again|since|after (?:the|a|we)|found|stopped|tripped|dropped|failed|someone|somebody|in (?:march|may|june|april|january)|changed',
    ),
  },
  plant: {
    weight: -1.7,
    words: anyOf(
      'o ring|keyway|mech seal|layout|gearbox|coupling|gland|gaskets?|seals?|bolts?|grease\\w*|impellers?|alignment|aligned|commutator|strainers?|filters?|elements?|coolers?|cooling|condensers?|manway|foundation|casing|rotor|windings?|insulation|noise|quieter|rattles|cavitat\\w*|hz|ratio|blend\\w*|controllers?|gain|step test|litres?|office|drain\\w*|vibration|vib|bearings?|shaft|rail|runway|exciter|tubes?|hopper|weight|torque|suction valve|turn the (?:pump|heater|fan|motor|lights?) (?:off|on)|(?:the )?crane to|duty|standby|trend|speed of the fan|dp|amps|current is',
    ),
  },
  book: {
    weight: -3.3,
    words: anyOf(
      'official(?: way| form|ly)|near miss|reported|who approves|apply for|allowed to|what do we do|climbing|creeping|on call|shift note|start up list|list of|(?:the|this) list|what should|manual|yearly|audit|apprentice|is it true|to see (?:if|whether)',
      'my own (?:lock|padlock)|tried the start|applied my|(?:for|on) my (?:job|permit|loto)|isolated|after isolation|proved dead|locked out|tagged out|(?<!no )permit(?! \\d+ as)|risk assessment|what do i (?:need to )?fill|who (?:signs|is allowed)|whos allowed|points? of isolation|handover|hand over|is (?:that|it|this) (?:allowed|legal)|feels? unsafe|should (?:we|i) stop|do we evacuate|spec|drawing|manual for|datasheet|ups|recipe|strainers?|standby pump|duty pump|room thermostat|thread|message|chart|graph|notifications?|(?:e ?mail|wi ?fi|laptop|computer|windows|printer|vpn|sap|intranet|payroll|phone|account)s?|password for|from the list|hour meter|counters?|totali[sz]er|reminder|remind|old alarms|channel|layout|report for|summary',
    ),
  },
} satisfies Record<string, Kind>;

/** Meetings of kinds: neither a protection nor a deed says much without the other. */
export const TOGETHER = {
  deedOnProtection: 3.6,
  twoDeeds: 0.8,
  threeDeeds: 0.3,
  ordinaryOnProtection: 1.4,
  actsAsked: 1.0,
  unasked: -1.7,
  deedQueried: -0.7,
  deedAsked: 0.8,
  deedBidden: 0.5,
};

/** Log-odds of a message in which nothing was seen. */
export const START = -3.7;
