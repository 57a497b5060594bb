/** The web channel passes the suite of channels. */
import { webAdapter } from '../../adapters/web/web.ts';
import type { Exchange } from '../../bot/types.ts';
import { adapterContract, type Platform, type Seen } from './adapter.contract.ts';
import type { MemoryDoor } from './door.ts';
import { viewText } from './shared/view-text.ts';

adapterContract('web', async (door: MemoryDoor): Promise<Platform> => {
  const notices: string[] = [];
  let web = await started();
  let latest: object = {};

  async function started() {
    const adapter = webAdapter({ host: '127.0.0.1', port: 0 });
    door.attach(adapter);
    await adapter.start(door);
    return adapter;
  }

  async function post(path: string, body: object): Promise<Record<string, string>> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(web.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const said = (await response.json()) as Record<string, string>;
    if (said.notice) notices.push(said.notice);
    return said;
  }

  return {
    adapter: () => web,
    async say(text, thread) {
      latest = { id: crypto.randomUUID(), text, ...(thread ? { thread } : {}) };
      return { thread: (await post('/api/messages', latest)).thread ?? '' };
    },
    async deliverAgain() {
      await post('/api/messages', latest);
    },
    async posts() {
      const response = await fetch(`${web.url}/api/history`);
      const { exchanges } = (await response.json()) as { exchanges: Exchange[] };
      return exchanges.map((exchange): Seen => ({ id: exchange.id, text: viewText(exchange), edits: 0 }));
    },
    told: async () => notices,
    async flag({ id }, reason) {
      await post('/api/actions', { kind: 'flag', exchangeId: id, reason });
    },
    async correct({ id }, answer, rationale) {
      await post('/api/actions', { kind: 'correct', exchangeId: id, answer, rationale });
    },
    async restart() {
      await web.stop();
      web = await started();
    },
    close: () => web.stop(),
  };
});
