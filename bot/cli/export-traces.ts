/**
 * `rounds traces export FILE`: teachers' answers as they were logged; with --trl what the plant has validated, as TRL's
 * trainers read chats, in the lines in which a student of another maker is spoken to; with --for-teacher what the plant
 * knows and has validated, for a large model to be tuned on or given. What may leave the machine is reviewed, validated and
 * redacted, and the audit log says that it was written.
 */
import { userInfo } from 'node:os';
import { sampleEpisodes } from '../../models/distill/episodes.ts';
import { type Trace, validate } from '../../models/distill/validate.ts';
import { BadInput } from '../../models/errors.ts';
import { readableGrades } from '../../models/knowledge/facts.ts';
import type { Knowledge } from '../../models/knowledge/knowledge.ts';
import type { Fact } from '../../models/knowledge/types.ts';
import { plainCompletion, plainPrompt } from '../../models/student/plain-form.ts';
import type { PromptParts } from '../../models/student/prompt.ts';
import { type Config, loadConfig } from '../config.ts';
import { openKnowledge } from '../main.ts';
import { auditEntry } from '../middleware/audit.ts';
import { plantRedactor } from '../serving/teachers.ts';
import { openDatabase } from '../store/database.ts';
import { sqlStore } from '../store/store.ts';
import type { Store } from '../types.ts';
import { exportLog } from './export.ts';
import { type Output, print, writeLines } from './output.ts';
import { roundLog } from './round-log.ts';

export interface TraceFlags extends Output {
  trl?: boolean;
  withSheets?: number;
  forTeacher?: boolean;
  /** The former way to say --trl. */
  format?: 'plain' | 'trl';
}

/** One conversation, as TRL's SFTTrainer and large models' fine-tuning services read it. */
interface Chat {
  messages: { role: 'system' | 'user' | 'assistant'; content: string }[];
}

export async function exportTraces(file: string, flags: TraceFlags): Promise<void> {
  const { withSheets = 0, forTeacher = false, json = false } = flags;
  const trl = flags.trl === true || flags.format === 'trl';
  if (trl && forTeacher) throw new BadInput('--trl and --for-teacher are two files: give one at a time');
  if (withSheets && !trl) throw new BadInput('--with-sheets belongs to --trl: give both');
  if (!trl && !forTeacher) return exportLog('traces', file, { json });
  const config = loadConfig();
  const knowledge = await openKnowledge(config);
  const store = sqlStore({ database: await openDatabase(config) });
  try {
    const { redact } = plantRedactor(config.teaching, knowledge)();
    const { traces, left } = await validated(store, config, knowledge, redact);
    const chats = forTeacher ? teacherChats(knowledge, traces, redact) : studentChats(knowledge, traces, withSheets);
    const count = await writeLines(
      file,
      chats.map((chat) => JSON.stringify(chat)),
    );
    const what = forTeacher ? 'traces export --for-teacher' : 'traces export --trl';
    const { username } = userInfo();
    const who = { id: `cli:${username}`, name: username };
    const note = { what, target: file, before: '', after: `${count} chats, ${traces.length} of traces`, allowed: true };
    await store.audit(auditEntry(who, note, new Date()));
    if (file === '-') return;
    print({ json }, { log: 'traces', file, count, traces: traces.length, left }, [
      `${count} chats written to ${file}, ${traces.length} of them validated traces`,
      ...(left
        ? [`${left} traces were left out: not reviewed, or not valid; \`rounds review list\` shows what waits`]
        : []),
    ]);
  } finally {
    await store.close();
  }
}

async function validated(
  store: Store,
  config: Config,
  knowledge: Knowledge,
  redact: (text: string) => string,
): Promise<{ traces: Trace[]; left: number }> {
  const log = await roundLog(store, config);
  const { passed, rejected, doubted } = await validate(log.traces, { sheets: knowledge.sheets, redact });
  return { traces: passed, left: rejected.length + doubted.length + log.held.length };
}

// ------------------------------------------------------------------------------------------------ for a larger student

function studentChats({ sheets }: Knowledge, traces: readonly Trace[], withSheets: number): Chat[] {
  const made = sampleEpisodes(sheets, 1, withSheets).map(({ context, question, rationale, answers }) =>
    lesson({ context, question }, rationale, answers.join('; ')),
  );
  const told = traces.map(({ question, rationale, answer }) =>
    lesson({ question }, rationale || `an engineer has corrected this: ${answer}.`, answer),
  );
  return [...told, ...made];
}

/** What plain-form.ts asks and reads, cut between the two: a chat template puts "Reasoning:" between (docs/bigger-iron.md). */
function lesson(parts: PromptParts, rationale: string, answer: string): Chat {
  return {
    messages: [
      { role: 'user', content: plainPrompt(parts).replace(/\nReasoning:$/, '') },
      { role: 'assistant', content: plainCompletion(rationale, answer).trimStart() },
    ],
  };
}

// ------------------------------------------------------------------------------------------------ for a large model

const SYSTEM = 'You know the machines of one plant: what its own sheets say, and what its engineers have found.';

/** A chat a fault with all that the sheets say of it, then the traces as question and answer. */
function teacherChats({ facts }: Knowledge, traces: readonly Trace[], redact: (text: string) => string): Chat[] {
  const byFault = new Map<string, Fact[]>();
  for (const fact of facts) {
    if (!fact.fault || fact.kind === 'rule') continue;
    const key = `${fact.fault} of the ${fact.asset}`;
    byFault.set(key, [...(byFault.get(key) ?? []), fact]);
  }
  const chat = (question: string, answer: string): Chat => ({
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ],
  });
  const known = [...byFault].map(([name, of]) =>
    chat(
      `What do this plant's sheets say about ${name}?`,
      redact(of.map(({ text }) => readableGrades(text)).join('\n')),
    ),
  );
  const rules = facts
    .filter(({ kind }) => kind === 'rule')
    .map(({ text }) => {
      const [when, ...then] = text.split(': ');
      return chat(`${when}: what does this plant do first?`, redact(then.join(': ')));
    });
  const told = traces.map(({ question, options, rationale, answer }) => {
    const choices = options ? `\nOptions: ${options.map((option, i) => `${letter(i)}) ${option}`).join('; ')}` : '';
    return chat(`${question}${choices}`, rationale ? `${rationale}\nAnswer: ${answer}` : answer);
  });
  return [...known, ...rules, ...told];
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}
