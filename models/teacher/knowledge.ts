/**
 * The teacher that needs no model: answers from the plant's sheets by rule, with the chain of thought in sentences and
 * the facts it rests on. What the sheets do not decide it says that it does not know, and why; it never guesses.
 */
import { type Asks, asks } from '../knowledge/asks.ts';
import { type Beyond, beyondIn } from '../knowledge/beyond.ts';
import { OIL_FILLED } from '../knowledge/gases.ts';
import type { Knowledge } from '../knowledge/knowledge.ts';
import { type Found, type Matcher, makeMatcher } from '../knowledge/names.ts';
import { withoutQuantities } from '../knowledge/quantities.ts';
import { wordsOfSigns } from '../knowledge/signs.ts';
import { chooseBySheet } from './choose.ts';
import { gasesTold } from './gases.ts';
import { limitsTold } from './limits.ts';
import { compared, owned, watched } from './overview.ts';
import { listed, paragraph } from './sentences.ts';
import { type Subject, sourcesOf, subjectIn } from './subject.ts';
import { type Told, tellFromSheet } from './tell.ts';
import type { Teacher, TeacherAnswer, TeacherQuestion } from './types.ts';
import { answeredForCommonest, answeredForTag, asOf, diagnosedAnywhere, limitOfCommonest } from './unnamed.ts';

export { diagnose, rankFaults, rankParameters } from '../knowledge/rank.ts';

/** What is read of a question; longer ones are pasted logs, whose beginning says what is asked. */
const LONGEST = 20_000;
/** Below this an answer is a guess. */
const LEAST_CONFIDENCE = 0.5;

/** So many words that neither sheets nor common English has tell of another trade, though one of them sounds like a machine. */
const TOO_STRANGE = 3;

/** @param matcher one made of the same knowledge, where the caller has it already */
export function knowledgeTeacher(knowledge: Knowledge, matcher: Matcher = makeMatcher(knowledge)): Teacher {
  return {
    name: 'knowledge',
    async ask(whole, signal) {
      signal?.throwIfAborted();
      const question = { ...whole, question: whole.question.slice(0, LONGEST) };
      const text = question.question;
      const found = matcher.find(text, question.topic);
      const options = question.options?.length ? question.options : undefined;
      const asked = options ? asks(text, found) : heard(asks(text, found), question.understood);
      const answer = (asset: string): TeacherAnswer => answerIn(asset, question, found, asked, { knowledge, matcher });
      const told = options ? undefined : (ofPlant(question, found, answer) ?? ofGases(question, found, answer));
      if (told) return told;
      const stranger = notOurs(text, found, matcher, options);
      if (stranger) return doesNotKnow(stranger);
      if (found.asset !== undefined) return answer(found.asset);
      return options ? amongMachines(found, answer) : ofUnnamed(question, found, asked, answer);
    },
  };

  /** What the register tells: who looks after a machine, and of which class a tag would be that it does not have. */
  function ofPlant(
    question: TeacherQuestion,
    found: Found,
    answer: (asset: string) => TeacherAnswer,
  ): TeacherAnswer | undefined {
    const { register } = knowledge;
    const tag = found.tags[0]?.asset.tag ?? question.topic.tag;
    if (tag && beyondIn(question.question, found) === 'who') {
      const told = owned(register, tag);
      return toldBy(told, knowledge);
    }
    return answeredForTag(register, found, answer);
  }

  function ofUnnamed(
    question: TeacherQuestion,
    found: Found,
    asked: Asks,
    answer: (asset: string) => TeacherAnswer,
  ): TeacherAnswer {
    const beyond = beyondIn(question.question, found);
    if (beyond === 'limit') return limitOfCommonest(found, answer) ?? doesNotKnow(whichOne(found));
    const anywhere = asked.relation === 'diagnose' ? diagnosedAnywhere(knowledge, question, found) : undefined;
    if (anywhere?.kind === 'told') return knows(anywhere, knowledge);
    const relation = beyond === 'compare' ? undefined : asked.relation;
    return answeredForCommonest(found, relation, answer) ?? doesNotKnow(whichOne(found));
  }
}

/** The chain has looked at the thread and at what the sheet says as well: of an open question it knows better what is asked. */
function heard(own: Asks, understood: TeacherQuestion['understood']): Asks {
  return understood ? { ...own, relation: understood.asked, negated: understood.negated } : own;
}

/** Why the question is not one for the sheets, if so. */
function notOurs(
  text: string,
  found: Found,
  matcher: Matcher,
  options: readonly string[] | undefined,
): string | undefined {
  const names = [...found.assets, ...found.faults, ...found.parameters, ...found.components].length;
  if (found.unknownTags.length > 0 && found.tags.length === 0 && found.assets.length === 0) {
    return `the register has no machine ${found.unknownTags[0]!.text}; name its class, such as pump or fan, or add it to the register`;
  }
  if (found.strangers.length > 0 && found.asset === undefined) {
    return `no sheet describes '${found.strangers[0]!.text}'; name a machine that the sheets have, or add a sheet for it`;
  }
  const plantTalk = Math.max(matcher.inDomain(text), options ? 0.8 * matcher.inDomain(options.join('; ')) : 0);
  if (found.asset === undefined && names === 0)
    return 'the question names no machine, fault or parameter that the sheets have';
  // A machine and a fault by their names are enough, whatever else was pasted beside them.
  const plain = [found.assets, found.faults].every((names) => names.some(({ how }) => how !== 'typo'));
  const unheardOf = found.tags.length > 0 || plain ? [] : [...new Set(matcher.unheardOf(text))];
  if (unheardOf.length >= TOO_STRANGE) {
    return `the sheets have no ${listed(unheardOf.slice(0, 4), 'or')}: name the machine by its tag or its class`;
  }
  if (plantTalk < 0.3) return 'this is not about a machine that the sheets describe, or not in English';
  return undefined;
}

function answerIn(
  asset: string,
  question: TeacherQuestion,
  found: Found,
  asked: Asks,
  known: { knowledge: Knowledge; matcher: Matcher },
): TeacherAnswer {
  const sheet = known.knowledge.sheet(asset);
  if (!sheet) return doesNotKnow(`there is no sheet for ${asset}`);
  const options = question.options?.length ? question.options : undefined;
  const beyond = options ? undefined : beyondIn(question.question, { ...found, asset }, threadOf(question));
  if (beyond === 'gases') return toldBy(gasesTold({ text: question.question, sheet }), known.knowledge);
  const foreign = [...found.faults, ...found.parameters].filter(
    (match) => match.how !== 'typo' && !match.candidates.some((candidate) => candidate.asset === asset),
  );
  const subject = withReadings(subjectIn(sheet, question.question, found, asked, question.topic), question);
  if (
    foreign.length > 0 &&
    subject.faults.length === 0 &&
    subject.parameters.length === 0 &&
    asked.relation !== 'diagnose'
  ) {
    return doesNotKnow(`the ${asset} sheet has no ${foreign[0]!.name}`);
  }
  if (options) {
    const choice = chooseBySheet(subject, options, known.matcher);
    if (choice.kind === 'not known') return doesNotKnow(choice.reason);
    const { options: chosen, confidence, rationale, facts } = choice.chosen;
    if (confidence < LEAST_CONFIDENCE)
      return doesNotKnow(`the ${asset} sheet cannot tell the options apart surely enough`);
    return {
      kind: 'knows',
      answer: chosen.join('; '),
      rationale,
      confidence,
      sources: sourcesOf(known.knowledge, facts),
    };
  }
  const machine = known.knowledge.register.find(found.tags[0]?.asset.tag ?? question.topic.tag ?? '');
  const ofLimits = { text: question.question, sheet, found, thread: question.topic.parameters, machine };
  const told =
    (beyond === 'limit'
      ? limitsOrSigns(limitsTold(ofLimits), subject, found)
      : beyond && beyond !== 'who' && tellBeyond(beyond, subject)) || tellFromSheet(subject);
  if (told.kind === 'told' && told.confidence < LEAST_CONFIDENCE) {
    return doesNotKnow(`several faults of the ${asset} sheet fit; closest: ${told.answer.replace(/\.$/, '')}`);
  }
  return toldBy(told, known.knowledge);
}

function toldBy(told: Told, knowledge: Knowledge): TeacherAnswer {
  return told.kind === 'told' ? knows(told, knowledge) : doesNotKnow(told.reason);
}

/** Formulas and figures are no plant talk, and still tell the machine: no other has its oil read for gas. */
function ofGases(
  question: TeacherQuestion,
  found: Found,
  answer: (asset: string) => TeacherAnswer,
): TeacherAnswer | undefined {
  if (beyondIn(question.question, found, threadOf(question)) !== 'gases') return undefined;
  const told = answer(found.asset ?? OIL_FILLED);
  return found.asset === undefined && told.kind === 'knows' ? asOf(OIL_FILLED, told) : told;
}

function threadOf({ topic }: TeacherQuestion): { fault: string | undefined; parameters: string[] } {
  return { fault: topic.faults[0], parameters: topic.parameters };
}

/** No limit is given for the value; what was told besides may speak for a fault all the same. */
function limitsOrSigns(limits: Told, subject: Subject, found: Found): Told {
  const named = [...found.tags, ...found.assets, ...found.parameters, ...found.components];
  const signs = wordsOfSigns(withoutQuantities(subject.text), named);
  const machine = found.tags.length + found.assets.length > 0;
  if (limits.kind === 'told' || !machine || signs < SIGNS_BESIDE_LIMIT) return limits;
  const fits = tellFromSheet({ ...subject, asks: { ...subject.asks, relation: 'diagnose', negated: false } });
  if (fits.kind !== 'told' || fits.confidence < LEAST_BESIDE_LIMIT) return limits;
  return { ...fits, answer: paragraph(`for the value itself ${limits.reason.split(';')[0]}`, fits.answer) };
}

/** How sure a diagnosis is that is given where a limit was asked for. */
const LEAST_BESIDE_LIMIT = 0.6;
/** So many words of what was seen: fewer only ask whether the value is normal. */
const SIGNS_BESIDE_LIMIT = 4;

function knows(told: Extract<Told, { kind: 'told' }>, knowledge: Knowledge): TeacherAnswer {
  const { answer, rationale, confidence, facts } = told;
  return { kind: 'knows', answer, rationale, confidence, sources: sourcesOf(knowledge, facts) };
}

/** What no one fact answers; undefined where it can be answered like any other question. */
function tellBeyond(beyond: Exclude<Beyond, 'who' | 'limit' | 'gases'>, { sheet, faults }: Subject): Told | undefined {
  switch (beyond) {
    case 'watch':
      return watched(sheet);
    case 'compare':
      return faults.length >= 2 ? compared(sheet, faults[0]!, faults[1]!) : undefined;
    case 'how often':
      return { kind: 'not known', reason: `the ${sheet.asset} sheet gives no intervals; ask for the maintenance plan` };
    case 'history':
      return {
        kind: 'not known',
        reason: 'what happened is in the logs, which are not read; say what was seen, heard or measured',
      };
  }
}

/** With the readings that were told in everyday words, for a diagnosis. */
function withReadings(subject: Subject, { understood }: TeacherQuestion): Subject {
  if (subject.asks.relation !== 'diagnose' || !understood) return subject;
  const named = new Set(subject.parameters.map(({ name }) => name));
  return { ...subject, parameters: [...subject.parameters, ...understood.seen.filter(({ name }) => !named.has(name))] };
}

/** No machine is named, and there are options: where every machine in question agrees, that is the answer. */
function amongMachines(found: Found, answer: (asset: string) => TeacherAnswer): TeacherAnswer {
  const machines = found.assetCandidates;
  const answers = machines.map(answer).filter((one) => one.kind === 'knows');
  const [first] = answers;
  if (!first || answers.length < machines.length || answers.some((one) => one.answer !== first.answer))
    return doesNotKnow(whichOne(found));
  const least = Math.min(...answers.map((one) => one.confidence));
  return { ...first, confidence: Math.round(least * 900) / 1000 };
}

function whichOne({ assetCandidates: machines }: Found): string {
  if (machines.length === 0) return 'the question names no machine';
  return `it depends on the machine: name its class or tag (${listed(machines.slice(0, 5), 'or')}${machines.length > 5 ? ' …' : ''})`;
}

function doesNotKnow(reason: string): TeacherAnswer {
  return { kind: 'does not know', reason };
}
