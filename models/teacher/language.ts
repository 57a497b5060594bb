/**
 * A language model as a teacher: told the plant's facts, the student's attempt and its doubt; answers in a fixed form that
 * is parsed strictly; asked again once when it cannot be read, asked back once where it leaves the student's doubt open.
 * Who serves the model, what it costs and what leaves the machine is not known here (providers.ts, guarded.ts).
 */
import type { Fact } from '../knowledge/types.ts';
import type { Agree } from './agree.ts';
import type { Chat, ChatMessage } from './chat.ts';
import { askBack } from './doubt.ts';
import { ANSWER_SCHEMA, type AnswerForm, askAgain, factId, letter, parseAnswer, promptFor } from './prompt.ts';
import { TeacherFailure } from './retry.ts';
import type { Opinion, Source, Teacher, TeacherAnswer, TeacherQuestion } from './types.ts';

export interface LanguageModelTeacherOptions {
  chat: Chat;
  /** What the plant knows of a question, most telling first. */
  facts: (question: TeacherQuestion) => Fact[];
  same: Agree;
  /** How often the student asks back. Default 1. */
  followUps?: number;
}

const MAX_TOKENS = 900;
/** Independent samples of one question must be able to differ. */
const SAMPLING = 0.7;
/** Below this an answer is a guess. */
const LEAST_CONFIDENCE = 0.5;
/** A model's word for its own certainty is not calibrated; it never counts as certain. */
const MOST_CONFIDENCE = 0.95;
const LONGEST_REASON = 300;

export function languageModelTeacher({ chat, facts, same, followUps = 1 }: LanguageModelTeacherOptions): Teacher {
  return {
    name: chat.name,
    async ask(question, signal) {
      signal?.throwIfAborted();
      if (question.question.trim() === '') return { kind: 'does not know', reason: 'the question is empty' };
      const given = facts(question);
      const talk = conversation(chat, question, given, signal);
      try {
        const first = await talk.ask();
        const answer = answerOf(first, question, given, chat.name);
        if (answer.kind === 'does not know' || question.sample) return answer;
        return await firmly(answer, talk);
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof TeacherFailure) {
          return { kind: 'does not know', reason: cut(error.message), failed: true };
        }
        throw error;
      }

      /** The answer, once the student has asked back; who changes their mind then was not sure. */
      async function firmly(answer: Knows, { ask }: Talk): Promise<TeacherAnswer> {
        let now = answer;
        for (let turn = 0; turn < followUps; turn++) {
          const back = askBack(question, now, same);
          if (back === undefined) return now;
          const next = answerOf(await ask(back), question, given, chat.name);
          if (next.kind === 'does not know') return { ...next, opinions: [opinion(chat.name, now)] };
          if (!same(now.answer, next.answer, question)) {
            return {
              kind: 'does not know',
              reason: cut(`was not firm: first "${now.answer}", asked back "${next.answer}"`),
              opinions: [opinion(chat.name, now), opinion(chat.name, next)],
            };
          }
          now = { ...next, confidence: Math.min(now.confidence, next.confidence) };
        }
        return now;
      }
    },
  };
}

type Knows = Extract<TeacherAnswer, { kind: 'knows' }>;

interface Talk {
  /** `back`: what is asked after the first answer. */
  ask(back?: string): Promise<AnswerForm>;
}

/** One question and what follows it; each answer is asked for again once when it cannot be read. */
function conversation(
  chat: Chat,
  question: TeacherQuestion,
  facts: readonly Fact[],
  signal: AbortSignal | undefined,
): Talk {
  const options = question.options?.length ?? 0;
  const messages: ChatMessage[] = promptFor(question, facts);
  const say = async (): Promise<string> => {
    const { text, cutOff } = await chat.complete({
      messages,
      schema: ANSWER_SCHEMA,
      maxTokens: MAX_TOKENS,
      temperature: question.sample ? SAMPLING : 0,
      readable: (said) => parseAnswer(said, options).kind === 'parsed',
      ...(signal ? { signal } : {}),
    });
    messages.push({ role: 'assistant', content: text === '' ? '(nothing)' : text });
    return cutOff && parseAnswer(text, options).kind === 'fault' ? '' : text;
  };
  return {
    async ask(back) {
      if (back !== undefined) messages.push({ role: 'user', content: back });
      const first = parseAnswer(await say(), options);
      if (first.kind === 'parsed') return first.form;
      messages.push(askAgain(first.what));
      const second = parseAnswer(await say(), options);
      if (second.kind === 'parsed') return second.form;
      throw new TeacherFailure(`its answer could not be read, twice: ${second.what}`, { down: false });
    },
  };
}

function answerOf(
  form: AnswerForm,
  { options }: TeacherQuestion,
  facts: readonly Fact[],
  teacher: string,
): TeacherAnswer {
  const rationale = form.rationale.trim();
  if (!form.known) return { kind: 'does not know', reason: cut(rationale) };
  const chosen = options?.length
    ? [...new Set(options.filter((_, i) => form.options.includes(letter(i))))].join('; ')
    : form.answer.trim();
  const confidence = Math.min(MOST_CONFIDENCE, form.confidence);
  if (chosen.trim() === '') return { kind: 'does not know', reason: 'it chose an option that is empty' };
  const answer = { answer: chosen, rationale, confidence };
  if (confidence < LEAST_CONFIDENCE) {
    const reason = `is not sure (${Math.round(confidence * 100)} %): ${chosen}`;
    return { kind: 'does not know', reason: cut(reason), opinions: [{ teacher, ...answer }] };
  }
  const used = facts.filter((_, i) => form.facts.includes(factId(i)));
  return { kind: 'knows', ...answer, sources: used.map(sourceOf) };
}

function sourceOf({ id, kind, source, text }: Fact): Source {
  return { id, kind, title: source, text };
}

function opinion(teacher: string, { answer, rationale, confidence }: Knows): Opinion {
  return { teacher, answer, rationale, confidence };
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON - 1)}…` : line;
}
