/**
 * From a question to an answer: understand → recall → think → judge → decide → escalate, each a LangChain Runnable in a
 * file of its own. It knows neither channels nor stores; corrections and teachers are handed in.
 */
import { type Runnable, RunnableSequence } from '@langchain/core/runnables';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../models/knowledge/names.ts';
import { plainOption } from '../models/student/prompt.ts';
import type { Student } from '../models/student/types.ts';
import type { Doubt, Teacher, TeacherQuestion } from '../models/teacher/types.ts';
import { correctionMemory } from './corrections.ts';
import { type Decision, decide, refusal, thresholdFor } from './decide.ts';
import { type Escalated, type EscalateInput, escalate } from './escalate.ts';
import { type Judged, judge } from './judge.ts';
import { type Recalled, recall } from './recall.ts';
import { openAnswer, rationale, sentence, sourcesOf, whatNext } from './say.ts';
import { step } from './step.ts';
import { type Thinking, thinking } from './think.ts';
import type { Answer, Answerer, CorrectionLike, Question, Refusal, Stage, Topic } from './types.ts';
import { type Understood, understanding } from './understand.ts';

export interface AnswererParts {
  /** The student that serves now; null while none is loaded. Asked anew for every question, so a swap takes effect at once. */
  student: () => Student | null;
  /** Students of the machine's class or area, asked before the general one; the first that is sure enough answers. */
  specialists?: (about: About) => readonly Student[];
  knowledge: Knowledge;
  /** In the order in which they are asked. */
  teachers: readonly Teacher[];
  /** Corrections with a seq above the given one, withdrawn ones included. */
  corrections: (afterSeq: number) => Promise<readonly CorrectionLike[]>;
  /** Share of answers that may be wrong, 0–1. */
  maxError: number;
  /** The safety rule: a refusal, before any model is asked. */
  guard?: (text: string) => Refusal | null;
  /** Milliseconds. */
  clock?: () => number;
  /** For each teacher. Default 60 s: a server that fails is asked again meanwhile. */
  teacherTimeoutMs?: number;
  /** For all teachers together. Default 90 s. */
  teachersTimeoutMs?: number;
  /** The student's context window. Default 1,024. */
  contextTokens?: number;
  /** Built from the knowledge when not given; takes about 100 ms. */
  matcher?: Matcher;
}

/** What a specialist is chosen by. */
export interface About {
  /** Canonical class. */
  asset?: string;
  /** Of the register. */
  area?: string;
}

/** Confidence in what a person has corrected: high, and a figure of ours, not a measured one. */
const CORRECTED = 0.95;

interface Asking {
  question: Question;
  student: Student | null;
  startedAt: number;
  onStage: (stage: Stage, partial?: string) => void;
}
type Known = Asking & { understood: Understood; others: readonly Student[] };
type Remembered = Known & { recalled: Recalled };
type Screened = Remembered & { refused: Refusal | null };
type Thoughtful = Screened & { thinking: Thinking };
type Weighed = Thoughtful & { judged: Judged };
type Decided = Weighed & { decision: Decision };
type Settled = Decided & { escalated: Escalated | null };

export function createAnswerer(parts: AnswererParts): Answerer {
  const { knowledge, maxError } = parts;
  const clock = parts.clock ?? (() => performance.now());
  const matcher = parts.matcher ?? makeMatcher(knowledge);
  const understand = understanding(knowledge, matcher);
  const corrections = correctionMemory({ read: parts.corrections, understand, sameName: sameName(matcher) });
  const assets = knowledge.sheets.map((sheet) => sheet.asset);
  const recalling = recall({
    corrections,
    knowledge,
    ...(parts.contextTokens ? { contextTokens: parts.contextTokens } : {}),
  });

  const chain = RunnableSequence.from<Asking, Worded>([
    adding(
      'understood',
      'understanding',
      step('understand', ({ question }: Asking) => understand(question)),
    ),
    step('choose a student', (state: Asking & { understood: Understood }): Known => {
      const { topic, machine } = state.understood;
      const about = { ...(topic.asset ? { asset: topic.asset } : {}), ...(machine ? { area: machine.area } : {}) };
      const [student = null, ...others] = [
        ...(parts.specialists?.(about) ?? []),
        ...(state.student ? [state.student] : []),
      ];
      return { ...state, student, others };
    }),
    adding<Known, 'recalled', Recalled>('recalled', 'recalling', recalling),
    adding<Remembered, 'refused', Refusal | null>('refused', null, screen(assets)),
    adding<Screened, 'thinking', Thinking>('thinking', null, thinkUnlessRefused),
    adding<Thoughtful, 'judged', Judged>('judged', 'judging', judge),
    step('ask another student', (state: Weighed, signal) => surest(state, maxError, signal)),
    adding<Weighed, 'decision', Decision>('decision', null, decideOrRefuse(maxError)),
    adding<Decided, 'escalated', Escalated | null>(
      'escalated',
      null,
      escalateIfDecided(
        escalate(parts.teachers, {
          timeoutMs: parts.teacherTimeoutMs ?? 60_000,
          allMs: parts.teachersTimeoutMs ?? 90_000,
          guard: parts.guard,
        }),
      ),
    ),
    step('say', (settled: Settled) => ({
      ...said(settled, { knowledge, matcher }),
      understoodAs: settled.understood.rewritten,
    })),
  ]);

  return {
    async answer(question, { onStage, signal }) {
      const startedAt = clock();
      signal?.throwIfAborted();
      const student = parts.student();
      const refused = parts.guard?.(question.text) ?? null;
      if (refused) return { ...refusedAnswer(refused, question.topic, student), ms: clock() - startedAt };
      try {
        const answer = await chain.invoke(
          { question, student, startedAt, onStage: onStage ?? (() => {}) },
          signal ? { signal } : {},
        );
        return { ...answer, ms: clock() - startedAt };
      } catch (cause) {
        // LangChain wraps an abort in an error of its own; the caller gets the reason it gave.
        signal?.throwIfAborted();
        throw cause;
      }
    },
  };
}

// ------------------------------------------------------------------------------------------------ composition

/** A Runnable, or what stands for one, that reads part of the state. */
interface Invokable<State, T> {
  invoke(state: State, options?: { signal?: AbortSignal }): Promise<T>;
}

/** A step that adds what it found to what is known. */
function adding<State extends Asking, Key extends string, T>(
  key: Key,
  stage: Stage | null,
  inner: Invokable<State, T>,
): Runnable<State, State & Record<Key, T>> {
  return step(`${key}…`, async (state, signal) => {
    if (stage) state.onStage(stage);
    return { ...state, [key]: await inner.invoke(state, signal ? { signal } : {}) } as State & Record<Key, T>;
  });
}

/** What the words alone refuse. A correction of that very question outranks it. */
function screen(assets: readonly string[]): Runnable<Remembered, Refusal | null> {
  return step('screen', ({ understood, recalled }) =>
    recalled.corrections.length ? null : refusal(understood, assets),
  );
}

const thinkUnlessRefused = step<Screened, Thinking>('think unless refused', (state, signal) => {
  if (state.refused) return { kind: 'none', reason: state.refused.reason };
  state.onStage('thinking');
  return thinking.invoke(state, signal ? { signal } : {});
});

/** Where the first student is not sure enough the next is asked; the one nearest to its own threshold speaks. */
async function surest(first: Weighed, maxError: number, signal: AbortSignal | undefined): Promise<Weighed> {
  const lead = ({ student, judged }: Weighed): number =>
    student ? judged.confidence - thresholdFor(student.card.calibration, maxError) : Number.NEGATIVE_INFINITY;
  let best = first;
  for (const student of first.refused ? [] : first.others) {
    if (lead(best) >= 0) break;
    const other = { ...first, student };
    const thoughts = await thinking.invoke(other, signal ? { signal } : {});
    const weighed: Weighed = {
      ...other,
      thinking: thoughts,
      judged: await judge.invoke({ ...other, thinking: thoughts }),
    };
    if (lead(weighed) > lead(best)) best = weighed;
  }
  return best;
}

function decideOrRefuse(maxError: number): Runnable<Weighed, Decision> {
  const deciding = decide(maxError);
  return step('decide or refuse', (state) =>
    state.refused ? { kind: 'refuse', ...state.refused } : deciding.invoke(state),
  );
}

function escalateIfDecided(asking: Runnable<EscalateInput, Escalated>): Runnable<Decided, Escalated | null> {
  return step('escalate if decided', (state, signal) => {
    const { decision, understood, recalled, onStage } = state;
    if (decision.kind !== 'escalate') return null;
    const attempt = attemptOf(state);
    const question: TeacherQuestion = {
      question: understood.rewritten,
      ...(understood.options.length ? { options: understood.options } : {}),
      topic: understood.topic,
      facts: recalled.facts,
      ...(attempt ? { attempt } : {}),
      doubt: doubtOf(state, decision.reason),
      ...(understood.asked
        ? { understood: { asked: understood.asked, negated: understood.negated, seen: understood.seen } }
        : {}),
    };
    return asking.invoke({ question, onStage }, signal ? { signal } : {});
  });
}

/** What the student was unsure of, in the words that teachers are asked in. */
function doubtOf({ thinking: thoughts, judged, understood }: Decided, why: string): Doubt {
  const probabilities = thoughts.kind === 'thought' ? thoughts.thought.probabilities : [];
  const options = understood.options.map((option, i) => ({ option, probability: probabilities[i] ?? 0 }));
  return {
    reasons: [...new Set([why, ...judged.reasons])],
    ...(options.length > 0 && probabilities.length > 0 ? { options } : {}),
  };
}

/** Two names of one fault, parameter or component. */
function sameName(matcher: Matcher): (a: string, b: string, asset: string | undefined) => boolean {
  return (a, b, asset) =>
    (['fault', 'parameter', 'component'] as const).some((kind) => {
      const [x, y] = [matcher.nameOf(a, kind, asset), matcher.nameOf(b, kind, asset)];
      return x !== undefined && y !== undefined && x.name === y.name && Math.min(x.coverage, y.coverage) >= 0.75;
    });
}

// ------------------------------------------------------------------------------------------------ the answer

interface Speaking {
  knowledge: Knowledge;
  matcher: Matcher;
}

type Worded = Omit<Answer, 'ms'>;

function said(state: Settled, speaking: Speaking): Worded {
  const { decision, escalated, understood, student } = state;
  if (decision.kind === 'refuse') return refusedAnswer(decision, understood.topic, student);
  if (decision.kind === 'escalate') return escalatedAnswer(state, decision.reason, escalated!, speaking);
  if (decision.kind === 'corrected') return correctedAnswer(state, decision, speaking);
  const { thought } = state.thinking as Extract<Thinking, { kind: 'thought' }>;
  const { knowledge } = speaking;
  const topic = topicAfter(state, thought.answer, speaking);
  const next = whatNext({ ...understood, topic }, knowledge);
  return {
    outcome: 'answered',
    answer: thought.chosen.length
      ? inAskersWords(thought.chosen, understood)
      : openAnswer(thought.answer, understood) + next.said,
    rationale: rationale(thought.rationale, topic, knowledge),
    confidence: state.judged.confidence,
    answeredBy: 'student',
    reason: decision.reason,
    sources: sourcesOf([...next.facts, ...state.recalled.facts], [], topic, knowledge),
    ...optionScores(state),
    student: student!.card.id,
    topic,
  };
}

function correctedAnswer(
  state: Settled,
  decision: Extract<Decision, { kind: 'corrected' }>,
  speaking: Speaking,
): Worded {
  const { understood, recalled, judged, thinking: thoughts, student } = state;
  const deciding = recalled.corrections.at(-1)!;
  const topic = topicAfter(state, deciding.answer, speaking);
  const attempt = attemptOf(state);
  const { name } = deciding.correction.author;
  const own = deciding.correction.rationale.trim();
  const why = own || `${name} corrected the answer to this question on ${deciding.correction.createdAt.slice(0, 10)}`;
  const thought = decision.followed && thoughts.kind === 'thought' ? thoughts.thought : undefined;
  return {
    outcome: 'answered',
    answer: deciding.chosen.length ? inAskersWords(deciding.chosen, understood) : sentence(deciding.answer, topic),
    rationale: thought && !own ? rationale(thought.rationale, topic, speaking.knowledge) : sentence(why, topic),
    confidence: Math.max(decision.followed ? judged.confidence : 0, CORRECTED),
    answeredBy: decision.followed ? 'student' : 'person',
    reason: decision.reason,
    sources: sourcesOf(recalled.facts, recalled.corrections, topic, speaking.knowledge),
    ...(decision.followed ? optionScores(state) : {}),
    student: student?.card.id ?? NO_STUDENT,
    topic,
    ...(decision.followed || !attempt ? {} : { attempt }),
  };
}

function escalatedAnswer(state: Settled, why: string, escalated: Escalated, speaking: Speaking): Worded {
  const { understood, recalled, student } = state;
  const attempt = attemptOf(state);
  const base = {
    outcome: 'escalated' as const,
    student: student?.card.id ?? NO_STUDENT,
    ...(attempt ? { attempt } : {}),
  };
  if (escalated.kind === 'nobody') {
    return {
      ...base,
      answer: '',
      rationale: '',
      confidence: 0,
      answeredBy: 'person',
      reason: `${why}; ${escalated.reason}`,
      sources: sourcesOf(recalled.facts, [], understood.topic, speaking.knowledge),
      topic: topicAfter(state, '', speaking),
      ...(escalated.opinions.length ? { opinions: escalated.opinions } : {}),
    };
  }
  const { answer, teacher } = escalated;
  const topic = topicAfter(state, answer.answer, speaking);
  const chosen = chosenOptions(answer.answer, understood.options);
  return {
    ...base,
    answer: chosen.length ? inAskersWords(chosen, understood) : sentence(answer.answer, topic),
    rationale: sentence(answer.rationale, topic),
    confidence: answer.confidence,
    answeredBy: teacher,
    reason: why,
    sources: answer.sources.length ? answer.sources : sourcesOf(recalled.facts, [], topic, speaking.knowledge),
    topic,
  };
}

const NO_STUDENT = 'none';

function refusedAnswer(refused: Refusal, topic: Topic | undefined, student: Student | null): Worded {
  return {
    outcome: 'refused',
    answer: refused.answer,
    rationale: '',
    confidence: 1,
    answeredBy: 'rule',
    reason: refused.reason,
    sources: [],
    student: student?.card.id ?? NO_STUDENT,
    topic: topic ?? { faults: [], parameters: [] },
  };
}

function attemptOf({ thinking: thoughts, judged }: Weighed): Answer['attempt'] {
  if (thoughts.kind === 'none') return undefined;
  const { answer, rationale: because } = thoughts.thought;
  return { answer, rationale: because, confidence: judged.confidence };
}

/** What the thread speaks of from here on: a diagnosis has named its fault, a choice its parameter. */
function topicAfter({ understood, question }: Known, answer: string, { matcher }: Speaking): Topic {
  const { topic, asked } = understood;
  const found = matcher.find(answer, topic);
  const names = (matches: readonly { name: string; resolved: boolean }[]): string[] =>
    [...new Set(matches.filter((match) => match.resolved).map((match) => match.name))].slice(0, 3);
  const answered = { faults: names(found.faults), parameters: names(found.parameters) };
  // A diagnosis answers with a fault and was asked with readings; readings in its answer are advice.
  const diagnosis = asked === 'diagnose' || asked === 'faults';
  // Nothing named and nothing answered: the thread goes on speaking of what it spoke of.
  const thread = question.topic;
  if (answer === '' && understood.followUp && thread && topic.faults.length === 0)
    return { ...thread, ...topic, faults: thread.faults };
  return {
    ...topic,
    faults: topic.faults.length && !(diagnosis && answered.faults.length) ? topic.faults : answered.faults,
    parameters: topic.parameters.length || diagnosis ? topic.parameters : answered.parameters,
  };
}

function inAskersWords(chosen: readonly number[], { askedOptions }: Understood): string {
  return chosen.map((i) => askedOptions[i]!).join('; ');
}

/** Indices of the options that an answer names. */
export function chosenOptions(answer: string, options: readonly string[]): number[] {
  const whole = options.findIndex((option) => plainOption(option) === plainOption(answer));
  if (whole >= 0) return [whole];
  const parts = new Set(answer.split(';').map((part) => plainOption(part)));
  return options.flatMap((option, i) => (parts.has(plainOption(option)) ? [i] : []));
}

function optionScores({ thinking: thoughts, understood }: Settled): Pick<Answer, 'options'> {
  if (thoughts.kind === 'none' || understood.options.length === 0) return {};
  const { probabilities } = thoughts.thought;
  return { options: understood.askedOptions.map((option, i) => ({ option, probability: probabilities[i] ?? 0 })) };
}
