/**
 * The whole bot on a local Discord: real store, queue, door, chain and sheets; only the student answers by rule (what it is
 * not shown as a correction it does not know), so that every way through the chain can be taken on purpose.
 */
import type { DiscordOptions } from '../../../adapters/discord/discord.ts';
import { createAnswerer } from '../../../chains/answer.ts';
import { understanding } from '../../../chains/understand.ts';
import type { Student } from '../../../models/student/types.ts';
import type { Teacher } from '../../../models/teacher/types.ts';
import { openBot } from '../../bot/desk.ts';
import { temporaryFolder } from '../../bot/fixture.ts';
import { ruleStudent } from '../../chains/rule-student.ts';
import { examplePlant } from '../../chains/setup.ts';
import type { PeerOptions } from '../../peers/discord/peer.ts';
import { type Connected, discordPlant } from './connect.ts';

export interface BotParts {
  peer?: PeerOptions;
  /** Another bot on the same Discord and data. */
  plant?: Connected;
  dataDir?: string;
  teacher?: Teacher;
  adapter?: Partial<DiscordOptions>;
  bot?: Parameters<typeof openBot>[0];
}

/** Started unless `start` is false. */
export async function discordBot(parts: BotParts = {}, start = true) {
  const plant = parts.plant ?? (await discordPlant(parts.peer));
  const dataDir = parts.dataDir ?? (await temporaryFolder());
  const { knowledge, matcher } = await examplePlant();
  const understand = understanding(knowledge, matcher);
  const adapter = plant.adapter({
    tags: knowledge.register.assets.map(({ tag, class: kind, description }) => ({ tag, class: kind, description })),
    ...parts.adapter,
  });
  const { guildId } = plant.peer.world;
  const opened = await openBot(
    {
      adapters: [adapter],
      // Everybody in the server may ask; the role makes an engineer.
      config: {
        roles: { [`discord:&${guildId}`]: ['operator'], [`discord:&${plant.engineers}`]: ['engineer'] },
        maxError: 0.05,
      },
      topicOf: (text) => understand({ text }).topic,
      answerer: {
        answer: (question, hooks) =>
          createAnswerer({
            student: () => askedBack(),
            knowledge,
            matcher,
            teachers: parts.teacher ? [parts.teacher] : [],
            corrections: (after) => opened.store.corrections(after),
            maxError: 0.05,
          }).answer(question, hooks),
      },
      ...parts.bot,
    },
    dataDir,
  );
  if (start) await opened.bot.start();
  return { ...opened, plant, adapter, dataDir, peer: plant.peer };
}

/** Believes corrections, and knows nothing else. */
function askedBack(): Student {
  const believing = ruleStudent({ slowMs: 15 });
  const unknowing = ruleStudent({ stubborn: 'not known', slowMs: 15 });
  const of = (prompt: string) => (prompt.includes('corrected: ') ? believing : unknowing);
  return {
    ...believing,
    generate: (prompt, options) => of(prompt).generate(prompt, options),
    score: (prompt, continuations) => of(prompt).score(prompt, continuations),
    grade: (prompt, continuations, tokens) => of(prompt).grade(prompt, continuations, tokens),
  };
}
