/**
 * `npm run fifty`: the fifty questions of models/distill/chat.ts, each through the whole chain as an operator would get it:
 * reply, rationale, confidence, who answered, and what the student alone had made of it. For a reader's judgement:
 * nothing is judged here.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { openLog } from '../../bot/cli/log.ts';
import { percent } from '../../bot/cli/output.ts';
import { answerQuestion } from '../../bot/commands/ask.ts';
import { loadConfig } from '../../bot/config.ts';
import { openPlant } from '../../bot/main.ts';
import type { Answer } from '../../bot/types.ts';
import { CHAT } from '../../models/distill/chat.ts';
import { readableGrades } from '../../models/knowledge/facts.ts';
import { runProgram } from './program.ts';

async function fifty({ out }: { out?: string }): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'rounds-fifty-'));
  const config = { ...loadConfig(), dataDir };
  const plant = await openPlant(config, openLog(config), { follow: false });
  try {
    const answerer = plant.answerer(async () => []);
    const lines = ['# Fifty questions as operators write them, as the bot answers them', ''];
    for (const [i, text] of CHAT.entries()) {
      const answer = await answerQuestion(
        { answerer, safety: plant.safety, clock: () => new Date() },
        { text },
        { onStage: () => {} },
      );
      lines.push(...told(i + 1, text, answer));
    }
    const text = lines.join('\n');
    if (out) await writeFile(out, text);
    else process.stdout.write(text);
  } finally {
    await plant.close();
    await rm(dataDir, { recursive: true });
  }
}

function told(number: number, question: string, answer: Answer): string[] {
  const { attempt, answeredBy, outcome, confidence } = answer;
  const alone =
    attempt && answeredBy !== 'student'
      ? [`The student alone: ${attempt.answer || 'nothing'} (${percent(attempt.confidence, 0)})`, '']
      : [];
  return [
    `## ${number}. ${question}`,
    '',
    `**${answer.answer || 'No answer yet: people are asked.'}**`,
    '',
    ...(answer.rationale ? [readableGrades(answer.rationale), ''] : []),
    `${outcome} by ${answeredBy}, ${percent(confidence, 0)}: ${answer.reason}`,
    '',
    ...alone,
  ];
}

const program = new Command('fifty')
  .description('Fifty operators’ questions with the replies they get, for a person to read.')
  .option('--out <file>', 'a Markdown file; default: standard output')
  .action(fifty);

await runProgram(program);
