/**
 * The ways in which people ask. Each line is a small grammar: `[a|b]` is a choice (an empty branch is allowed), `{name}`
 * a slot. `train` wordings are taught; `held` wordings are kept for evaluation and never reach training.
 *
 * Slots: {asset} "an electric motor", {Asset} "electric motor", {fault}, {parameter}, {component},
 * {signs}, {when} (a rule's condition), {tag}.
 * The text is ours, from how operators, engineers and examiners talk; it comes from no benchmark.
 */
import type { Asked } from '../knowledge/select.ts';
import type { Random } from './random.ts';

export interface Wordings {
  train: readonly string[];
  held: readonly string[];
}

/** What is asked; the first two turned round: which does NOT. */
export type Relation = Asked | 'notParameters' | 'notFaults';

export const WORDINGS: Record<Relation, Wordings> = {
  parameters: {
    train: [
      '[Which|What] [sensor|parameter|measurement|reading|signal] [best|most clearly|most reliably|first] [shows|reveals|indicates|gives away] {fault} [in|on|of] {asset}?',
      '[For|On|In] {asset}, [which|what] [of these |of the following |]would you [measure|monitor|watch|trend] to [detect|find|catch|see|confirm] {fault}?',
      'If {fault} [occurs|develops|is developing|happens|sets in] in {asset}, which [measured |monitored |]parameter [changes|is affected|will change|reacts]?',
      '{Asset}: [how|with what] [do|can|would] [we|I|you] [see|detect|pick up|spot] {fault}?',
      '[When|Once] {asset} has {fault}, which [sensor|measurement|reading|indicator] is [most relevant|most useful|the one to look at|the best indicator]?',
      'Which [symptom|condition indicator|measured quantity|monitoring parameter] is [relevant to|associated with|linked to|typical of] {fault} of {asset}?',
      '[We suspect|I suspect|There may be|Suspecting] {fault} on {tag}. What [should we|should I|to] [look at|measure|trend|watch]?',
      '[what|which reading] [to watch|do i watch|should i watch] for {fault} on {tag}',
      'A [technician|fitter|maintenance engineer] wants to [monitor|watch for|catch] {fault} in {asset}; which [technique|measurement|sensor] [fits|serves|suits] [best|]?',
      'Name [the|a] [parameter|measurement|symptom] that [points to|speaks for|goes with|would confirm] {fault} [on|in] {asset}.',
      '{fault} [on|in|of] {Asset} - [which parameter|what measurement|which signal] shows it?',
      'Considering the failure mode {fault} of {asset}, which [input|sensor|parameter|option] [carries|gives|provides] [evidence|information|an indication] of it?',
      'Which [one |]of [these|the following|the listed] [sensors|parameters|readings|measurements] [responds|would respond|reacts|would react] to {fault} in {asset}?',
      '[Select|Choose|Pick] the [parameter|sensor|measurement|symptom] [best suited|most suitable|most suited] for [detecting|identifying|diagnosing|recognising] {fault} [in|on] {asset}.',
      'In condition monitoring of {asset}, {fault} is [detected|recognised|revealed|indicated] [by|through] a change in which [parameter|quantity|measurement]?',
      'To keep an eye on {fault} in {asset}, what do you put a [sensor|probe|trend] on?',
    ],
    held: [
      'Your {Asset} might be suffering from {fault}: what measurement would tell you so?',
      'What would you trend on {asset} if {fault} was your worry?',
      'Where does {fault} make itself felt first when the machine is {asset}?',
      'Out of the measurements available on {asset}, name the one that {fault} would disturb.',
      'Evidence of {fault} in {asset} would be found in which of the monitored quantities?',
    ],
  },
  cell: {
    train: [
      '[Does|Would|Will] {fault} [in|of|on] {asset} [show in|change|affect|be seen in] {parameter}?',
      '[Can|Could] {parameter} [reveal|detect|indicate|show] {fault} [in|on|of] {asset}?',
      '[Is|Would] {parameter} [be |][useful|relevant|any good|of use] [for|to detect|to find] {fault} [in|on] {asset}?',
      'Why [does|would|should] {parameter} [change|react|matter] [with|when there is|for] {fault} [in|on] {asset}?',
      '{tag}: does {parameter} tell me about {fault}?',
      'How does {parameter} [behave|change] [with|under|during] {fault} [in|of|on] {asset}?',
    ],
    held: [
      'Should I expect {parameter} to move if {asset} has {fault}?',
      '{fault} on {tag}: anything to see in {parameter}?',
    ],
  },
  notParameters: {
    train: [
      '[Which|What] [sensor|parameter|measurement|reading|signal] [does NOT|does not|would not|will not|cannot] [show|reveal|indicate|detect] {fault} [in|on|of] {asset}?',
      'If {fault} [occurs|develops|happens] in {asset}, which [measured |]parameter is [NOT|not] [expected to change|affected|likely to change]?',
      '[For|On|In] {asset}, which of [these|the following] is [irrelevant|of no use|useless|not relevant|not useful] [for|in] [detecting|finding|diagnosing|spotting] {fault}?',
      'Which [symptom|condition indicator|measured quantity|monitoring parameter] is [not|NOT|least] [relevant to|associated with|linked to|related to] {fault} of {asset}?',
      'All of [these|the following] [respond to|point to|may show|help to detect] {fault} in {asset} EXCEPT [which|one; which]?',
      'Which [one |]of [these|the following|the listed] [sensors|parameters|readings|measurements] [tells|would tell|says] [nothing|little|least] about {fault} in {asset}?',
      '[what|which reading] is no use for {fault} on {tag}',
      '[Select|Choose|Pick] the [parameter|sensor|measurement] that is [unsuitable|not suited|least suitable|least useful] for [detecting|identifying|recognising] {fault} [in|on] {asset}.',
      '{Asset} with {fault}: which [reading|measurement|sensor] [stays unchanged|would stay normal|remains unaffected]?',
      'Considering {fault} of {asset}, which [parameter|sensor|measurement] [gives|provides|carries] no [evidence|information|indication] of it?',
    ],
    held: [
      'Which of these would you leave out when hunting for {fault} in {asset}?',
      '{fault} will not disturb one of the following on {asset}; which?',
      'A colleague trends the wrong quantity to find {fault} in {asset}. Which of these is the wrong one?',
    ],
  },
  faults: {
    train: [
      '[Which|What] [fault|failure mode|failure|problem|failure event] [is indicated by|is shown by|is revealed by|goes with] [abnormal|a change in|an unusual|changing] {parameter} [in|on|of] {asset}?',
      'If {parameter} [is abnormal|changes|is out of range|drifts|trends away] on {asset}, which [fault|failure mode|failure] [is most likely|should be suspected|is probable|would explain it]?',
      '[The|] {parameter} of {asset} [is abnormal|is off|has changed|looks wrong]. [What|Which fault] [could it be|is behind it|would you suspect]?',
      'Which [failure mode|fault|failure event] of {asset} [can be|is] [detected|found|monitored|identified] [by|with|through] {parameter}?',
      'A [sensor|monitor|trend] for {parameter} on {asset} [raises an alarm|goes into alarm|shows an anomaly]: which [fault|failure mode] [fits|explains it|is the likely reason]?',
      '{tag}: {parameter} [is abnormal|out of limits|keeps changing|is not normal]. [what could be wrong|what fault|what is failing|which fault is it]?',
      'When {parameter} is [watched|monitored|measured|trended] on {asset}, which [fault|failure mode|defect] does it [reveal|catch|show|detect]?',
      'Which [one |]of [these|the following|the listed] [faults|failure modes|failures] would [change|affect|show in|disturb] {parameter} of {asset}?',
      '[Select|Choose|Pick] the [fault|failure mode] of {asset} that is [most relevant|best linked|most closely linked] [to|with] {parameter}.',
      'An [engineer|inspector|operator] sees [anomalous|abnormal|unusual] {parameter} on {asset}; which [failure|fault|failure mode] should [come to mind|be considered] first?',
      '{parameter} on {asset} is a sign of which [fault|failure mode|defect]?',
    ],
    held: [
      'Strange {parameter} has been logged on {asset}. Which defect accounts for it?',
      'What could be breaking down inside {asset} whose {parameter} no longer looks healthy?',
      'Name the trouble in {asset} that {parameter} would uncover.',
      'Suppose that the only clue on {asset} is {parameter}. To which failure does it lead?',
    ],
  },
  notFaults: {
    train: [
      '[Which|What] [fault|failure mode|failure|problem] is [NOT|not] [indicated by|shown by|revealed by|linked to|related to] {parameter} [in|on|of] {asset}?',
      'If {parameter} [is abnormal|changes|is out of range] on {asset}, which [fault|failure mode|failure] is [NOT|not|least] [likely|relevant|a probable cause]?',
      'Which [failure mode|fault] of {asset} [cannot be|can not be|is not|is NOT] [detected|found|seen|identified] [by|with|through] {parameter}?',
      'Which [one |]of [these|the following|the listed] [faults|failure modes|failures] would [not change|not affect|hardly touch] {parameter} of {asset}?',
      'All of [these|the following] faults of {asset} may show in {parameter} EXCEPT [which|one; which]?',
      '{parameter} on {asset} says [nothing|little] about which [fault|failure mode|defect]?',
      '[Select|Choose|Pick] the [fault|failure mode] of {asset} for which {parameter} is [irrelevant|of no use|not useful].',
    ],
    held: [
      'One of these defects of {asset} leaves {parameter} alone; which?',
      'For which trouble in {asset} would watching {parameter} be a waste of time?',
    ],
  },
  diagnose: {
    train: [
      '{tag} {signs}. [What could it be|What is wrong|What is it|what now|What fault is that|any idea]?',
      '{signs} on {tag}[, what could be the cause|, what is failing|: which fault|, why|].',
      '[Our|The|My] {Asset} {signs}. [What is the likely fault|What should I suspect|Which failure mode fits|What is going on]?',
      '[Operators report|The shift reports|We see|I notice|The log says]: {signs} ({Asset}). [Which fault|What fault|What] [is likely|fits|would explain it|is this]?',
      'Which [fault|failure mode|failure] of {asset} [explains|fits|matches|would give] [this|these signs|the following]: {signs}?',
      '{Asset}: {signs}. [Diagnosis|Most likely fault|Probable cause]?',
      '[hi|hello|morning], {tag} {signs}, [what do you think|what could that be|is that bad]?',
      'What [is wrong with|could be wrong with|ails] {asset} [when|that shows|if there is]: {signs}?',
    ],
    held: [
      '{signs}, and it is {tag}. Thoughts?',
      'Came on shift and found this at {tag}: {signs}. What are we looking at?',
      'Please explain what may have failed in {asset}; here is what we observe: {signs}.',
    ],
  },
  causes: {
    train: [
      '[What|Which] [causes|can cause|leads to|brings about|is a cause of] {fault} [in|of|on] {asset}?',
      'Why does {asset} [get|develop|suffer] {fault}?',
      'What is [a|the] [likely|common|typical|usual] [root |]cause of {fault} [in|on] {asset}?',
      '{fault} on {tag}: [what caused it|what could have caused it|root cause]?',
      '[How does|How can] {fault} [come about|start|arise] [in|on] {asset}?',
    ],
    held: ['What lies behind {fault} in {asset}?', 'Where does {fault} of {asset} come from?'],
  },
  effects: {
    train: [
      '[What|Which] [happens|will happen|follows|would happen] [if|when] {asset} [has|develops|runs with] {fault}?',
      'What is [a|the] [likely|possible|] [effect|consequence|result] of {fault} [in|on] {asset}?',
      '{fault} on {tag}: [what does it lead to|what can happen|how bad is it]?',
      'What does {fault} [do to|mean for] {asset} [if left alone|if nothing is done|]?',
    ],
    held: ['Where does {fault} end if {asset} is kept running?', 'What is at stake when {asset} shows {fault}?'],
  },
  checks: {
    train: [
      '[What|Which inspection] [should I|should we|do I|to|would you] [check|inspect|verify|look at] [first |]for {fault} [in|on] {asset}?',
      'How [do I|do we|can I|can we|to] [confirm|verify|prove|make sure of] {fault} [in|on|of] {asset}?',
      '{fault} on {tag}, [what should I check|what to check|what do I check first|how to confirm]?',
      'Which [check|test|inspection] [confirms|proves|verifies] {fault} of {asset}?',
    ],
    held: [
      'What would settle whether {asset} really has {fault}?',
      'How can one be certain that it is {fault} on {tag}?',
    ],
  },
  actions: {
    train: [
      '[What|Which action] [should I|should we|do I|to|would you] do [first |]about {fault} [in|on] {asset}?',
      '{fault} on {tag}, [what now|what should we do|what to do|what is the remedy]?',
      'How [is|do you|do we] {fault} of {asset} [fixed|repaired|remedied|put right|dealt with]?',
      '[What is the|Which] [corrective |maintenance |]action [for|against|in case of] {fault} [in|on] {asset}?',
    ],
    held: ['{tag} has {fault}. Next step?', 'What remedy would you recommend for {asset} with {fault}?'],
  },
  components: {
    train: [
      '[Which|What] [component|part] [is affected by|is concerned by|fails in|suffers from] {fault} [in|on|of] {asset}?',
      '{fault} of {asset} [concerns|affects|is a fault of] which [component|part]?',
      'In which [component|part] of {asset} does {fault} [sit|occur|arise|happen]?',
    ],
    held: ['Which piece of {asset} is at fault when one speaks of {fault}?'],
  },
  rule: {
    train: [
      '{Asset}: {when}. [What should be done first|What do we do first|First action|What now]?',
      '{when} on {tag}. [What should I do first|What to do|What is the first step|Which action]?',
      '[An alarm says|The monitoring rule says|The rule fired|We see this]: {when} ({Asset}). [Which action is recommended|What action fits|What should the operator do]?',
      'On {asset}: {when}. [Which maintenance action is appropriate|What is the right response|Recommended action]?',
      'If {when} on {asset}, [what should be done|which action comes first|what is recommended]?',
      'What [would you do|should maintenance do|is to be done] on {asset} when {when}?',
    ],
    held: [
      '{tag} reports this: {when}. Your advice for the shift?',
      'Condition on {asset}: {when}. Choose the response.',
    ],
  },
  parts: {
    train: [
      'Which [components|parts] [does {asset} have|belong to {asset}|are found in {asset}|make up {asset}]?',
      'Which of [these|the following] [components|parts] [is|would be] [found in|part of] {asset}?',
      'What [is|are the parts of] {asset} [made of|]?',
      'Which [component|part] [would you|does one] [find|meet] in {asset}?',
    ],
    held: ['Taking {asset} apart, which of these would you hold in your hands?', 'Name what is inside {asset}.'],
  },
  role: {
    train: [
      'What does the {component} of {asset} do?',
      'What is the [role|purpose|function|job] of the {component} in {asset}?',
      'What is the {component} [for|good for] in {asset}?',
      'Why does {asset} have {component}?',
    ],
    held: ['In {asset}, the {component} is there to do what?'],
  },
  instruments: {
    train: [
      '[What|Which instrument|Which sensor|Which device] [measures|is used to measure|reads] {parameter} [on|of] {asset}?',
      'How is {parameter} [of|on] {asset} [measured|read|recorded]?',
      'With [what|which instrument] [do I|do we|can one] measure {parameter} on {asset}?',
    ],
    held: ['Which device would you fit to get {parameter} of {asset}?'],
  },
  explain: {
    train: [
      'What is {fault} [in|on|of] {asset}?',
      'What does {fault} [in|on|of] {asset} mean?',
      '[Explain|Describe] {fault} [in|of|on] {asset}.',
      'What [happens|goes on|is going on] [inside|in] {asset} [with|when there is|during] {fault}?',
    ],
    held: ['Put {fault} of {asset} into plain words.'],
  },
};

/**
 * One plain wording of each relation. A question that is understood in full is posed to the student in it: rules are good
 * at language that a small model has never met ("leave out", "a waste of time"), the student at what is asked then. One
 * that is turned round is posed the same way: the choice is turned round afterwards. A diagnosis and a rule's condition
 * stay in the asker's own words.
 */
export const PLAIN: Readonly<Record<Exclude<Asked, 'diagnose' | 'rule'>, string>> = {
  parameters: 'Which parameters show {fault} of {asset}?',
  cell: 'Does {fault} of {asset} show in {parameter}?',
  faults: 'Which faults show in {parameter} of {asset}?',
  causes: 'What causes {fault} of {asset}?',
  effects: 'What happens if {asset} has {fault}?',
  checks: 'What should I check first for {fault} on {asset}?',
  actions: 'What should I do about {fault} on {asset}?',
  components: 'Which component is affected by {fault} of {asset}?',
  explain: 'What is {fault} of {asset}?',
  parts: 'Which components does {asset} have?',
  role: 'What does the {component} of {asset} do?',
  instruments: 'What measures {parameter} on {asset}?',
};

/** Questions from other trades and plain noise: to be told apart from plant talk, never answered as if known. */
export const ELSEWHERE: Wordings = {
  train: [
    'What is the capital of [Spain|Kenya|Canada|Japan|Peru|Norway]?',
    'Who [wrote|painted|composed] [the most famous opera|that novel|the ninth symphony|this picture]?',
    'How do I [bake|cook|season] [bread|rice|a pie|pasta|fish]?',
    'Which [team|player|club] won the [cup|league|final|race] [last year|in 1998|]?',
    'What is the [best|fastest] way to learn [French|the piano|chess|dancing]?',
    'How [tall|old|far|deep] is [the moon|Mount Everest|the ocean|that actor|the tower]?',
    'Write [a poem|a song|a story|a speech] about [spring|my cat|love|the sea].',
    'Which [vitamin|medicine|exercise] is good against [a cold|headache|stress]?',
    'What is the [tax|interest|exchange] rate [today|in Germany|for dollars]?',
    'Recommend a [film|hotel|restaurant|book|game] [in Rome|for tonight|for children].',
    'What [stock|share|coin] should I buy?',
    'Translate [good morning|thank you|hello] into [Italian|Polish|Chinese].',
    '[asdf|qwer|zxcv|hjkl|lorem|blah] [qwer|poiu|ipsum|mnbv|fghj|blub]',
    '[Tell me a joke|Sing me something|Are you human|What is your name|Who made you].',
  ],
  held: [
    'Who was king of [France|Spain] in 1700?',
    'Why is the sky blue?',
    'Which dog breed is best for a small flat?',
    'How many goals did [he|she] score?',
    'What does photosynthesis produce?',
    'wert zuio [pasd|fghk]',
  ],
};

/** One wording of a grammar. */
export function expand(grammar: string, rng: Random): string {
  return grammar
    .replace(/\[([^\]]*)\]/g, (_, branches: string) => rng.pick(branches.split('|')))
    .replace(/\s+/g, ' ')
    .replace(/ ([?.,;:])/g, '$1')
    .trim();
}

/** Puts values into slots. A slot without a value is an error of ours, so it throws. */
export function fill(text: string, slots: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = slots[name];
    if (value === undefined) throw new RangeError(`wording '${text}' has no value for {${name}}`);
    return value;
  });
}
