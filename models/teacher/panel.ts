/**
 * Several teachers asked at once: where most of them agree, that is the answer; where they do not, people decide, and what
 * each said is kept for them. One that failed has no voice; one that does not know has one, and it is not a yes.
 */
import type { Agree } from './agree.ts';
import type { Opinion, Teacher, TeacherAnswer, TeacherQuestion } from './types.ts';

export interface PanelOptions {
  teachers: readonly Teacher[];
  same: Agree;
  /** Default `panel`. */
  name?: string;
}

type Voice =
  | { kind: 'says'; opinion: Opinion; answer: Extract<TeacherAnswer, { kind: 'knows' }> }
  | { kind: 'does not know'; teacher: string; reason: string; opinions: Opinion[] }
  | { kind: 'failed'; teacher: string; reason: string };

/** An answer that nobody was there to confirm is worth less. */
const ALONE = 0.8;
const LONGEST_SAID = 80;

export function panel({ teachers, same, name = 'panel' }: PanelOptions): Teacher {
  return {
    name,
    async ask(question, signal) {
      signal?.throwIfAborted();
      const voices = await Promise.all(teachers.map((teacher) => voiceOf(teacher, question, signal)));
      return decided(voices, question, same);
    },
  };
}

async function voiceOf(teacher: Teacher, question: TeacherQuestion, signal: AbortSignal | undefined): Promise<Voice> {
  try {
    const answer = await teacher.ask(question, signal);
    if (answer.kind === 'knows') {
      const { answer: said, rationale, confidence } = answer;
      return { kind: 'says', opinion: { teacher: teacher.name, answer: said, rationale, confidence }, answer };
    }
    const { reason, opinions = [] } = answer;
    return answer.failed
      ? { kind: 'failed', teacher: teacher.name, reason }
      : { kind: 'does not know', teacher: teacher.name, reason, opinions };
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'failed', teacher: teacher.name, reason: `failed (${(error as Error).message})` };
  }
}

function decided(voices: readonly Voice[], question: TeacherQuestion, same: Agree): TeacherAnswer {
  const saying = voices.filter((voice) => voice.kind === 'says');
  const heard = voices.filter((voice) => voice.kind !== 'failed').length;
  if (saying.length === 0) {
    const reasons = voices.map((voice) => `${nameOf(voice)}: ${voice.kind === 'says' ? '' : voice.reason}`);
    const opinions = voices.flatMap((voice) => (voice.kind === 'does not know' ? voice.opinions : []));
    return {
      kind: 'does not know',
      reason: cut(reasons.join('; '), 380),
      ...(opinions.length ? { opinions } : {}),
      ...(heard === 0 ? { failed: true } : {}),
    };
  }
  const groups: (typeof saying)[] = [];
  for (const voice of saying) {
    const group = groups.find(([first]) => same(first!.answer.answer, voice.answer.answer, question));
    if (group) group.push(voice);
    else groups.push([voice]);
  }
  const [largest] = groups.sort((a, b) => b.length - a.length || sure(b) - sure(a));
  const best = largest!.reduce((a, b) => (b.answer.confidence > a.answer.confidence ? b : a));
  const mean = largest!.reduce((sum, { answer }) => sum + answer.confidence, 0) / largest!.length;
  if (largest!.length > 1 && largest!.length > heard / 2) {
    return { ...best.answer, confidence: round(mean * (0.5 + 0.5 * (largest!.length / heard))) };
  }
  if (heard === 1) return { ...best.answer, confidence: round(mean * ALONE) };
  const said = saying.map(({ opinion }) => `${opinion.teacher} says "${cut(opinion.answer, LONGEST_SAID)}"`);
  const unsure = voices
    .filter((voice) => voice.kind === 'does not know')
    .map(({ teacher }) => `${teacher} does not know`);
  return {
    kind: 'does not know',
    reason: cut(`the teachers do not agree: ${[...said, ...unsure].join('; ')}`, 380),
    opinions: saying.map(({ opinion }) => opinion),
  };
}

function nameOf(voice: Voice): string {
  return voice.kind === 'says' ? voice.opinion.teacher : voice.teacher;
}

function sure(group: readonly { answer: { confidence: number } }[]): number {
  return group.reduce((sum, { answer }) => sum + answer.confidence, 0);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function cut(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}
