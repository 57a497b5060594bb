/** How figures and names are said: confidence, who answered, stages, times. Knows nothing of the page. */

const STAGES = {
  received: 'Received',
  understanding: 'Understanding the question',
  recalling: 'Recalling what is known',
  thinking: 'Thinking',
  judging: 'Judging its own answer',
  'asking the teacher': 'Asking the teacher',
  'asking people': 'Asking people',
};

const REVIEWS = {
  complaint: { accept: 'It was wrong', reject: 'It was right' },
  trace: { accept: 'Teach it', reject: 'Do not' },
  correction: { accept: 'Teach it', reject: 'Withdraw it' },
  doubt: { accept: 'Right against the sheet', reject: 'The sheet is right' },
};

/** The two decisions on what waits for a review. */
export const reviewWords = (kind) => REVIEWS[kind];

export const stageWords = (stage) => STAGES[stage] ?? stage;

export const percent = (p) => `${Math.round(p * 100)} %`;

/** @returns {{words: string, level: 'high' | 'fair' | 'low'}} */
export function confidenceWords(p) {
  if (p >= 0.9) return { words: 'very likely right', level: 'high' };
  if (p >= 0.75) return { words: 'likely right', level: 'high' };
  if (p >= 0.5) return { words: 'unsure', level: 'fair' };
  return { words: 'very unsure', level: 'low' };
}

/** What an answer is, in a chip: who stands behind it. */
export function standing(answer) {
  if (answer.outcome === 'refused') {
    return {
      kind: 'refused',
      icon: 'shield',
      words: answer.answeredBy === 'rule' ? 'Refused by rule' : 'Not answered',
    };
  }
  if (answer.answer === '') return { kind: 'open', icon: 'people', words: 'Waiting for people' };
  if (answer.answeredBy === 'person') return { kind: 'person', icon: 'people', words: "A person's correction" };
  if (answer.answeredBy === 'student') return { kind: 'student', icon: 'tick', words: 'Student' };
  return { kind: 'teacher', icon: 'people', words: `Teacher: ${answer.answeredBy}` };
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });

export const timeOf = (iso) => clock.format(new Date(iso));
export const dayKey = (iso) => new Date(iso).toDateString();

export function dayOf(iso, now = new Date()) {
  const then = new Date(iso);
  if (then.toDateString() === now.toDateString()) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  return then.toDateString() === yesterday.toDateString() ? 'Yesterday' : dayName.format(then);
}

export const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(s < 10 ? 1 : 0)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  return s < 86_400 ? `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min` : `${Math.floor(s / 86_400)} d`;
}
