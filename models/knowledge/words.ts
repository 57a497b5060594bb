/**
 * Words of a text: where they stand, and what is left of them once plural, tense and spelling are taken away. English
 * only, tuned to how machines are talked about; it knows nothing of sheets.
 */

/** A word of a text; `start` and `end` are UTF-16 offsets. */
export interface Word {
  start: number;
  end: number;
  /** Lower case, without accents and possessive s. */
  plain: string;
  /** What is left after folding: `vibrating`, `vibration`, `vibrates` → `vibrat`. */
  stem: string;
  /** No sentence punctuation stands between the word before and this one. */
  joined: boolean;
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’]s(?![\p{L}\p{N}]))?/gu;

/** Words in order of appearance. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    const plain = plainWord(match[0]);
    const between = text.slice(end, match.index);
    words.push({
      start: match.index,
      end: match.index + match[0].length,
      plain,
      stem: fold(plain),
      joined: words.length > 0 && between.length <= 4 && !/[.;:?!,()[\]{}"|\n\r\t]/.test(between),
    });
    end = match.index + match[0].length;
  }
  return words;
}

/** Folded content words, each as often as it occurs: what two texts are compared by. */
export function contentStems(text: string): string[] {
  return wordsOf(text)
    .filter((word) => !isSmallWord(word.plain))
    .map((word) => word.stem);
}

/** The text with spaces where these spans stood: all else keeps its place. */
export function blanked(text: string, spans: readonly { start: number; end: number }[]): string {
  return spans.reduce(
    (rest, { start, end }) => rest.slice(0, start) + ' '.repeat(Math.max(0, end - start)) + rest.slice(end),
    text,
  );
}

/** A name of several things, whose verb has no s: "damaged seals", unlike "dissolved gas", "oil debris" or "vacuum loss". */
export function isMany(name: string): boolean {
  return /(?<!s|i|u|ga)s$/.test(name);
}

/** Any of these names in a text, however they are spaced or hyphenated, plural or not. */
export function anyOf(names: readonly string[]): RegExp {
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  return new RegExp(`\\b(?:${longestFirst.map(escaped).join('|')})(?:s|es)?\\b`, 'gi');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '[\\s-]+');
}

/** A word that carries no plant meaning: article, pronoun, auxiliary, question word. */
export function isSmallWord(plain: string): boolean {
  return SMALL.has(plain);
}

/** A small word that may stand inside a name without changing it: "the bearing of the pump is worn". */
export function isFiller(plain: string): boolean {
  return FILLER.has(plain);
}

/** A filler that makes a sentence: "the bearing is worn". */
export function isVerb(plain: string): boolean {
  return VERB.has(plain);
}

/** A frequent word of another language that is no English word (or hardly one in a plant). */
export function isForeign(plain: string): boolean {
  return FOREIGN.has(plain);
}

/** A common English word, never to be mended into a name: `value` is not a misspelled `valve`. */
export function isCommonWord(plain: string): boolean {
  return SMALL.has(plain) || COMMON.has(plain) || COMMON_STEMS.has(fold(plain));
}

/** By its stem: a word that people ask with, or tell that something is amiss, and that names nothing that was seen. */
export function isAskingWord(stem: string): boolean {
  return ASKING.has(stem);
}

function plainWord(word: string): string {
  const lower = word.toLowerCase();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
  if (/^[\x00-\x7f]*$/.test(lower)) return lower.endsWith("'s") ? lower.slice(0, -2) : lower;
  return lower
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/['’]s$/, '');
}

const folded = new Map<string, string>();

/** Folds a plain word. Pure; results are kept for words of ordinary length. */
export function fold(plain: string): string {
  const kept = folded.get(plain);
  if (kept !== undefined) return kept;
  const stem = foldAnew(plain);
  if (folded.size < 50_000 && plain.length <= 24) folded.set(plain, stem);
  return stem;
}

function foldAnew(plain: string): string {
  if (plain.length <= 2 || /\d/.test(plain)) return plain;
  const special = SPECIAL.get(plain);
  if (special !== undefined) return special;
  let word = american(singular(plain));
  const again = SPECIAL.get(word);
  if (again !== undefined) return again;
  if (!THINGS_IN_ING.has(word)) word = withoutSuffix(word);
  return word.length > 3 && word.endsWith('e') ? word.slice(0, -1) : word;
}

function singular(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh|zz)es$/.test(word)) return word.slice(0, -2);
  if (word.length > 3 && word.endsWith('s') && !/(?:ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

function american(word: string): string {
  return word
    .replace(/draught/, 'draft')
    .replace(/(?<=[a-z]{3})our(?=$|ed|ing|less)/, 'or')
    .replace(/(?<=[a-z]{3})is(?=ed$|ing$|e$|er$|ation$)/, 'iz')
    .replace(/(?<=^(?:cent|met|lit|fib|calib))re(?=$|d$)/, 'er')
    .replace(/ll(?=ed$|ing$)/, 'l');
}

function withoutSuffix(word: string): string {
  for (const suffix of ['ically', 'ical', 'iness', 'ness', 'ment', 'ing', 'ion', 'ed', 'ly']) {
    if (!word.endsWith(suffix)) continue;
    const rest = word.slice(0, -suffix.length);
    if (suffix === 'ed' && rest.endsWith('e')) return word;
    if (rest.length < (suffix === 'ment' || suffix === 'ion' ? 4 : 3) || !/[aeiouy]/.test(rest)) return word;
    if (suffix === 'ical' || suffix === 'ically') return `${rest}ic`;
    if (suffix === 'iness') return rest;
    // running → run, clogged → clog; but pressing → press
    if ((suffix === 'ing' || suffix === 'ed') && /([bdgmnprt])\1$/.test(rest)) return rest.slice(0, -1);
    return rest;
  }
  return word;
}

/** Words whose family no suffix shows, and the plant's own short forms. */
const SPECIAL = new Map(
  Object.entries({
    worn: 'wear',
    wore: 'wear',
    broke: 'break',
    broken: 'break',
    breakage: 'break',
    stuck: 'stick',
    lost: 'lose',
    loss: 'lose',
    losing: 'lose',
    bent: 'bend',
    blown: 'blow',
    blew: 'blow',
    burnt: 'burn',
    torn: 'tear',
    shaken: 'shak',
    shook: 'shak',
    failure: 'fail',
    faulty: 'fault',
    leakage: 'leak',
    leaky: 'leak',
    blockage: 'block',
    slippage: 'slip',
    seepage: 'seep',
    erosion: 'erod',
    corrosion: 'corrod',
    expansion: 'expand',
    contraction: 'contract',
    dirt: 'dirt',
    dirty: 'dirt',
    noisy: 'nois',
    rusty: 'rust',
    imbalance: 'unbalanc',
    imbalanced: 'unbalanc',
    disbalance: 'unbalanc',
    loosened: 'loos',
    loosen: 'loos',
    hotter: 'hot',
    higher: 'high',
    lower: 'low',
    louder: 'loud',
    slower: 'slow',
    faster: 'fast',
    warmer: 'warm',
    colder: 'cold',
    longer: 'long',
    shorter: 'short',
    weaker: 'weak',
    stronger: 'strong',
    harder: 'hard',
    thicker: 'thick',
    thinner: 'thin',
    darker: 'dark',
    bigger: 'big',
    smaller: 'small',
    rougher: 'rough',
    deeper: 'deep',
    wider: 'wid',
    rose: 'ris',
    risen: 'ris',
    fell: 'fall',
    fallen: 'fall',
    sank: 'sink',
    sunk: 'sink',
    grew: 'grow',
    grown: 'grow',
    swung: 'swing',
    froze: 'freez',
    frozen: 'freez',
    smelt: 'smell',
    smelly: 'smell',
    smoky: 'smok',
    oily: 'oil',
    dusty: 'dust',
    greasy: 'greas',
    wobbly: 'wobbl',
    shaky: 'shak',
    sticky: 'stick',
    cloudy: 'cloud',
    foamy: 'foam',
    sooty: 'soot',
    muddy: 'mud',
    icy: 'ice',
    seized: 'seiz',
    seizure: 'seiz',
    ran: 'run',
    gage: 'gaug',
    vib: 'vibrat',
    vibs: 'vibrat',
    vibes: 'vibrat',
    temp: 'temperatur',
    temps: 'temperatur',
    brg: 'bearing',
    brgs: 'bearing',
    amp: 'amp',
    gbx: 'gearbox',
    press: 'press',
    xfmr: 'transformer',
    trafo: 'transformer',
    xformer: 'transformer',
    cyl: 'cylinder',
    cyls: 'cylinder',
    vac: 'vacuum',
    hyd: 'hydraulic',
    mech: 'mechanic',
    circ: 'circulat',
    diff: 'differential',
    volts: 'voltag',
    xmtr: 'transmitter',
    lvl: 'level',
    // endings that look like suffixes and are none
    fan: 'fan',
    ring: 'ring',
    spring: 'spring',
    string: 'string',
    speed: 'speed',
    feed: 'feed',
    bleed: 'bleed',
    need: 'need',
    gas: 'gas',
    gases: 'gas',
    bus: 'bus',
    lens: 'lens',
    axes: 'axis',
    tension: 'tension',
    station: 'station',
    portion: 'portion',
    motion: 'motion',
    option: 'option',
    options: 'option',
    question: 'question',
    questions: 'question',
  }),
);

/** Things whose names end in -ing: a casing is not what happens in a case. */
const THINGS_IN_ING = new Set(
  'bearing casing winding bushing coupling housing lining packing wiring piping tubing reading opening mounting grouting engineering morning evening during fitting rating ceiling'.split(
    ' ',
  ),
);

const set = (words: string): Set<string> => new Set(words.split(/\s+/));

const VERB = set('is are was were be been being has have had');

/** Frequent words of other languages; those that are English words too are left out, save "die". */
const FOREIGN =
  set(`der die das und ist nicht ein eine einen dem den warum wieso wie welche welcher welches bei zu mit auf
  wird werden ich wir sie zeigt soll le la les une des est pas pourquoi quel quelle quels quelles avec dans du aux que qui et
  el los las una es por qué cual cuál cómo para del está il lo gli che perché perche quale della dello nel sono het een niet
  waarom welke voor met um não nao qual são sao jest czy jak dlaczego och att det inte varför vilken`);

const FILLER =
  set(`a an the of in on at for to from by with and or is are was were be been being has have had its it this
  that these those our your my their very too quite really badly slightly again now some`);

const SMALL =
  set(`a about above after again all also am an and any are as at be because been before being below between both
  but by came can cannot come could did do does doing down during each either else even ever few for from get gets getting
  give gives given go goes going got had has have having he hello help her here hers hey hi him his how i if in into is it
  its itself just kind know let like ll look looks looking m made make makes many may maybe me might mine morning most much
  must my myself need neither no nor not now of off often oh ok okay on once one ones only or other others our ours out over
  own per perhaps please put quite rather re really s said same say see seem seems seen shall she should so some someone
  something soon still such sure t tell tells than thank thanks that the their theirs them then there these they thing things
  think this those though through thus to today too two under until up upon us use used using ve very via was we were what
  when where whether which while who whom whose why will with within without would yes yet you your yours yesterday
  anything everything nothing always never really well good bad best better worst worse more less least first second next
  last new old right wrong way want wants ask asked answer question option options following listed choose select pick name
  correct true false none three four five`);

/** Not names, and one or two letters away from one. */
const COMMON =
  set(`couldn didn hadn hasn haven isn mightn mustn needn shouldn wasn weren wouldn relevance irrelevance diagnostic diagnostics associate relates indication
  indications explained described follow reasons problems pyrometer pyrometers clause clauses value values stream streams casting castings pistol spend leading sheet sheets shirt shirts short sharp
  share shape shade shake finger figure fingers failing falling filling feeling sealing selling ceiling dealing healing
  boiling bolting belting beating heating meeting moving loving living timing touring tuning turning burning fuelling
  trading grading grinding blinding binding finding minding pending bending sending weather whether feather leather
  healing hearing wearing tearing bearish stair state stator status statue static station stations pressing process
  progress pleasure measure treasure creature feature future nature mature picture lecture current currently currency
  flower flowers floor flood flown allow below blow lower power tower powder order older folder bolder border boiler broiler
  cooler color colour closer cover clover over oven open opera operate operator operators option oil coil soil boil fail sail
  valid valet salve solve serve service device advice advise notice noise noises poise voice choice price prices prize
  scale scales seals seats steal steel steam street spread speech speak speaks spark spare space spaces place places
  plate plates plant plants planet plenty point points paint print printer pointer poster postal posted potter pitch
  patch batch catch match watch watches watched latch later layer lawyer player prayer paper pager pages
  rotten rotate routed router roster motto mother other brother another bother matter batter butter better letter
  meter meters metre litter filter fitter fighter lighter tighter winter water waters wafer waiter writer
  blame blades blaze blank block black blackout clock clack crack track truck trick tricks brick brush crush crash trash
  shift shifts shaft shafts chart charts start starts started smart heart hearts heard beard board boards
  cause causes caused pause pauses case cases ease leave leaves least lease please release increase decrease
  effect effects affect affects defect defects detect detects perfect collect connect correct direct
  check checks cheek chest chess choose chose chosen class classes glass grass gross cross press dress
  action actions section sections fraction traction friction fiction reaction motion notion nation ration
  engine engines engineer engineers machine machines matching reaching teaching
  trip trips strip strips trap traps drip drips grip drop drops crop stop stops step steps strap
  month months mouth north worth earth birth third thirds thirty
  small smell shell spell spill still skill skills stall stalls stair
  table cable cables capable stable unable enable usable title tiles
  plain plan plane planes plans player chain chains train trains drain drains grain brain brand bread break breaks broad
  light lights night right rights might tight fight flight height weight eight eighth
  large largo charge charges change changes changed chance orange range ranges strange
  level levels never seven eleven lever levers fever river driver drivers diver
  round rounds sound sounds found ground hound pound bound wound wounds would could should
  world words works worker working worked looking locking lacking leaving
  phase phases phrase phrases please phone photo shake shaken shaking making taking
  third there their where these those three throw threw through though thought
  france french spain canada japan peru norway germany london paris rome capital kings queen music movie story poem song
  football soccer league winner doctor health money market stock stocks shares weather recipe cooking baking pasta pizza
  pumpkin trumpet carpet compete complete compote computer computers company compare compared
  generation general generals generally generous genetic
  temper temple temporary transfer transform translate transport
  vocation vacation variation vitamin violation volume volumes voltaire
  properly property propeller projector protector director
  insulin instruction intention invention
  moisten rooster monster master faster easter easier
  turbulence tribune
  contact contract content context contest
  crane crank crate create grate
  tanks thanks banks ranks
  gears years tears fears bears
  seal real deal meal heal
  fans vans cans bans
  leak lead leaf lean peak weak beak
  belt bell best bent felt melt
  loose lose noose goose choose
  hurry row hourly daily weekly monthly yearly basis bit lot moment sudden sort kind regular result average colleague second
  angel aring host hosts moor assignment automated automates automating automation automaton blazing blocker bower carrier
  chopped chore clearer clone clones cloning closest coalesce compensate compensation compiling complying
  comprised comprises conception concision conditional conditionals consent convention conventions converting
  correlation corrupted corruption countdown covert curry decoration dedication defeats deflating derivation
  derive derives deriving detecting detection differentiate diffuse discarding displayed distributor doesn dumper
  dumping dumps efficient efficiently electronic entre exclusive expend expensive expiration expressive extending
  extensive extractor facet flaws flexibly fooled fuzzy grouping hinting hints inability increased increases
  indention indicative indices inefficient inflation inflection inset insets inspector interfacing intern
  invocation lengthy limitations lineage linear linker linkers listing machinery magnet maint masks messed messes
  midst mistaking misused multiplied multiplier multipliers multiply overhead overt parameter parity party peeks
  performed phrasing positional positionals primarily primer processor pulling qualify quantify radical redaction
  regarding replay resolution resolutions responder responsive restrictive revocation revocations samplers scala
  scheduler schedulers screwy secondarily seeds sells shipped shipping simple simples slated slicing sorted sorts
  specified specifier specifies speedy spelled sports stapled stapling stars stomped strings supplier suppliers
  terminate terminates thorough threading throughout timer timers titled tracer tracker transaction transformed
  transforms transitional transitive translation tricked trust tuned uploader users walter winning wishing
  monday tuesday wednesday thursday friday saturday sunday mondays sundays weekend weekends tonight tomorrow january february
  march april june july august september october november december hrs hour hours min mins sec secs wks weeks yrs ago till
  anyway probably maybe perhaps actually honestly basically dont doesnt didnt havent hasnt isnt wasnt cant wont shouldnt
  couldnt theres whats thats wheres gonna gotta pls plz please thanks cheers mate lads guys fella boss gaffer apprentice
  sparkies sparky electrician electricians fitter fitters vendor supplier contractor contractors manager supervisor officer
  ppl worry worried telling believes believe reckon guess budget nurse essay urgent quick knackered duff dodgy buggered
  wtf meh alert alerts email reply previous comment printout report reports log logged shift shifts nightshift
  barg mbar abs degc deg rms adj approx spec specs setpoint setpoints recommend quote cost costs money`);

const COMMON_STEMS = new Set([...COMMON].map(fold));

const ASKING = new Set(
  contentStems(
    `thistrouble thisquantity thismachine
    fault faults failure mode event problem defect trouble sensor parameter measurement reading signal indicator symptom indicated shown revealed
    abnormal change changes changing unusual strange anomalous anomaly wrong likely suspect suspected suspecting probable explain explains out range limits drifts
    trends trend trended alarm raises goes monitor monitored watched measured detected found identified listed affect affects disturb relevant linked closely
    engineer inspector operator sees come mind considered behind accounts logged healthy longer sign evidence clue suppose lead breaking inside uncover keep keeps
    value values level irrelevant unchanged unaffected unlikely expected associated related indicate indicates mean means machine asset plant equipment
    normal catch reveal show shows possible cause causes fits matches apply several correct high low rising falling rises falls up down increase increases
    drop drops unstable alone leaves defects watching waste time
    component part piece action corrective recommended recommend advice response respond step appropriate maintenance rule fired choose`,
  ),
);
