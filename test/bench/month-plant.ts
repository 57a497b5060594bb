/**
 * A plant for a month, simulated: its own tables over the sheets of its machines, operators who ask and flag what is wrong, an engineer who
 * corrects. Who asks, what is wrong and what is right are computed from the plant's tables; the bot, its store, queue,
 * knowledge, chain and student are the real ones, and so are the rounds. People here never err, real ones do.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bot, createBot } from '../../bot/bot.ts';
import { loadConfig } from '../../bot/config.ts';
import { quiet } from '../../bot/logger.ts';
import { openPlant, type Plant } from '../../bot/main.ts';
import { localQueue } from '../../bot/queue/local.ts';
import { openDatabase } from '../../bot/store/database.ts';
import { sqlStore } from '../../bot/store/store.ts';
import type { Adapter, Answer, Exchange, Person } from '../../bot/types.ts';
import { chosenOptions } from '../../chains/answer.ts';
import { type Episode, makeEpisode } from '../../models/distill/episodes.ts';
import { newsOf, taughtBy } from '../../models/distill/news.ts';
import { random } from '../../models/distill/random.ts';
import { addKnowledge } from '../../models/knowledge/add.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import type { Sheet } from '../../models/knowledge/types.ts';
import { tableCsv, turnedSheet } from './own-tables.ts';

const SEED = 620_000;
const OPERATORS: readonly Person[] = ['ann', 'bo', 'cy'].map((name) => ({ id: `month:${name}`, name }));
const ENGINEER: Person = { id: 'month:eve', name: 'eve' };

export interface MonthPlant {
  bot: Bot;
  plant: Plant;
  /** The machines' sheets as the plant has them: the truth. */
  sheets: Sheet[];
  /** Ids of the facts that the plant has changed. */
  changed: ReadonlySet<string>;
  close(): Promise<void>;
}

/** One question and what became of it. */
export interface Asked {
  episode: Episode;
  exchange: Exchange;
  answer: Answer;
  /** What the student itself said is right, whether it was shown or not; false where it said nothing. */
  studentRight: boolean;
  /** What the operator was shown is right. */
  shownRight: boolean;
  /** The plant has changed a fact that decides it. */
  changed: boolean;
}

/** The plant's data folder, with `share` of the decisions of its machines' sheets turned to its own. */
export async function openMonth(dataDir: string, share: number, machines: readonly string[]): Promise<MonthPlant> {
  const { sheets: shipped } = await loadKnowledge({ dirs: [SHIPPED_SHEETS] });
  const own = shipped.filter(({ asset }) => machines.includes(asset));
  await mkdir(dataDir, { recursive: true });
  const table = join(dataDir, 'own-tables.csv');
  await writeFile(
    table,
    tableCsv(
      own.map((sheet, i) => turnedSheet(sheet, share, SEED + i)),
      'strength',
    ),
  );
  await addKnowledge(table, dataDir);

  const register = join(dataDir, 'plant.csv');
  const tags = own.flatMap(({ asset }, i) => tagsOf(i).map((tag) => [tag, asset, 'hall', 'eve', '']));
  await writeFile(
    register,
    [['tag', 'class', 'area', 'owner', 'description'], ...tags].map((row) => `${row.join(',')}\n`).join(''),
  );

  const roles = { 'month:eve': 'engineer', 'month:*': 'operator' };
  const env = {
    DATA_DIR: dataDir,
    PLANT: register,
    ROLES: Object.entries(roles)
      .map((pair) => pair.join('='))
      .join(','),
  };
  const config = loadConfig({ env, cwd: dataDir });
  const database = await openDatabase(config);
  const store = sqlStore({ database });
  const plant = await openPlant(config, quiet, { follow: true });
  const bot = createBot({
    store,
    queue: localQueue({ database, alone: true, pollMs: 10 }),
    answerer: plant.answerer((after) => store.corrections(after)),
    adapters: [SILENT],
    config,
    safety: plant.safety,
    about: () => plant.about(),
  });
  await bot.start();
  return {
    bot,
    plant,
    sheets: plant.knowledge.sheets.filter(({ asset }) => machines.includes(asset)),
    changed: new Set(newsOf(plant.knowledge.sheets, taughtBy(shipped)).map(({ id }) => id)),
    async close() {
      await bot.stop();
      await plant.close();
      await store.close();
    },
  };
}

/** Six machines of a class: `BX-11`. */
function tagsOf(asset: number): string[] {
  return Array.from({ length: 6 }, (_, k) => `${String.fromCharCode(65 + asset)}X-${10 + k}`);
}

/** A channel that shows nothing to anybody. */
const SILENT: Adapter = {
  name: 'month',
  start: async () => {},
  stop: async () => {},
  post: async () => 'post',
  update: async () => {},
};

/** The week's questions, in wordings that no student is taught: half of them with options, half as people write. */
export function questionsOf(sheets: readonly Sheet[], week: number, count: number): Episode[] {
  const tags = new Map(sheets.map(({ asset }, i) => [asset, tagsOf(i)]));
  return Array.from({ length: count }, (_, i) => {
    const rng = random(SEED, week, i);
    const options = i % 2 ? rng.pick([3, 4, 5]) : 0;
    return makeEpisode(sheets, { mode: 'closed', wording: 'held', options, several: false, noise: false, tags }, rng);
  });
}

/** Asked through the bot, several operators at a time. */
export async function askAll(
  { bot, changed }: MonthPlant,
  episodes: readonly Episode[],
  week: number,
  progress: (done: number) => void,
): Promise<Asked[]> {
  const asked = new Array<Asked>(episodes.length);
  let next = 0;
  let done = 0;
  const operator = async (author: Person): Promise<void> => {
    while (next < episodes.length) {
      const i = next++;
      const episode = episodes[i]!;
      const id = `week-${week}-${i}`;
      const receipt = await bot.handle({
        id,
        place: { adapter: 'month', channel: 'ops', thread: id },
        author,
        text: episode.question,
        ...(episode.options ? { options: episode.options.map(({ text }) => text) } : {}),
        sentAt: new Date().toISOString(),
      });
      if (receipt.kind === 'rejected') throw new Error(`"${episode.question}" was rejected: ${receipt.notice}`);
      const exchange = await finished(bot, receipt.exchangeId);
      const { answer } = exchange.reply;
      if (!answer) throw new Error(`"${episode.question}" ended without an answer: ${exchange.reply.notice}`);
      const onChanged = episode.facts.some((id) => changed.has(id));
      asked[i] = { episode, exchange, answer, ...graded(episode, answer), changed: onChanged };
      progress(++done);
    }
  };
  await Promise.all(OPERATORS.map(operator));
  return asked;
}

async function finished(bot: Bot, id: string): Promise<Exchange> {
  for (;;) {
    const exchange = await bot.exchange(id);
    if (exchange?.state === 'done') return exchange;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * The operators flag every wrong answer that they were shown, and every question that nobody could answer. The engineer
 * gives the plant's answer to those first, then to questions that went to a teacher, `most` in all.
 */
export async function flagAndCorrect(
  { bot }: MonthPlant,
  asked: readonly Asked[],
  most: number,
): Promise<{ flags: number; corrections: number; ofWrong: number }> {
  const wrong = asked.filter(({ shownRight }) => !shownRight);
  for (const { exchange } of wrong) {
    const flag = { kind: 'flag', id: `flag/${exchange.id}`, exchangeId: exchange.id, reason: 'not so here' } as const;
    const result = await bot.act({ ...flag, author: exchange.message.author });
    if (result.kind !== 'done') throw new Error(`a flag was not taken: ${result.notice}`);
  }
  const escalated = asked.filter(({ shownRight, answer }) => shownRight && answer.outcome === 'escalated');
  let corrections = 0;
  let ofWrong = 0;
  for (const [i, { exchange, episode, answer }] of [...wrong, ...escalated].entries()) {
    if (corrections >= most) break;
    if (answer.outcome === 'refused') continue;
    const given = { answer: episode.answers.join('; '), rationale: 'so by our table' };
    const action = { kind: 'correct', id: `correct/${exchange.id}`, exchangeId: exchange.id, ...given } as const;
    const result = await bot.act({ ...action, author: ENGINEER });
    // What the safety rule does not let anybody teach stays as the sheet has it.
    if (result.kind !== 'done' && !/safety/.test(result.notice))
      throw new Error(`a correction was not taken: ${result.notice}`);
    if (result.kind !== 'done') continue;
    corrections += 1;
    if (i < wrong.length) ofWrong += 1;
  }
  return { flags: wrong.length, corrections, ofWrong };
}

// ------------------------------------------------------------------------------------------------ who is right

function graded(episode: Episode, answer: Answer): Pick<Asked, 'studentRight' | 'shownRight'> {
  const own = answer.answeredBy === 'student' ? answer.answer : answer.attempt?.answer;
  return {
    studentRight: own !== undefined && isRight(episode, own),
    shownRight: isRight(episode, answer.answer),
  };
}

/** Exactly the right options; of an open answer, what it names first. */
export function isRight(episode: Episode, said: string): boolean {
  if (episode.options) {
    const options = episode.options.map(({ text }) => text);
    const right = new Set(episode.answers);
    const chosen = chosenOptions(said, options);
    return chosen.length === right.size && chosen.every((i) => right.has(options[i]!));
  }
  const first = firstOf(said);
  return first !== '' && (episode.firsts ?? []).some((name) => first.startsWith(firstOf(name)));
}

/** How the chain and the teachers begin a sentence before they name anything. */
const OPENING =
  /^(?:this fits|most likely|first|a change in .{3,90}? speaks for|.{3,90}? (?:shows? (?:best |clearly |most clearly )?in|speaks for|points to|leads to:?|concerns:)|causes of .{3,80}?:|(?:for|against) .{3,80}?:|(?:[^.;]{3,60}?: )?probably|the [a-z -]{3,40}:) /;

/** An answer about one machine begins with its tag. */
const TAGGED = /^[a-z]{1,3}-\d+: (?=.*\w)/;

function firstOf(said: string): string {
  const plain = said.toLowerCase().replace(/\s+/g, ' ').trim();
  return plain
    .replace(TAGGED, '')
    .replace(OPENING, '')
    .split(/[;,.(]| and /)[0]!
    .trim();
}
