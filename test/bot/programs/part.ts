/**
 * One process of several, to be killed: real store, queue, relay; its channel is a board in the test, over HTTP; its
 * answerer takes a little while. Arguments: roles, port (of a bot), the board's URL. DATABASE_URL and QUEUE_URL as usual.
 */
import { createServer } from 'node:http';
import { createBot } from '../../../bot/bot.ts';
import { openFoundation, type ProcessRole } from '../../../bot/foundation.ts';
import type { Adapter, Answerer, Door, Message } from '../../../bot/types.ts';

const [roleLine = '', port = '', board = ''] = process.argv.slice(2);
const roles = roleLine.split(',') as ProcessRole[];
const { DATABASE_URL: databaseUrl = null, QUEUE_URL: queueUrl = null, WORK_MS = '40', AT_ONCE = '4' } = process.env;

const say = (level: string) => (what: object, message: string) => {
  if (process.env.PART_LOG)
    process.stderr.write(`${roleLine} ${level} ${message} ${String((what as { error?: unknown }).error ?? '')}\n`);
};
const logger = { debug() {}, info() {}, warn: say('warn'), error: say('error') };

/** Takes messages by POST, as a platform's webhook: 200 once they are safe. Shows replies on the board. */
function boardChannel(): Adapter {
  const tell = async (path: string, body: object): Promise<{ postId: string }> => {
    const response = await fetch(`${board}${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`the board says ${response.status}`);
    return (await response.json()) as { postId: string };
  };
  const server = (door: Door) =>
    createServer(async (request, response) => {
      try {
        let text = '';
        for await (const chunk of request) text += chunk;
        const receipt = await door.handle(JSON.parse(text) as Message);
        response.writeHead(receipt.kind === 'rejected' ? 400 : 200).end(JSON.stringify(receipt));
      } catch (error) {
        response.writeHead(503).end(JSON.stringify({ error: String(error) }));
      }
    });
  let listening: ReturnType<typeof server> | undefined;
  return {
    name: 'board',
    async start(door) {
      listening = server(door);
      await new Promise<void>((resolve) => listening!.listen(Number(port), '127.0.0.1', resolve));
    },
    async stop() {
      listening?.closeAllConnections();
      listening?.close();
    },
    post: async (place, card) => (await tell('/post', { place, card })).postId,
    update: async (place, postId, card) => void (await tell('/update', { place, postId, card })),
  };
}

const answerer: Answerer = {
  async answer(question, { onStage, signal }) {
    onStage?.('thinking', question.text);
    await new Promise((resolve) => setTimeout(resolve, Number(WORK_MS) * (0.5 + Math.random())));
    signal?.throwIfAborted();
    return {
      ...{ outcome: 'answered', answer: `echo: ${question.text}`, rationale: '', confidence: 0.9, sources: [] },
      ...{ answeredBy: 'student', reason: 'echo', student: 'echo', ms: 10, topic: { faults: [], parameters: [] } },
    };
  },
};

const { store, queue, relay } = await openFoundation(
  { dataDir: '', databaseUrl, queueUrl },
  { roles, logger, leaseMs: 2000 },
);
const bot = createBot({
  ...{ store, queue, answerer, logger },
  adapters: roles.includes('bot') ? [boardChannel()] : [],
  works: roles.includes('worker'),
  ...(relay ? { relay } : {}),
  config: { roles: { 'board:ann': ['engineer'] }, maxError: 0.05 },
  safety: { procedure: 'SP-1' },
  about: () => ({ student: null, teachers: [], problems: [] }),
  concurrency: Number(AT_ONCE),
});
await bot.start();
process.once('SIGTERM', () => void bot.stop(5000).then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ event: 'started', roles })}\n`);
