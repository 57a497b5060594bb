/**
 * Posting and editing replies: in their thread; where that cannot be, to the writer in person, with the reason. A post
 * whose fate is not known (a timeout, a crash) is looked for before it is made again: each carries its exchange's id.
 * In the agent pane a reply is streamed while few wait.
 */
import type { types } from '@slack/bolt';
import type { AlertCard, Exchange, Place, Reply } from '../../bot/types.ts';
import { ChannelClosed } from '../../models/errors.ts';
import { clip } from '../shared/fold.ts';
import { type Cannot, once, type Ways } from '../shared/once.ts';
import { viewOf } from '../shared/view.ts';
import { type Client, errorCode, isUncertain } from './api.ts';
import { type Content, context, escapeText, isCommand } from './blocks.ts';

export interface PostParts {
  send: Client;
  read: Client;
  /** Our own user id. */
  botUser: () => string;
  /** The post that began a conversation which a slash command opened. */
  rootPost: (place: Place) => Promise<string | undefined>;
  /** Whether a reply may be streamed now: streams have the lowest rates. */
  calm: () => boolean;
  /** A message was posted or edited, of which Slack will send us an event. */
  onSent: (beganAt: number) => void;
}

/** The channel takes nothing, whoever asks: what to do so that it does again. */
const CLOSED: Readonly<Record<string, string>> = {
  is_archived: 'unarchive it',
  is_inactive: 'unarchive it',
  not_in_channel: 'invite the bot',
  channel_not_found: 'invite the bot, if the channel is still there',
  restricted_action: 'let the bot write there',
  restricted_action_read_only_channel: 'let the bot write there',
  no_permission: 'let the bot write there',
};
/** The channel or the thread does not take it. */
const ELSEWHERE = new Set([
  ...Object.keys(CLOSED),
  ...['restricted_action_thread_locked', 'thread_not_found', 'cannot_reply_to_message'],
]);
const DELETED = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);
/** The post is not there any more. */
const GONE = new Set([...DELETED, ...ELSEWHERE]);
const EVENT_TYPE = 'rounds_reply';
const TASK = 'rounds';

interface Stream {
  ts: string;
  /** Of the growing text. */
  shown: string | undefined;
  line: string;
}

export function slackPosts({ send, read, botUser, rootPost, calm, onSent }: PostParts) {
  const startedAt = Date.now();
  const uncertain = new Set<string>();
  const cards = once();
  const streams = new Map<string, Stream>();
  /** Why a reply hangs elsewhere, by exchange. */
  const reasons = new Map<string, string>();

  async function create(place: Place, content: Content, reply: Reply, exchange: Exchange | undefined): Promise<string> {
    const { exchangeId } = reply;
    const mayBeThere = uncertain.has(exchangeId) || (exchange && Date.parse(exchange.createdAt) < startedAt);
    const thread = await threadOf(place, exchange);
    const found = mayBeThere ? await findPost(place.channel, thread, exchangeId) : undefined;
    if (found !== undefined) {
      await edit(place, found, content, reply, exchange);
      return found;
    }
    try {
      uncertain.delete(exchangeId);
      if (!reply.final && place.channel.startsWith('D') && thread && streams.size < 3 && calm()) {
        return await startStream(place.channel, thread, reply);
      }
      return await post(place.channel, thread, content, exchangeId);
    } catch (error) {
      if (isUncertain(error)) uncertain.add(exchangeId);
      const code = errorCode(error);
      if (code !== undefined && ELSEWHERE.has(code) && exchange) return inPerson(exchange, content, code);
      throw error;
    }
  }

  async function edit(
    place: Place,
    postId: string,
    content: Content,
    reply: Reply,
    exchange: Exchange | undefined,
  ): Promise<string> {
    const stream = streams.get(reply.exchangeId);
    if (stream?.ts === postId) {
      await (reply.final ? endStream(place, stream, content, reply) : appendStream(place, stream, reply));
      return postId;
    }
    const { channel, ts } = located(place, postId);
    const shown = channel !== place.channel && exchange ? withReason(content, exchange) : content;
    const began = Date.now();
    try {
      await send.chat.update({ channel, ts, ...bodyOf(shown, reply.exchangeId) });
      onSent(began);
      return postId;
    } catch (error) {
      const code = errorCode(error);
      if (code === 'streaming_state_conflict') {
        // A stream of before a restart: what it showed is not known, so its text is not gone on with.
        streams.set(reply.exchangeId, { ts: postId, shown: undefined, line: '' });
        return edit(place, postId, content, reply, exchange);
      }
      if (code === undefined || !GONE.has(code)) throw error;
      // What was only on its way needs no new place; an answer does: whoever asked must get it.
      if (!reply.final) return postId;
      if (ELSEWHERE.has(code)) return exchange ? inPerson(exchange, content, code) : postId;
      return create(place, content, reply, undefined);
    }
  }

  async function post(channel: string, thread: string | undefined, content: Content, id: string): Promise<string> {
    const began = Date.now();
    const posted = await send.chat.postMessage({
      channel,
      ...(thread ? { thread_ts: thread } : {}),
      ...bodyOf(content, id),
      ...{ unfurl_links: false, unfurl_media: false, parse: 'none', link_names: false },
    });
    onSent(began);
    return posted.ts!;
  }

  /** A direct message, which says why it is there. */
  async function inPerson(exchange: Exchange, content: Content, code: string): Promise<string> {
    const { message, id } = exchange;
    reasons.set(id, code);
    const posted = await send.chat.postMessage({
      channel: message.author.id.slice(message.author.id.indexOf(':') + 1),
      ...bodyOf(withReason(content, exchange), id),
      ...{ unfurl_links: false, unfurl_media: false, parse: 'none', link_names: false },
    });
    return `${posted.channel}/${posted.ts}`;
  }

  function withReason(content: Content, { id, message }: Exchange): Content {
    const code = reasons.get(id);
    const asked = clip(message.text.replace(/\s+/g, ' '), 300);
    const why = `I could not answer where you asked${code ? ` (${code})` : ''}. You asked: ${asked}`;
    return { ...content, blocks: [context([why]), ...content.blocks] };
  }

  /** Where in the channel a reply hangs: a slash command's hangs under nothing, what is written beneath it under it. */
  async function threadOf(place: Place, exchange: Exchange | undefined): Promise<string | undefined> {
    if (threadTs(place) !== undefined || !exchange || isCommand(exchange)) return threadTs(place);
    const root = await rootPost(place);
    return root && located(place, root).ts;
  }

  async function findPost(channel: string, ts: string | undefined, exchangeId: string): Promise<string | undefined> {
    const { messages = [] } = ts
      ? await read.conversations.replies({ channel, ts, limit: 200, include_all_metadata: true })
      : await read.conversations.history({ channel, limit: 50, include_all_metadata: true });
    const own = (messages as Posted[]).find(
      ({ user, metadata }) =>
        user === botUser() && metadata?.event_type === EVENT_TYPE && metadata.event_payload?.exchange_id === exchangeId,
    );
    return own?.ts;
  }

  // -------------------------------------------------------------------------------------------- the agent pane

  async function startStream(channel: string, thread: string, reply: Reply): Promise<string> {
    const view = viewOf(reply);
    const line = view.kind === 'working' ? view.line : '';
    const { ts } = await send.chat.startStream({
      channel,
      thread_ts: thread,
      chunks: [task(line, 'in_progress')],
      task_display_mode: 'timeline',
    });
    streams.set(reply.exchangeId, { ts: ts!, shown: '', line });
    return ts!;
  }

  async function appendStream({ channel }: Place, stream: Stream, reply: Reply): Promise<void> {
    const view = viewOf(reply);
    if (view.kind !== 'working') return;
    const chunks: types.AnyChunk[] = [];
    if (view.line !== stream.line) chunks.push(task(view.line, 'in_progress'));
    // What a stream has shown cannot be taken back: only what goes on from there is added.
    const { shown } = stream;
    const more = shown !== undefined && view.partial.startsWith(shown) ? view.partial.slice(shown.length) : '';
    if (more) chunks.push({ type: 'markdown_text', text: asMarkdown(more) });
    if (chunks.length === 0) return;
    await send.chat.appendStream({ channel, ts: stream.ts, chunks });
    stream.line = view.line;
    if (more) stream.shown += more;
  }

  async function endStream(place: Place, stream: Stream, content: Content, reply: Reply): Promise<void> {
    const { channel } = place;
    try {
      await send.chat.stopStream({
        channel,
        ts: stream.ts,
        chunks: [task(reply.answer ? 'Done' : 'Ended', 'complete')],
        blocks: content.blocks,
        metadata: metadataOf(reply.exchangeId),
      });
    } catch (error) {
      // Stopped by the person, or by Slack after a silence: then it is a message like any other.
      if (errorCode(error) !== 'message_not_in_streaming_state') throw error;
      await send.chat.update({ channel, ts: stream.ts, ...bodyOf(content, reply.exchangeId) });
    }
    streams.delete(reply.exchangeId);
  }

  /** The platform's counter that an edit of the reply will use up. */
  function editMethod(reply: Reply): string {
    if (!streams.has(reply.exchangeId)) return 'chat.update';
    return reply.final ? 'chat.stopStream' : 'chat.appendStream';
  }

  /** An alert card: no reply, so it is where it is put, and nowhere else. One that may be there already is looked for. */
  function postCard(place: Place, content: Content, card: AlertCard): Promise<string> {
    const looked = uncertain.has(card.id) || Date.parse(card.openedAt) < startedAt;
    return cards.show(`${place.channel} ${card.id}`, waysOf(place, content, card.id, looked));
  }

  /** One that cannot be edited is posted anew; where that was done before a restart, it is found. */
  function editCard(place: Place, postId: string, content: Content, card: AlertCard): Promise<string | undefined> {
    const { id, news } = card;
    const cannot = (error: unknown): Cannot | undefined => {
      const code = errorCode(error) ?? '';
      if (!DELETED.has(code)) return undefined;
      return code === 'message_not_found' && !news ? 'leave it' : 'post anew';
    };
    return cards.update(`${place.channel} ${id}`, postId, { ...waysOf(place, content, id, true), cannot });
  }

  function waysOf(place: Place, content: Content, id: string, looked: boolean): Ways {
    const edit = async (postId: string) => {
      const began = Date.now();
      await send.chat.update({ ...located(place, postId), ...bodyOf(content, id) });
      onSent(began);
    };
    return {
      edit,
      async post() {
        const found = looked ? await findPost(place.channel, threadTs(place), id) : undefined;
        if (found !== undefined) {
          await edit(found);
          return found;
        }
        try {
          uncertain.delete(id);
          return await post(place.channel, threadTs(place), content, id);
        } catch (error) {
          if (isUncertain(error)) uncertain.add(id);
          throw error;
        }
      },
    };
  }

  return { create, edit, editMethod, postCard, editCard };
}

interface Posted {
  ts?: string;
  user?: string;
  metadata?: { event_type?: string; event_payload?: { exchange_id?: unknown } };
}

/** Throws on what went wrong in a channel: a ChannelClosed where time will not mend it. */
export function sayClosed({ channel }: Place): (error: unknown) => never {
  return (error) => {
    const code = errorCode(error) ?? '';
    const mend = CLOSED[code];
    if (mend === undefined) throw error;
    throw new ChannelClosed(`[slack] ${channel} says ${code}: ${mend}, or name another channel`, { cause: error });
  };
}

/** Slack's own thread of a place; undefined for a slash command's, which hangs under nothing. */
export function threadTs({ thread }: Place): string | undefined {
  return /^\d+\.\d+$/.test(thread) ? thread : undefined;
}

/** A post's id is its time; where it hangs in another channel than the question, that stands before it. */
export function located({ channel }: Place, postId: string): { channel: string; ts: string } {
  const [elsewhere, ts] = postId.split('/');
  return ts === undefined ? { channel, ts: postId } : { channel: elsewhere!, ts };
}

function bodyOf({ text, blocks }: Content, exchangeId: string) {
  return { text, blocks, metadata: metadataOf(exchangeId) };
}

function metadataOf(exchangeId: string): types.MessageMetadata {
  return { event_type: EVENT_TYPE, event_payload: { exchange_id: exchangeId } };
}

function task(title: string, status: 'in_progress' | 'complete'): types.TaskUpdateChunk {
  return { type: 'task_update', id: TASK, title, status };
}

/** Streams read Markdown: its signs lose their force. */
function asMarkdown(text: string): string {
  return escapeText(text).replace(/[\\`*_~[\]#>|]/g, (sign) => `\\${sign}`);
}
