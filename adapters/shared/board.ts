/**
 * The replies that hang in a platform's channels. A reply is posted once, however often the bot asks (it asks again when a
 * post took long, or after a restart), then edited in place: always to the newest state, never back from a final one, and
 * not at all when nothing would look different. It does not know how a platform posts.
 */
import type { Exchange, Place, Reply } from '../../bot/types.ts';
import { type Outbox, UNSENT } from './outbox.ts';

export interface BoardOptions<Content> {
  outbox: Outbox;
  /** As the store has it now; undefined for one the store does not know. */
  exchange: (id: string) => Promise<Exchange | undefined>;
  render: (reply: Reply, exchange: Exchange | undefined) => Content;
  /** Resolves to the platform's id. `exchange` is what it answers. */
  create: (place: Place, content: Content, reply: Reply, exchange: Exchange | undefined) => Promise<string>;
  /** Resolves to another id when the post was gone and the reply had to be posted anew. */
  edit: (
    place: Place,
    postId: string,
    content: Content,
    reply: Reply,
    exchange: Exchange | undefined,
  ) => Promise<string>;
  /** Names of the platform's rates that they use up. */
  methods: { create: string; edit: string | ((reply: Reply) => string) };
  /** The outbox's queue of a place. Default: its channel's. */
  queueOf?: (place: Place) => string;
}

export interface Board {
  post(place: Place, reply: Reply): Promise<string>;
  update(place: Place, postId: string, reply: Reply): Promise<void>;
}

interface Hanging {
  /** Content as it was last sent, as JSON. */
  shown: string;
  final: boolean;
  /** Where it hangs now, when it had to be posted anew. */
  movedTo?: string;
}

/** Replies whose last look is remembered. */
const REMEMBERED = 2000;

export function createBoard<Content>(options: BoardOptions<Content>): Board {
  const { outbox, render, create, edit, methods, queueOf = (place) => place.channel } = options;
  const posting = new Map<string, Promise<string>>();
  const hanging = new Map<string, Hanging>();

  function remember(exchangeId: string, state: Hanging): void {
    hanging.delete(exchangeId);
    hanging.set(exchangeId, state);
    if (hanging.size > REMEMBERED) hanging.delete(hanging.keys().next().value!);
  }

  /** Looked at when it is sent, not when it was asked for: what waited in the queue goes out as it is by then. */
  async function newest(asked: Reply): Promise<{ reply: Reply; exchange: Exchange | undefined; content: Content }> {
    const exchange = await options.exchange(asked.exchangeId);
    // Growing text is not stored; a first or a final state is.
    const stored = exchange && !asked.final && (exchange.reply.final || asked.stage === 'received');
    const reply = stored ? exchange.reply : asked;
    return { reply, exchange, content: render(reply, exchange) };
  }

  return {
    post(place, first) {
      const { exchangeId } = first;
      const underway = posting.get(exchangeId);
      if (underway) return underway;
      const posted = outbox.put({
        channel: queueOf(place),
        key: `post ${exchangeId}`,
        method: methods.create,
        async send() {
          const { reply, exchange, content } = await newest(first);
          const postId = await create(place, content, reply, exchange);
          remember(exchangeId, { shown: JSON.stringify(content), final: reply.final });
          return postId;
        },
      });
      posting.set(exchangeId, posted);
      posted.then(
        // The bot keeps the id from here; a while later nobody asks any more.
        () => posting.size > REMEMBERED && posting.delete(posting.keys().next().value!),
        () => posting.delete(exchangeId),
      );
      return posted;
    },

    async update(place, postId, asked) {
      const { exchangeId } = asked;
      const passing = !asked.final;
      if (passing && hanging.get(exchangeId)?.final) return;
      await outbox.put({
        channel: queueOf(place),
        key: `edit ${exchangeId}`,
        method: typeof methods.edit === 'string' ? methods.edit : methods.edit(asked),
        ...(passing ? { passing } : {}),
        async send() {
          const { reply, exchange, content } = await newest(asked);
          const before = hanging.get(exchangeId);
          const shown = JSON.stringify(content);
          if (before?.shown === shown || (before?.final && !reply.final)) return UNSENT;
          const at = before?.movedTo ?? postId;
          const now = await edit(place, at, content, reply, exchange);
          remember(exchangeId, { shown, final: reply.final, ...(now === postId ? {} : { movedTo: now }) });
          return undefined;
        },
      });
    },
  };
}
