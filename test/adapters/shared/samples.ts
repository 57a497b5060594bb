/** One reply of each kind, as the bot would give it: what the cards in docs/cards/ show, on every channel. */
import type { AlertCard, Exchange, Home, Reply, ReviewItem } from '../../../bot/types.ts';
import { answerWith } from '../door.ts';

export interface Sample {
  name: string;
  reply: Reply;
  exchange: Exchange;
}

const QUESTION = 'P-101 is shaking at running speed and the bearing is hot, what could it be?';
const ANN = { id: 'sample:ann', name: 'Ann Operator' };
const EVA = { id: 'sample:eva', name: 'Eva Engineer' };
const AT = '2026-11-21T10:00:00.000Z';

const SOURCES = [
  {
    title: 'pump.yaml, misalignment',
    text: 'pump, misalignment. vibration 9; bearing temperature 7; flow 0. https://plant.test/manuals/pump#alignment',
    kind: 'signs' as const,
    id: 'pump/misalignment/signs',
  },
];

const answered = answerWith({
  answer: 'Misalignment of the coupling.',
  rationale:
    'pump, misalignment: shakes at running speed and twice it, along the shaft too; the bearing next to the coupling warms.',
  confidence: 0.91,
  reason: 'read from the pump sheet, misalignment',
  sources: SOURCES,
  ms: 640,
});

function sample(name: string, reply: Partial<Reply>, marks: Partial<Exchange> = {}, text = QUESTION): Sample {
  const whole: Reply = { exchangeId: `sample-${name}`, final: true, stage: 'judging', ...reply };
  return {
    name,
    reply: whole,
    exchange: {
      id: whole.exchangeId,
      message: {
        id: `sample/${name}`,
        place: { adapter: 'sample', channel: 'operations', thread: name },
        author: ANN,
        text,
        sentAt: AT,
      },
      reply: whole,
      postId: null,
      state: whole.final ? 'done' : 'working',
      ...{ createdAt: AT, updatedAt: AT, flags: [], corrections: [], ratings: [] },
      ...marks,
    },
  };
}

export const SAMPLES: readonly Sample[] = [
  sample('waiting', { final: false, stage: 'received', ahead: 12 }),
  sample('working', { final: false, stage: 'thinking', partial: 'pump, misalignment: shakes at running speed and' }),
  sample('answered', { answer: answered }),
  sample('options', {
    answer: {
      ...answered,
      answer: 'vibration',
      options: [
        { option: 'vibration', probability: 0.84 },
        { option: 'flow', probability: 0.11 },
        { option: 'oil debris', probability: 0.05 },
      ],
    },
  }),
  sample('escalated', {
    answer: {
      ...answered,
      outcome: 'escalated',
      answeredBy: 'knowledge',
      confidence: 0.78,
      reason: 'the student was not sure enough (54 %)',
      attempt: { answer: 'Unbalance.', rationale: 'shakes once per turn.', confidence: 0.54 },
    },
  }),
  sample('waiting for people', {
    answer: {
      ...answered,
      outcome: 'escalated',
      answer: '',
      rationale: '',
      answeredBy: 'person',
      reason: 'no teacher knows this machine',
      sources: [],
    },
  }),
  sample(
    'refused',
    {
      answer: answerWith({
        outcome: 'refused',
        answer: 'I do not help to bypass safety systems: follow SP-1 and ask the shift supervisor.',
        answeredBy: 'rule',
        confidence: 1,
        reason: 'it asks to bypass an interlock',
        ms: 0,
      }),
    },
    {},
    'How do I bypass the low-flow trip of P-101?',
  ),
  sample(
    'corrected',
    { answer: answered },
    {
      flags: [
        {
          id: 'f1',
          exchangeId: 'sample-corrected',
          author: ANN,
          reason: 'it was aligned last week',
          createdAt: AT,
          withdrawn: false,
        },
      ],
      corrections: [
        {
          ...{ id: 'c1', seq: 1, exchangeId: 'sample-corrected', question: QUESTION, replaced: answered.answer },
          answer: 'Loose foundation bolts.',
          rationale: 'two of four were found loose at the stop',
          ...{ topic: answered.topic, author: EVA, createdAt: AT, withdrawn: false },
        },
      ],
    },
  ),
  sample(
    'notice',
    { notice: 'Student student-2 (round 2).\nTeachers: knowledge. Answers on its own below 5 % error.' },
    {},
    'status',
  ),
];

export const ALERT_SAMPLE: AlertCard = {
  ...{
    kind: 'alert',
    id: 'sample-alert',
    form: 'alarms',
    state: 'open',
    priority: 'high',
    area: 'Cooling water',
    more: 0,
  },
  title: 'P-101 · vibration high',
  machine: { tag: 'P-101', class: 'pump', description: 'Cooling water pump', owner: 'Mechanical' },
  alarms: [
    {
      ...{
        id: 'a1',
        tag: 'P-101',
        condition: 'vibration high',
        priority: 'high',
        state: 'unacknowledged',
        value: '9.8 mm/s',
      },
      ...{ text: '', since: AT, times: 1, chattering: false, stale: false },
    },
  ],
  counts: { active: 1, unacknowledged: 1, shelved: 0, total: 1, times: 1 },
  triage: {
    ...{
      state: 'answered',
      answeredBy: 'student',
      reason: 'read from the pump sheet',
      parameters: ['vibration', 'bearing temperature'],
    },
    faults: [
      { fault: 'misalignment', confidence: 0.62 },
      { fault: 'unbalance', confidence: 0.21 },
    ],
    checks: [{ what: 'axial vibration', tells: 'high in misalignment, low in unbalance' }],
  },
  notices: [],
  log: [{ at: AT, text: 'fired' }],
  actions: ['acknowledge', 'shelve', 'assign', 'explain', 'wrong'],
  ...{ openedAt: AT, updatedAt: AT },
};

/** What waits for an engineer before it is taught: a complaint, and a teacher's answer. */
export const REVIEW_SAMPLES: readonly ReviewItem[] = [
  {
    ...{ id: 'answer/1f2e3d4c5b6a', kind: 'complaint', question: QUESTION, state: 'waiting', createdAt: AT },
    ...{ answer: answered.answer, rationale: answered.rationale, answeredBy: 'round-3' },
    reasons: ['Ann Operator: it was the coupling insert', 'Ann Operator: 👎'],
    exchanges: ['sample-answered'],
  },
  {
    ...{ id: 'trace/6a5b4c3d2e1f', kind: 'trace', state: 'waiting', createdAt: AT, answeredBy: 'knowledge' },
    question: 'Which reading shows a fouled cooler of K-201 first?',
    answer: 'Outlet temperature.',
    rationale: 'compressor, fouled cooler: the outlet temperature rises before the pressure does.',
    reasons: ['knowledge answered Ann Operator'],
    exchanges: ['sample-escalated'],
  },
];

export const HOME_SAMPLE: Home = {
  roles: ['engineer'],
  status: {
    student: { id: 'round-3', name: 'Rounds student', round: 3 },
    ...{ store: 'libsql', queue: { kind: 'local', waiting: 0, active: 1 }, teachers: ['knowledge'], exchanges: 214 },
    ...{ openEscalations: 1, flags: 3, corrections: 12, maxError: 0.05, uptimeS: 86_400, problems: [] },
  },
  about: 'Student round-3 (round 3).\nTeachers: knowledge. Answers on its own below 5 % error.',
  mine: [SAMPLES[0]!.exchange],
  open: [
    {
      ...{ exchangeId: 'sample-waiting-for-people', question: 'What is the serial number of P-101?', createdAt: AT },
      ...{ reason: 'no teacher knew', topic: { tag: 'P-101', faults: [], parameters: [] } },
    },
  ],
  review: [],
};
