/**
 * From a message to the door: who, where, what. Files are answered by what can be done with them; what the bot turns away
 * or cannot store is said under the message. Nothing here is acknowledged before the door has it on disk.
 */
import { type Message as DiscordMessage, MessageType } from 'discord.js';
import type { Door, Place } from '../../bot/types.ts';
import { aboutUploads, namesOf } from '../shared/uploads.ts';
import { conversationOf, wordsOf } from './conversation.ts';
import type { Logger } from './discord.ts';
import { idOf } from './origin.ts';
import type { People } from './people.ts';

export interface ReceiveOptions {
  door: Door;
  people: People;
  /** Says a line under a message; the same message's line is said once. */
  tell(message: DiscordMessage, text: string): Promise<void>;
  logger: Logger;
}

export const FAULT = 'I could not take this in: something is wrong on my side. Try again in a minute.';

export function createReceiver({ door, people, tell, logger }: ReceiveOptions) {
  /** Resolves when the message is dealt with; never rejects. */
  return async function receive(message: DiscordMessage, tooLate = false): Promise<void> {
    if (!isPersons(message)) return;
    try {
      const place = await conversationOf(message, door);
      if (place) await take(message, place, tooLate);
    } catch (error) {
      logger.error({ error, message: message.id }, '[discord] a message was not taken');
      await tell(message, FAULT).catch((cause) => logger.error({ error: cause }, '[discord] nor could that be said'));
    }
  };

  async function take(message: DiscordMessage, place: Place, tooLate: boolean): Promise<void> {
    const words = await wordsOf(message);
    const uploads = [...message.attachments.values()].map(({ name, contentType }) => ({
      name,
      mimetype: contentType ?? '',
    }));
    const about = uploads.length > 0 ? aboutUploads(uploads) : '';
    const only = words === '' && about !== '';
    const receipt = await door.handle({
      id: idOf({ kind: 'message', channel: message.channelId, message: message.id }),
      place,
      author: await people.of(message.author, message.member),
      // A bare mention asks what can be asked.
      ...(only ? { text: namesOf(uploads), answer: about } : { text: words || 'help' }),
      sentAt: message.createdAt.toISOString(),
      ...(tooLate ? { tooLate } : {}),
    });
    const beside = receipt.kind === 'duplicate' || only ? '' : about;
    const lines = [receipt.kind === 'rejected' ? receipt.notice : '', beside];
    const text = lines.filter(Boolean).join('\n');
    if (text) await tell(message, text);
  }
}

export function isPersons({ author, system, type, webhookId }: DiscordMessage): boolean {
  const written = type === MessageType.Default || type === MessageType.Reply;
  return !author.bot && !system && webhookId === null && written;
}
