/**
 * The only wiring: which parts a configuration asks for, and how they hang together. Every part is written against the
 * seams and knows none of the others.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertSources } from '../adapters/sources.ts';
import { serveProbes } from '../adapters/web/probes.ts';
import { webAdapter } from '../adapters/web/web.ts';
import { type AnswererParts, createAnswerer } from '../chains/answer.ts';
import { sameAnswer } from '../chains/same.ts';
import { createTriager } from '../chains/triage.ts';
import type { CorrectionLike } from '../chains/types.ts';
import { understanding } from '../chains/understand.ts';
import { BadInput } from '../models/errors.ts';
import { EXAMPLE_PLANT, type Knowledge, loadKnowledge, SHIPPED_SHEETS } from '../models/knowledge/knowledge.ts';
import { type Matcher, makeMatcher } from '../models/knowledge/names.ts';
import { openRegistry, type Registry } from '../models/student/registry.ts';
import type { Ledger, Teacher } from '../models/teacher/types.ts';
import { createAlertDesk } from './alerts/desk.ts';
import { scheduleForgetting } from './alerts/forget.ts';
import { handover } from './alerts/handover.ts';
import { scheduleNews } from './alerts/news.ts';
import { autoRounds } from './auto-rounds.ts';
import { type Bot, createBot } from './bot.ts';
import { roundLog } from './cli/round-log.ts';
import { type Config, type SlackConfig, slackGroups } from './config.ts';
import { openFoundation, PROCESS_ROLES, type ProcessRole } from './foundation.ts';
import { healthOf } from './health.ts';
import type { Logger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { type Safety, safetyRefusal } from './middleware/safety.ts';
import { numbersOf } from './numbers.ts';
import { createPeople } from './people.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { learning } from './serving/learning.ts';
import { ownWord, shadowStudent } from './serving/shadow.ts';
import { serveSpecialists } from './serving/specialists.ts';
import { openTeachers, type Teachers } from './serving/teachers.ts';
import { type Serving, serveStudent, watchStudent } from './serving.ts';
import { alertStore } from './store/alerts.ts';
import { askedRows } from './store/asked.ts';
import { teachingLedger } from './store/teaching.ts';
import type { Adapter, Answerer, Store, Topic } from './types.ts';

/** The student that comes with Rounds. */
export const SHIPPED_STUDENT = fileURLToPath(new URL('../models/student/weights/', import.meta.url));

export interface App {
  bot: Bot;
  store: Store;
  plant: Plant;
  /** Tasks may be added before or after the start. */
  scheduler: Scheduler;
  /** Where the page is, once started; undefined where this process has none. */
  url(): string | undefined;
  start(): Promise<void>;
  /** Lets work end, closes everything, frees the data folder. */
  stop(): Promise<void>;
}

/** Everything that `rounds serve` runs. Rejects with one clear line when the data folder or the knowledge is at fault. */
export async function assemble(
  config: Config,
  logger: Logger,
  roles: readonly ProcessRole[] = PROCESS_ROLES,
): Promise<App> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const { database, store, queue, relay, close: closeFoundation } = await openFoundation(config, { roles, logger });
    closers.push(closeFoundation);
    const scheduler = createScheduler({ database, logger });
    const plant = await openPlant(config, logger, {
      follow: true,
      answers: roles.includes('worker'),
      ledger: teachingLedger(database),
    });
    closers.push(() => plant.close());
    const tags = plant.knowledge.register.assets.map(({ tag, class: kind, area, description }) => ({
      ...{ tag, class: kind, area, description },
    }));
    const adapters: Adapter[] = [];
    const about = () => plant.about();
    const student = () => about().student;
    const metrics = createMetrics({ looked: numbersOf({ database, store, queue, adapters, student }), logger });
    const studentProblem = () => about().problems[0] ?? null;
    const serving = () => (plant.serving.student() === null ? null : student());
    const ready = healthOf({ database, queue, adapters, roles, student: serving, studentProblem });
    const probes = { ready, metrics: () => metrics.text() };
    const asked = config.teaching.peopleChannel;
    const channels = asked?.adapter === 'web' ? [asked.channel] : [];
    const web = webAdapter({ host: config.host, port: config.port, logger, tags, probes, channels });
    if (roles.includes('web')) adapters.push(web);
    if (roles.includes('bot')) adapters.push(...(await chatsOf(config, tags, logger)));
    const incoming = await alertSources({ ...config.alerts, dataDir: config.dataDir, logger });
    const kept = alertStore(database);
    const tell = (now: Date, hours?: number) => handover({ alerts: kept, store, rules: config.alerts }, now, hours);
    const alerts = createAlertDesk({
      store: kept,
      audit: (entry) => store.audit(entry),
      rules: config.alerts,
      machineOf: (tag) => plant.knowledge.register.find(tag),
      triager: createTriager(plant),
      sources: incoming.sources,
      works: roles.includes('bot'),
      everywhere: [web.name],
      logger,
    });
    refuseUnknownChannel(config, adapters, roles);
    const people = config.teaching.peopleChannel
      ? createPeople({ store, asked: askedRows(database), channel: config.teaching.peopleChannel, logger })
      : undefined;
    const bot = createBot({
      store,
      queue,
      answerer: plant.answerer((after) => store.corrections(after)),
      adapters,
      works: roles.includes('worker'),
      ...(relay ? { relay } : {}),
      observe: (event) => metrics.observe(event),
      config,
      safety: plant.safety,
      alerts,
      handover: async (hours) => (await tell(new Date(), hours)).text,
      ...(people ? { people } : {}),
      about: async () => ({
        ...about(),
        learning: [...(await plant.learning()), ...(await plant.teaching.spending())],
      }),
      retopic: (text, topic) => retopic(plant.matcher, text, topic),
      topicOf: (text) => plant.topicOf(text),
      logger,
    });
    if (roles.includes('bot')) {
      const folder = join(config.dataDir, 'handover');
      scheduleNews({ scheduler, bot, rules: config.alerts, read: tell, folder });
      scheduleForgetting({ scheduler, alerts: kept, keepDays: config.alerts.keepDays });
    }
    if (roles.includes('worker')) {
      autoRounds({
        scheduler,
        config: config.rounds,
        dataDir: config.dataDir,
        reviewed: async () => (await roundLog(store, config)).traces.flatMap(({ id }) => id ?? []),
        logger,
      });
    }
    return {
      bot,
      store,
      plant,
      scheduler,
      url: () => (roles.includes('web') ? web.url : undefined),
      async start() {
        await bot.start();
        scheduler.start();
        if (config.metricsPort !== null) {
          const server = await serveProbes({ host: config.host, port: config.metricsPort, ...probes });
          closers.push(() => server.close());
        }
      },
      async stop() {
        await scheduler.stop();
        await bot.stop();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What answers, without channels, store and queue. */
export interface Plant {
  knowledge: Knowledge;
  matcher: Matcher;
  registry: Registry;
  serving: Serving;
  /** Who is asked, in this order. */
  teachers: readonly Teacher[];
  /** Everyone by name, and what they cost today. */
  teaching: Teachers;
  safety: Safety;
  maxError: number;
  topicOf(text: string): Topic;
  answerer(corrections: (after: number) => Promise<readonly CorrectionLike[]>): Answerer;
  about(): { student: { id: string; name: string; round: number } | null; teachers: string[]; problems: string[] };
  /** How far a round is, who else serves, who is tried: plain lines. */
  learning(): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * `answers: false`: a process that leaves answering to others knows which student serves, and does not open it.
 * `ledger`: without one no language model is asked.
 */
export async function openPlant(
  config: Config,
  logger: Logger,
  options: { follow: boolean; answers?: boolean; ledger?: Ledger },
): Promise<Plant> {
  const { dataDir } = config;
  const registry = await openRegistry({ dataDir, shippedDir: SHIPPED_STUDENT });
  const how = { logger, follow: options.follow };
  const answers = options.answers !== false;
  const [knowledge, serving, specialists] = await Promise.all([
    openKnowledge(config),
    (answers ? serveStudent : watchStudent)(registry, how),
    serveSpecialists(answers ? config.students : [], { dataDir, shippedDir: SHIPPED_STUDENT }, how),
  ]).catch(async (error) => {
    await registry.close();
    throw error;
  });
  const matcher = makeMatcher(knowledge);
  const understand = understanding(knowledge, matcher);
  const teaching = openTeachers(config.teaching, { knowledge, matcher, ledger: options.ledger });
  const teachers = teaching.order;
  const safety = { procedure: knowledge.register.site.safetyProcedure };
  const chain = (parts: Pick<AnswererParts, 'student' | 'specialists' | 'teachers' | 'corrections'>): Answerer =>
    createAnswerer({
      ...parts,
      knowledge,
      matcher,
      maxError: config.maxError,
      guard: (text) => safetyRefusal(text, safety),
    });
  const shadow =
    config.shadow === null || !options.follow || !answers
      ? null
      : await shadowStudent({
          dataDir,
          registry,
          who: config.shadow,
          chainOf: (student) => chain({ student, teachers: [], corrections: async () => [] }),
          same: ({ options: asked = [] }, a, b) =>
            sameAnswer(matcher, { options: asked, asset: a.topic.asset }, ownWord(a) ?? '', ownWord(b) ?? ''),
          logger,
        });
  return {
    knowledge,
    matcher,
    registry,
    serving,
    teachers,
    teaching,
    safety,
    maxError: config.maxError,
    topicOf: (text) => understand({ text }).topic,
    answerer(corrections) {
      const answerer = chain({ student: serving.student, specialists: specialists.of, teachers, corrections });
      return shadow?.beside(answerer) ?? answerer;
    },
    learning: () => learning({ dataDir, specialists, shadow }),
    about() {
      const entry = serving.entry();
      const problem = serving.problem();
      return {
        student: entry && { id: entry.id, name: entry.name, round: entry.card?.round ?? 0 },
        teachers: teachers.map(({ name }) => name),
        problems: [...(problem === null ? [] : [problem]), ...specialists.problems()],
      };
    },
    async close() {
      await shadow?.close();
      await specialists.close();
      await serving.close();
      await registry.close();
    },
  };
}

/** The shipped sheets, the plant's own over them, and its register (or the example's). */
export function openKnowledge(config: Config): Promise<Knowledge> {
  return loadKnowledge({
    dirs: [SHIPPED_SHEETS, join(config.dataDir, 'knowledge')],
    plant: config.plant ?? EXAMPLE_PLANT,
  });
}

/** The chat platforms that are configured. Their clients are large, so they are loaded only here. */
async function chatsOf(
  config: Config,
  tags: Parameters<typeof webAdapter>[0]['tags'],
  logger: Logger,
): Promise<Adapter[]> {
  const chats: Adapter[] = [];
  if (config.slack) chats.push(await slackChannel(config, config.slack, logger));
  if (config.discord) {
    const { discordAdapter } = await import('../adapters/discord/discord.ts');
    const { token, api } = config.discord;
    chats.push(discordAdapter({ token, api: api ?? undefined, tags, logger }));
  }
  return chats;
}

async function slackChannel(config: Config, slack: SlackConfig, log: Logger): Promise<Adapter> {
  const { slackAdapter } = await import('../adapters/slack/slack.ts');
  const { botToken, appToken, signingSecret, port, healthChannel, api } = slack;
  return slackAdapter({
    ...{ botToken, groups: slackGroups(config), log },
    by: appToken
      ? { kind: 'socket', appToken }
      : { kind: 'http', signingSecret: signingSecret!, port, host: config.host },
    ...(healthChannel ? { healthChannel } : {}),
    ...(api ? { apiUrl: api } : {}),
  });
}

/** Where all channels are this process's, the one in which people are asked is among them. */
function refuseUnknownChannel({ teaching }: Config, adapters: readonly Adapter[], roles: readonly ProcessRole[]): void {
  const asked = teaching.peopleChannel;
  if (!asked || !roles.includes('bot') || !roles.includes('web')) return;
  const names = adapters.map(({ name }) => name);
  if (names.includes(asked.adapter)) return;
  throw new BadInput(
    `PEOPLE_CHANNEL is ${asked.adapter}:${asked.channel}, and ${asked.adapter} is not configured: give one of ${names.join(', ')}, or set ${asked.adapter} up`,
  );
}

function retopic(matcher: Matcher, text: string, topic: Topic): Topic {
  const faults = matcher.find(text, topic).faults.map(({ name }) => name);
  return faults.length > 0 ? { ...topic, faults: [...new Set(faults)] } : topic;
}
