/**
 * A bot in a process of its own, to be killed: real store, queue, lock and web channel; its answerer takes a little while
 * and says which life of the process answered. Arguments: data folder, port.
 */
import { webAdapter } from '../../../adapters/web/web.ts';
import { createBot } from '../../../bot/bot.ts';
import { localQueue } from '../../../bot/queue/local.ts';
import { openDatabase } from '../../../bot/store/database.ts';
import { lockDataDir } from '../../../bot/store/lock.ts';
import { sqlStore } from '../../../bot/store/store.ts';

const [dataDir = '', port = ''] = process.argv.slice(2);
await lockDataDir(dataDir);
const database = await openDatabase({ dataDir });
const web = webAdapter({ host: '127.0.0.1', port: Number(port) });
const bot = createBot({
  store: sqlStore({ database }),
  queue: localQueue({ database, alone: true }),
  adapters: [web],
  config: { roles: { 'web:local': ['engineer'] }, maxError: 0.05 },
  safety: { procedure: 'SP-1' },
  about: () => ({ student: null, teachers: [], problems: [] }),
  answerer: {
    async answer(question, { onStage }) {
      onStage?.('thinking', question.text);
      await new Promise((resolve) => setTimeout(resolve, 10 + Math.random() * 60));
      if (question.text.includes('fails')) throw new Error('the answerer fails on this one');
      return {
        ...{ outcome: 'answered', answer: `${question.text} (${process.pid})`, rationale: '', confidence: 0.9 },
        ...{ answeredBy: 'student', reason: 'echo', sources: [], student: 'echo', ms: 10 },
        topic: { faults: [], parameters: [] },
      };
    },
  },
});
await bot.start();
process.stdout.write(`${JSON.stringify({ event: 'listening', url: web.url })}\n`);
