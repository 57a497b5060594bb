/**
 * Slash commands, buttons, modals, the context menu and autocompletion. Discord waits three seconds for the first answer:
 * a question is on disk before it is acknowledged, unless the disk takes half of that; a modal opens at once; everything
 * else is deferred, then told to the person alone. Who may do what is the door's to say, and the door's to write down.
 */
import {
  type AutocompleteInteraction,
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  type Interaction,
  type MessageContextMenuCommandInteraction,
  MessageFlags,
  type ModalSubmitInteraction,
  type RepliableInteraction,
} from 'discord.js';
import { isAlertId, pressAlert, submitAlert } from './alert-press.ts';
import { details, lineOf } from './card.ts';
import { ASK, correctModal, flagModal, parseId, teachModal } from './commands.ts';
import { placeOf } from './conversation.ts';
import type { Action, Door, Logger, Message, Person, TagHint } from './discord.ts';
import { homeText } from './home.ts';
import { ADAPTER, idOf } from './origin.ts';
import type { People } from './people.ts';
import { FAULT } from './receive.ts';
import { isReviewId, pressReview, reviewBody } from './review.ts';
import type { Live } from './send.ts';

export interface InteractOptions {
  door: Door;
  people: People;
  live: Map<string, Live>;
  tags: readonly TagHint[];
  clock: () => number;
  logger: Logger;
}

/** A token is good for fifteen minutes; half a minute is kept back for what is on its way. */
const TOKEN_LIFE_MS = 14.5 * 60_000;
/** Half of Discord's patience. */
const DEFER_AFTER_MS = 1500;
/** Interactions whose ids are remembered: far more than come within a token's life. */
const REMEMBERED = 5000;
const EPHEMERAL = MessageFlags.Ephemeral as const;
/** A deed with nothing in it: judged before a modal opens, so that nobody fills one in for nothing. */
const NOTHING = '';

export function createInteractor(options: InteractOptions) {
  const { door, people, live, tags, clock, logger } = options;

  const seen = new Set<string>();

  /** Never rejects. */
  return async function interact(interaction: Interaction): Promise<void> {
    // A gateway that is resumed may say again what was heard.
    if (seen.has(interaction.id)) return;
    seen.add(interaction.id);
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value!);
    try {
      if (interaction.isAutocomplete()) await complete(interaction);
      else if (interaction.isChatInputCommand()) await command(interaction);
      else if (interaction.isButton()) await press(interaction);
      else if (interaction.isMessageContextMenuCommand()) await teach(interaction);
      else if (interaction.isModalSubmit()) await submit(interaction);
    } catch (error) {
      logger.error({ error, interaction: interaction.id }, '[discord] an interaction failed');
      if (!interaction.isRepliable()) return;
      await say(interaction, FAULT).catch((cause) => logger.warn({ error: cause }, '[discord] nor could that be said'));
    }
  };

  // -------------------------------------------------------------------------------------------- slash commands

  async function command(interaction: ChatInputCommandInteraction): Promise<void> {
    const name = interaction.options.getSubcommand();
    if (name === 'flags') {
      await interaction.deferReply({ flags: EPHEMERAL });
      return say(interaction, homeText(await door.home(await personOf(interaction)), interaction.guildId));
    }
    if (name === 'review') {
      await interaction.deferReply({ flags: EPHEMERAL });
      await interaction.editReply(reviewBody(await door.reviews(await personOf(interaction))));
      return;
    }
    if (name === ASK) return question(interaction, asked(interaction));
    const hours = name === 'handover' ? interaction.options.getInteger('hours') : null;
    return question(interaction, { text: hours === null ? name : `${name} ${hours}h` });
  }

  function asked({ options: given }: ChatInputCommandInteraction): Pick<Message, 'text' | 'options'> {
    const text = given.getString('question', true);
    const asset = given.getString('asset')?.trim();
    const choices = given
      .getString('options')
      ?.split('|')
      .map((one) => one.trim())
      .filter(Boolean);
    return {
      text: asset && !text.toLowerCase().includes(asset.toLowerCase()) ? `${asset}: ${text}` : text,
      ...(choices?.length ? { options: choices } : {}),
    };
  }

  async function question(
    interaction: ChatInputCommandInteraction,
    words: Pick<Message, 'text' | 'options'>,
  ): Promise<void> {
    const { id, token, channel, channelId } = interaction;
    let deferred: Promise<string> | undefined;
    const acknowledge = () => {
      deferred ??= interaction
        .deferReply({ withResponse: true })
        .then(({ interaction: { responseMessageId }, resource }) => responseMessageId ?? resource?.message?.id ?? '');
      return deferred;
    };
    let settle: (posted: Promise<string>) => void = () => {};
    const posted = new Promise<string>((resolve) => {
      settle = resolve;
    });
    // Who waits for it hears of it; nobody may be waiting.
    posted.catch(() => {});
    live.set(id, { token, until: clock() + TOKEN_LIFE_MS, posted });
    const slow = setTimeout(() => settle(acknowledge()), DEFER_AFTER_MS);
    try {
      const receipt = await door.handle({
        id: idOf({ kind: 'slash', channel: channelId, interaction: id }),
        place: placeOf(channel, channelId, id),
        author: await personOf(interaction),
        ...words,
        sentAt: interaction.createdAt.toISOString(),
      });
      if (receipt.kind === 'rejected') {
        live.delete(id);
        await deferred;
        return await say(interaction, receipt.notice);
      }
      settle(acknowledge());
      // It is on disk: where Discord does not take the acknowledgement any more, the answer comes as a message.
      await posted.catch((error) => logger.warn({ error, interaction: id }, '[discord] acknowledged too late'));
    } catch (error) {
      live.delete(id);
      settle(refusedWith(error));
      throw error;
    } finally {
      clearTimeout(slow);
    }
  }

  async function complete(interaction: AutocompleteInteraction): Promise<void> {
    const typed = interaction.options.getFocused().toLowerCase();
    const fits = tags.filter(({ tag, class: kind = '', area = '', description = '' }) =>
      [tag, kind, area, description].some((words) => words.toLowerCase().includes(typed)),
    );
    // What begins so comes before what only contains it.
    const first = (tag: string) => (tag.toLowerCase().startsWith(typed) ? 0 : 1);
    const best = [...fits].sort((a, b) => first(a.tag) - first(b.tag)).slice(0, 25);
    await interaction.respond(
      best.map(({ tag, class: kind, description }) => ({
        name: [tag, description || kind].filter(Boolean).join(' · ').slice(0, 100),
        value: tag.slice(0, 100),
      })),
    );
  }

  // -------------------------------------------------------------------------------------------- buttons and modals

  async function press(interaction: ButtonInteraction): Promise<void> {
    const { verb, about } = parseId(interaction.customId);
    const author = await personOf(interaction);
    if (isAlertId(interaction.customId)) {
      const told = await pressAlert(interaction, door, author);
      return told === undefined ? undefined : say(interaction, told);
    }
    if (isReviewId(interaction.customId)) return pressReview(interaction, door, author);
    const base = { id: interaction.id, exchangeId: about, author };
    if (verb === 'why') {
      if (door.rolesOf(author).length === 0) return say(interaction, 'You have no role here: ask the administrator.');
      await interaction.deferReply({ flags: EPHEMERAL });
      const exchange = await door.exchange(about);
      if (!exchange) return say(interaction, 'There is no such answer.');
      await interaction.editReply(details(exchange.reply, exchange));
      return;
    }
    if (verb === 'up' || verb === 'down') {
      await interaction.deferReply({ flags: EPHEMERAL });
      return told(interaction, { kind: 'rate', ...base, value: verb });
    }
    if (verb === 'flag') {
      const denied = await denies({ kind: 'flag', ...base, reason: NOTHING });
      return denied ? say(interaction, denied) : interaction.showModal(flagModal(about)).then(() => {});
    }
    if (verb === 'correct') {
      const denied = await denies({ kind: 'correct', ...base, answer: NOTHING, rationale: NOTHING });
      return denied ? say(interaction, denied) : interaction.showModal(correctModal(about, '')).then(() => {});
    }
    return say(interaction, 'This button is not known any more: ask again.');
  }

  async function teach(interaction: MessageContextMenuCommandInteraction): Promise<void> {
    const { targetMessage: target, channel, channelId } = interaction;
    const author = await personOf(interaction);
    const own = target.author.id === interaction.applicationId;
    const exchange = own ? await door.byPost(ADAPTER, target.id) : undefined;
    const denied = await denies(
      exchange
        ? { kind: 'correct', id: interaction.id, exchangeId: exchange.id, author, answer: NOTHING, rationale: NOTHING }
        : { ...lesson(placeOf(channel, channelId, target.id), interaction.id, author), answer: NOTHING },
    );
    if (denied) return say(interaction, denied);
    // On an answer of the bot's own, teaching is correcting.
    if (exchange) return interaction.showModal(correctModal(exchange.id, '')).then(() => {});
    await interaction.showModal(teachModal(`${channelId}/${target.id}`, '', target.content ?? NOTHING));
  }

  async function submit(interaction: ModalSubmitInteraction): Promise<void> {
    const { verb, about } = parseId(interaction.customId);
    const { fields, channel } = interaction;
    const channelId = interaction.channelId ?? about.split('/')[0]!;
    await interaction.deferReply({ flags: EPHEMERAL });
    const author = await personOf(interaction);
    if (isAlertId(interaction.customId)) return say(interaction, await submitAlert(interaction, door, author));
    const base = { id: interaction.id, exchangeId: about, author };
    const value = (name: string) => fields.getTextInputValue(name);
    if (verb === 'flag') return told(interaction, { kind: 'flag', ...base, reason: value('reason') });
    if (verb === 'correct') {
      return told(interaction, { kind: 'correct', ...base, answer: value('answer'), rationale: value('rationale') });
    }
    const place = placeOf(channel, channelId, about.split('/')[1] ?? interaction.id);
    return told(interaction, {
      ...lesson(place, interaction.id, author),
      question: value('question'),
      answer: value('answer'),
      rationale: value('rationale'),
    });
  }

  function lesson(place: Message['place'], id: string, author: Person): Extract<Action, { kind: 'teach' }> {
    return { kind: 'teach', id, place, author, question: NOTHING, answer: NOTHING, rationale: NOTHING };
  }

  /** The door's refusal, by what it says to the deed with nothing in it; that changes nothing, but a refusal is audited. */
  async function denies(empty: Action): Promise<string | undefined> {
    const result = await door.act(empty);
    return result.kind === 'denied' ? result.notice : undefined;
  }

  async function told(interaction: RepliableInteraction, action: Action): Promise<void> {
    await say(interaction, (await door.act(action)).notice);
  }

  function personOf({ user, member }: Interaction): Promise<Person> {
    return people.of(user, member);
  }
}

/** A rejection that nobody need be waiting for. */
function refusedWith(error: unknown): Promise<never> {
  const refused = Promise.reject(error);
  refused.catch(() => {});
  return refused;
}

/** To the person alone, whatever was answered before. */
async function say(interaction: RepliableInteraction, text: string): Promise<void> {
  const body = lineOf(text);
  if (interaction.deferred) await interaction.editReply(body);
  else if (interaction.replied) await interaction.followUp({ ...body, flags: EPHEMERAL });
  else await interaction.reply({ ...body, flags: EPHEMERAL });
}
