/**
 * What people press and fill in: buttons of the cards, modals, the message shortcut, the slash command. Each is
 * acknowledged at once; who may do it is the door's to say, and the person is told what came of it.
 */
import type { App, BlockAction, ButtonAction, RespondFn, SlackViewAction } from '@slack/bolt';
import type { ActionResult, Door, Person, ShelveMinutes } from '../../bot/types.ts';
import { viewOf } from '../shared/view.ts';
import type { Client } from './api.ts';
import { escapeText, paragraphs, whyBlocks } from './blocks.ts';
import { flagBlocks, type Told } from './home.ts';
import type { Log } from './log.ts';
import {
  type Carried,
  carriedBy,
  correctModal,
  flagModal,
  noticeModal,
  readModal,
  shelveModal,
  teachModal,
  valuesOf,
  wrongModal,
} from './modals.ts';
import type { People } from './people.ts';
import { ADAPTER, readable, type Whom } from './receive.ts';

export interface InteractionParts {
  app: App;
  door: Door;
  people: People;
  /** Opens modals: three seconds after a press its trigger is gone, so this client neither waits nor repeats. */
  client: Client;
  log: Log;
  tell: (to: Whom, text: string) => Promise<void>;
  threadOf: (channel: string, root: string) => Promise<string | undefined>;
  showHome: (user: string, told?: Told) => Promise<void>;
}

/** Of every deed by modal. */
type Common = { id: string; author: Person };
type Modal = Parameters<Client['views']['open']>[0]['view'];

export function onInteractions({ app, door, people, client, log, tell, threadOf, showHome }: InteractionParts): void {
  // -------------------------------------------------------------------------------------------- buttons

  app.action<BlockAction<ButtonAction>>('flag', async ({ ack, body, action }) => {
    await ack();
    const about = { id: idOf(body), exchangeId: action.value ?? '', author: personOf(body.user) };
    if (await refused(body, door.act({ kind: 'flag', ...about, reason: '' }))) return;
    await open(body, flagModal({ ...carried(body), exchangeId: about.exchangeId }));
  });

  app.action<BlockAction<ButtonAction>>('correct', async ({ ack, body, action }) => {
    await ack();
    const exchangeId = action.value ?? '';
    const about = { id: idOf(body), exchangeId, author: personOf(body.user) };
    if (await refused(body, door.act({ kind: 'correct', ...about, answer: '', rationale: '' }))) return;
    const exchange = await door.exchange(exchangeId);
    await open(body, correctModal({ ...carried(body), exchangeId }, exchange?.reply.answer?.answer === ''));
  });

  app.action<BlockAction<ButtonAction>>('why', async ({ ack, body, action }) => {
    await ack();
    const exchange = await door.exchange(action.value ?? '');
    const view = exchange && viewOf(exchange.reply, exchange);
    const modal =
      view?.kind === 'answer'
        ? readModal('Why this answer', whyBlocks(view))
        : noticeModal('Why', 'It is not there any more.');
    await open(body, modal);
  });

  app.action<BlockAction>('rate', async ({ ack, body, action }) => {
    await ack();
    const [value, exchangeId = ''] = ('value' in action ? String(action.value) : '').split(' ');
    if (value !== 'up' && value !== 'down') return;
    const author = personOf(body.user);
    const result = await door.act({ kind: 'rate', id: idOf(body), exchangeId, author, value });
    await tell(whomOf(body), result.notice);
  });

  /**
   * Before a form opens: the deed with nothing in it changes nothing, but a person without the role is refused it, which
   * the audit log keeps, and fills in no form for nothing.
   */
  async function refused(body: BlockAction, empty: Promise<ActionResult>): Promise<boolean> {
    const result = await empty;
    if (result.kind === 'denied') await told(body, result.notice);
    return result.kind === 'denied';
  }

  /** To who pressed: where that was; on App Home, at its top. */
  async function told(body: BlockAction, notice: string): Promise<void> {
    const onHome = body.view?.type === 'home';
    await (onHome ? showHome(body.user.id, { notice }) : tell(whomOf(body), notice));
  }

  /** The trigger may be gone already; then the person is told instead of being left with a dead button. */
  async function open(body: BlockAction, view: Modal): Promise<void> {
    try {
      await client.views.open({ trigger_id: body.trigger_id, view });
    } catch (error) {
      log.warn({ error }, 'Slack: a form could not be opened');
      await told(body, 'The form did not open in time: press the button once more.');
    }
  }

  // -------------------------------------------------------------------------------------------- modals

  app.view('flag', ({ ack, body, view }) => {
    const { reason = '' } = valuesOf(view);
    const flag = ({ exchangeId = '' }: Carried, common: Common) =>
      door.act({ kind: 'flag', exchangeId, reason, ...common });
    return submit(ack, body, flag, 'reason');
  });

  app.view('correct', ({ ack, body, view }) => {
    const { answer = '', rationale = '' } = valuesOf(view);
    const correct = ({ exchangeId = '' }: Carried, common: Common) =>
      door.act({ kind: 'correct', exchangeId, answer, rationale, ...common });
    return submit(ack, body, correct, 'answer');
  });

  app.view('teach', ({ ack, body, view }) => {
    const { question = '', answer = '', rationale = '' } = valuesOf(view);
    const teach = ({ channel, thread }: Carried, common: Common) =>
      door.act({ kind: 'teach', place: { adapter: ADAPTER, channel, thread }, question, answer, rationale, ...common });
    return submit(ack, body, teach, 'answer');
  });

  type Ack = (
    response?:
      | { response_action: 'errors'; errors: Record<string, string> }
      | { response_action: 'update'; view: Modal },
  ) => Promise<void>;

  /** Bad input is said beside the field, a refusal in the modal; what was done, in the conversation. */
  async function submit(
    ack: unknown,
    body: SlackViewAction,
    deed: (carry: Carried, common: Common) => Promise<ActionResult>,
    field: string,
  ): Promise<void> {
    const answer = ack as Ack;
    const carry = carriedBy(body.view);
    const author = personOf(body.user);
    let result: ActionResult;
    try {
      // The same modal sent twice is one deed.
      result = await deed(carry, { id: `slack-${body.view.id}`, author });
    } catch (error) {
      log.error({ error }, 'Slack: a form was not stored');
      const notice = `It was not stored: ${error instanceof Error ? error.message : String(error)}. Send it again.`;
      return answer({ response_action: 'errors', errors: { [field]: notice.slice(0, 300) } });
    }
    if (result.kind === 'invalid') return answer({ response_action: 'errors', errors: { [field]: result.notice } });
    if (result.kind === 'denied') {
      return answer({ response_action: 'update', view: noticeModal('Not allowed', result.notice) });
    }
    await answer();
    if (carry.channel === '') return showHome(body.user.id, { notice: result.notice });
    await tell({ user: body.user.id, channel: carry.channel, thread: carry.thread }, result.notice);
  }

  // -------------------------------------------------------------------------------------------- alerts

  for (const kind of ['acknowledge', 'unshelve', 'assign', 'explain'] as const) {
    app.action<BlockAction<ButtonAction>>(`alert.${kind}`, async ({ ack, body, action }) => {
      await ack();
      const author = personOf(body.user);
      const common = { id: idOf(body), cardId: action.value ?? '', author };
      const result = await door.actOnAlert(kind === 'assign' ? { kind, ...common, to: author } : { kind, ...common });
      await tell(whomOf(body), result.notice);
    });
  }

  app.action<BlockAction<ButtonAction>>('alert.shelve', async ({ ack, body, action }) => {
    await ack();
    const about = { id: idOf(body), cardId: action.value ?? '', author: personOf(body.user), reason: '' };
    if (await refused(body, door.actOnAlert({ kind: 'shelve', ...about, minutes: 15 }))) return;
    await open(body, shelveModal({ ...carried(body), cardId: about.cardId }));
  });

  app.action<BlockAction<ButtonAction>>('alert.wrong', async ({ ack, body, action }) => {
    await ack();
    const about = { id: idOf(body), cardId: action.value ?? '', author: personOf(body.user), reason: '' };
    if (await refused(body, door.actOnAlert({ kind: 'wrong', ...about }))) return;
    await open(body, wrongModal({ ...carried(body), cardId: about.cardId }));
  });

  app.view(/^alert\.(shelve|wrong)$/, ({ ack, body, view }) => {
    const { minutes, reason = '' } = valuesOf(view);
    const shelve = view.callback_id === 'alert.shelve';
    return submit(
      ack,
      body,
      ({ cardId = '' }, common) => {
        const about = { ...common, cardId, reason };
        if (!shelve) return door.actOnAlert({ kind: 'wrong', ...about });
        return door.actOnAlert({ kind: 'shelve', ...about, minutes: Number(minutes) as ShelveMinutes });
      },
      'reason',
    );
  });

  // -------------------------------------------------------------------------------------------- the review queue

  for (const decision of ['accept', 'reject', 'undo'] as const) {
    app.action<BlockAction<ButtonAction>>(`review.${decision}`, async ({ ack, body, action }) => {
      await ack();
      const item = action.value ?? '';
      const author = personOf(body.user);
      const { kind, notice } = await door.act({ kind: 'review', id: idOf(body), item, decision, author });
      const decided = kind === 'done' && decision !== 'undo';
      await showHome(body.user.id, { notice, ...(decided ? { undo: item } : {}) });
    });
  }

  // -------------------------------------------------------------------------------------------- shortcut

  app.shortcut({ callback_id: 'teach', type: 'message_action' }, async ({ ack, shortcut }) => {
    await ack();
    const { channel, message, user, trigger_id } = shortcut;
    const root = (message as { thread_ts?: string }).thread_ts ?? message.ts;
    const author = personOf(user);
    const whom = { user: user.id, channel: channel.id, thread: root };
    const place = { adapter: ADAPTER, channel: channel.id, thread: root };
    const lesson = {
      kind: 'teach' as const,
      id: `slack-${trigger_id}`,
      place,
      author,
      question: '',
      answer: '',
      rationale: '',
    };
    const result = await door.act(lesson);
    if (result.kind === 'denied') return tell(whom, result.notice);
    const thread = (await threadOf(channel.id, root)) ?? root;
    const [asked] = await door.history({ adapter: ADAPTER, channel: channel.id, thread, limit: 1 });
    const said = readable(message.text ?? '');
    try {
      const modal = teachModal({ channel: channel.id, thread }, asked?.message.text ?? '', said);
      await client.views.open({ trigger_id, view: modal });
    } catch (error) {
      log.warn({ error }, 'Slack: a form could not be opened');
      await tell(whom, 'The form did not open in time: choose “Teach this” once more.');
    }
  });

  // -------------------------------------------------------------------------------------------- slash command

  app.command('/rounds', async ({ ack, command, respond }) => {
    const { user_id: user, user_name: name, channel_id: channel, team_id: team, text, trigger_id } = command;
    const author = people.person(user, { name, team });
    const said = readable(text);
    const word = said.toLowerCase();
    if (word === 'status' || word === 'flags') {
      const home = await door.home(author);
      if (home.roles.length === 0)
        return ack(`You have no role here yet: ask the administrator to add ${author.id} to ROLES.`);
      const blocks = word === 'status' ? paragraphs(home.about, 2) : flagBlocks(home);
      return ack({ response_type: 'ephemeral', text: escapeText(home.about), blocks });
    }
    if (word === 'review') {
      const items = await door.reviews(author);
      const waiting = items?.filter(({ state }) => state === 'waiting').length;
      const where = 'on my Home tab (click my name, then Home)';
      const words =
        waiting === undefined ? 'Only engineers review what is taught.' : `${waiting} to review: they are ${where}.`;
      return ack({ response_type: 'ephemeral', text: words });
    }
    if (word === '' || word === 'help') return ack({ response_type: 'ephemeral', text: HELP });
    try {
      const place = { adapter: ADAPTER, channel, thread: `slash-${trigger_id}` };
      const message = { id: `slash:${trigger_id}`, place, author, text: said, sentAt: new Date().toISOString() };
      const receipt = await door.handle(message);
      await ack(
        receipt.kind === 'rejected' ? { response_type: 'ephemeral', text: escapeText(receipt.notice) } : undefined,
      );
    } catch (error) {
      log.error({ error }, 'Slack: a command was not stored');
      await ack();
      await sayPrivately(respond, 'I could not take that just now. Send it again in a minute.');
    }
  });

  async function sayPrivately(respond: RespondFn, text: string): Promise<void> {
    await respond({ response_type: 'ephemeral', text: escapeText(text) });
  }

  // -------------------------------------------------------------------------------------------- helpers

  function personOf(user: { id: string; name?: string; username?: string; team_id?: string }): Person {
    const name = user.name ?? user.username;
    return people.person(user.id, { ...(name ? { name } : {}), ...(user.team_id ? { team: user.team_id } : {}) });
  }
}

const HELP = [
  '`/rounds ask QUESTION` (or just the question): an answer here, for all to see.',
  '`/rounds status`: how the bot is.  `/rounds flags`: flagged answers.  `/rounds handover`: the shift’s handover.',
  '`/rounds review`: what waits for an engineer before it is taught; the list itself is on my Home tab.',
  'Or mention me, write to me in person, or answer in a thread of mine without a mention.',
  'Under an answer: *Why?* shows rationale and sources, *Flag* marks it, *Correct* puts it right (engineers).',
  'Message menu, *Teach this*: make somebody’s words an answer (engineers).',
].join('\n');

/** Where a press came from; from App Home there is no channel: then it is told there. */
function carried(body: BlockAction): Carried {
  const { channel, thread } = whomOf(body);
  return { channel, thread };
}

function whomOf(body: BlockAction): Whom {
  const message = body.message as { ts: string; thread_ts?: string } | undefined;
  return { user: body.user.id, channel: body.channel?.id ?? '', thread: message?.thread_ts ?? '' };
}

/** The same press delivered twice has the same id. */
function idOf(body: BlockAction): string {
  const [action] = body.actions;
  return `slack-${body.user.id}-${action?.action_ts ?? body.trigger_id}`;
}
