/**
 * People keep to the same contract as every teacher. The bot, its store and its channels are real; the engineer is
 * simulated: a program that reads the people's channel and answers what the sheets decide.
 */
import { askedPeople, createPeople } from '../../bot/people.ts';
import { askedRows } from '../../bot/store/asked.ts';
import { openDatabase } from '../../bot/store/database.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { EXAMPLE_PLANT, loadKnowledge, SHIPPED_SHEETS } from '../../models/knowledge/knowledge.ts';
import { knowledgeTeacher } from '../../models/teacher/knowledge.ts';
import { personTeacher } from '../../models/teacher/person.ts';
import { MemoryChannel, messageOf, openBot } from '../bot/desk.ts';
import { afterwards, temporaryFolder } from '../bot/fixture.ts';
import { teacherContract } from './teacher.contract.ts';

const sheets = loadKnowledge({ dirs: [SHIPPED_SHEETS], plant: EXAMPLE_PLANT }).then(async (knowledge) => {
  const teacher = knowledgeTeacher(knowledge);
  // The first question builds its indices, which the 400 ms that people are waited for are not meant for.
  await teacher.ask({ question: 'A pump shakes, what is it?', topic: { faults: [], parameters: [] }, facts: [] });
  return teacher;
});

teacherContract('person', {
  async make() {
    const knows = await sheets;
    const folder = await temporaryFolder();
    const database = await openDatabase({ dataDir: folder });
    afterwards(() => database.close());
    const store = sqlStore({ database });
    const channel = { adapter: 'people', channel: 'experts' };
    const people = createPeople({ store, asked: askedRows(database), channel, everyMs: 10 });
    const experts = new MemoryChannel('people');
    const { bot } = await openBot({ people, adapters: [experts] }, folder);
    const post = experts.post.bind(experts);
    experts.post = async (place, reply) => {
      const postId = await post(place, reply);
      // Replies to what the engineer says are posted here, too.
      if (place.thread !== '') return postId;
      const question = reply.notice?.split('\n', 1)[0] ?? '';
      const options = [...(reply.notice ?? '').matchAll(/^[A-Z]\) (.*)$/gm)].map(([, option]) => option!);
      const answer = await knows.ask({
        question,
        ...(options.length ? { options } : {}),
        topic: { faults: [], parameters: [] },
        facts: [],
      });
      const say = async (text: string): Promise<void> => {
        await bot.handle({ ...messageOf(text), place: { ...channel, thread: postId } });
      };
      // People read the post before they answer.
      if (answer.kind === 'knows') setTimeout(() => void say(`${answer.answer} because ${answer.rationale}`), 20);
      return postId;
    };
    await bot.start();
    return personTeacher({
      people: askedPeople({ store, author: { id: 'memory:op', name: 'Op' } }),
      where: 'people:experts',
      waitMs: 400,
      pollMs: 10,
    });
  },
  known: {
    open: 'Which parameter shows misalignment of a steam turbine?',
    choice: { question: 'Which sensor shows cavitation of a pump?', options: ['noise', 'oil debris', 'Fluid leakage'] },
  },
  abortsMidway: true,
});
