/**
 * An alert desk in a process of its own, to be killed: real store, lock and webhook; its channel is a file, one line a post
 * or edit. Arguments: data folder, port, file. With DATABASE_URL it is one of several on that store.
 */
import { appendFile } from 'node:fs/promises';
import { webhooks } from '../../../adapters/webhooks/webhooks.ts';
import { defaultAlerts } from '../../../bot/alerts/config.ts';
import { createAlertDesk } from '../../../bot/alerts/desk.ts';
import { createBot } from '../../../bot/bot.ts';
import { localQueue } from '../../../bot/queue/local.ts';
import { alertStore } from '../../../bot/store/alerts.ts';
import { openDatabase } from '../../../bot/store/database.ts';
import { lockDataDir } from '../../../bot/store/lock.ts';
import { sqlStore } from '../../../bot/store/store.ts';
import type { Adapter, Card, Triage } from '../../../bot/types.ts';

const [dataDir = '', port = '', file = ''] = process.argv.slice(2);
const databaseUrl = process.env.DATABASE_URL || null;
if (!databaseUrl) await lockDataDir(dataDir);
const database = await openDatabase({ dataDir, databaseUrl });
const store = sqlStore({ database });
const write = (what: string, card: Card) => appendFile(file, `${JSON.stringify({ what, card })}\n`);
const channel: Adapter = {
  name: 'file',
  start: async () => {},
  stop: async () => {},
  async post(_place, card) {
    await write('post', card);
    return 'kind' in card ? card.id : card.exchangeId;
  },
  async update(_place, _postId, card) {
    await write('update', card);
    return undefined;
  },
};
const none = (): Triage => ({
  ...{ state: 'none', faults: [], parameters: [], checks: [], answeredBy: 'student', reason: 'none here' },
});
const fields = { id: 'id', tag: 'tag', condition: 'name', status: 'state', at: 'at' };
const hooks = webhooks({
  ...{ host: '127.0.0.1', port: Number(port) },
  sources: [
    {
      kind: 'webhook',
      name: 'hook',
      secret: 's',
      items: 'items',
      fields,
      active: ['active'],
      priorities: {},
      priority: 'low',
    },
  ],
});
const bot = createBot({
  store,
  queue: localQueue({ database, alone: databaseUrl === null }),
  adapters: [channel],
  config: { roles: {}, maxError: 0.05 },
  safety: { procedure: 'SP-1' },
  about: () => ({ student: null, teachers: [], problems: [] }),
  answerer: { answer: () => Promise.reject(new Error('nobody is asked here')) },
  alerts: createAlertDesk({
    store: alertStore(database),
    audit: (entry) => store.audit(entry),
    rules: { ...defaultAlerts(), routes: [{ to: 'file:ops', group: 'asset' }], settleSeconds: 0 },
    machineOf: () => undefined,
    triager: {
      question: () => ({ kind: 'none', triage: none() }),
      read: none,
      explain: () => '',
    },
    sources: hooks.sources,
    everyMs: 20,
    editEveryMs: 0,
    // A process that was killed cannot hand the desk back.
    leaseMs: 500,
  }),
});
await bot.start();
process.stdout.write(`${JSON.stringify({ event: 'listening' })}\n`);
