/** What ill will, or a model gone wrong, can send through Discord: it notifies nobody, shows no link of its own, hides nothing. */
import { describe, expect, it, vi } from 'vitest';
import { cardOf, details } from '../../../adapters/discord/card.ts';
import type { Answer, AuditEntry, Reply } from '../../../bot/types.ts';
import { answerWith, memoryDoor } from '../door.ts';
import { discordBot } from './bot.ts';
import { discordPlant, started, textOf, WAIT } from './connect.ts';
import { answerTo, cards, line } from './people.ts';

const EVIL =
  '@everyone @here <@&1573744583005700099> <@1573744583005700098> <!channel> <#1573744583005700097> </ban:1573744583005700096>';
const LINKS =
  'See https://evil.test/x, [the manual](https://evil.test/y), <https://evil.test/z>, evil.com/q and discord.gg/abc';

function finalOf(answer: Partial<Answer>): Reply {
  return { exchangeId: 'x1', final: true, stage: 'judging', answer: answerWith(answer) };
}

/** Everything a card says, behind its button too, as it is sent. */
function sentOf(answer: Partial<Answer>): string {
  const reply = finalOf(answer);
  return JSON.stringify([cardOf(reply), details(reply)]);
}

describe('mentions', () => {
  it('in what people and the model write notify nobody', async () => {
    const door = memoryDoor(async (_, onStage) => {
      await onStage('thinking', EVIL);
      return answerWith({
        answer: EVIL,
        rationale: EVIL,
        reason: EVIL,
        sources: [{ title: EVIL, text: EVIL, kind: 'signs', id: 's' }],
      });
    });
    const plant = await discordPlant();
    const { peer, channel } = plant;
    const loud = peer.person('@everyone <@&1>', [plant.engineers]);
    await started(plant, door);
    peer.say(channel, loud, peer.mention(EVIL));
    const [card] = await cards(peer, channel, 1, /87 %/);
    await answerTo(peer.press(card!, loud, 'why'));
    const opened = peer.press(card!, loud, 'correct');
    await vi.waitFor(() => expect(opened.modal).toBeDefined(), WAIT);
    await answerTo(peer.submit(opened, loud, { answer: EVIL, rationale: EVIL }));
    await cards(peer, channel, 1, /Corrected by/);
    door.handle = async () => ({ kind: 'rejected', notice: EVIL });
    peer.say(channel, loud, peer.mention('again'));
    await line(peer, channel, /./);
    const written = [...peer.replies(channel), ...peer.interactions.flatMap(({ original }) => original ?? [])];
    for (const message of written) {
      expect(message.notified).toEqual({ everyone: false, users: [], roles: [] });
      expect(JSON.stringify([message.embeds, message.content])).not.toMatch(/@everyone|@here|<@|<#|<\//);
    }
    // Each message that was sent says so itself, too.
    const bodies = peer.requests.filter(({ method, body }) => method !== 'GET' && body && 'embeds' in (body as object));
    expect(bodies.length).toBeGreaterThan(3);
    for (const { body } of bodies) expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    expect(peer.violations()).toEqual([]);
  });
});

describe('links', () => {
  it('that no source holds are not shown; one that a source holds is', () => {
    const sent = sentOf({
      answer: `${LINKS} https://plant.test/manual#p7`,
      rationale: LINKS,
      sources: [{ title: 'Manual', text: 'https://plant.test/manual#p7', kind: 'signs', id: 's' }],
    });
    expect(sent).not.toMatch(/evil\.(test|com)|discord\.gg/);
    expect(sent).toContain('https://plant.test/manual#p7');
    expect(sent).toContain('(link left out)');
  });

  it('in a plain line grow no embed', async () => {
    const door = memoryDoor(async () => answerWith({}));
    door.handle = async () => ({ kind: 'rejected', notice: 'no' });
    const plant = await discordPlant();
    await started(plant, door);
    plant.peer.say(plant.channel, plant.eng, plant.peer.mention('one'));
    expect((await line(plant.peer, plant.channel, /no/)).flags! & (1 << 2)).toBe(1 << 2);
  });
});

describe('text', () => {
  it('of 40,000 characters is shown within the limits, and refused as a question', async () => {
    const long = 'shaking '.repeat(5000);
    const { peer, channel, eng } = await fromDoor(long);
    peer.say(channel, eng, peer.mention('one'));
    const [card] = await cards(peer, channel, 1, /shaking shaking/);
    const more = await answerTo(peer.press(card!, eng, 'why'));
    expect(textOf(more)).toMatch(/more characters/);
    expect(peer.violations()).toEqual([]);
    const bot = await discordBot();
    bot.peer.say(bot.plant.channel, bot.plant.eng, bot.peer.mention(long));
    await line(bot.peer, bot.plant.channel, /shorten it to 8,000/);
  });

  it('made of nothing but marks that Discord reads stays within the limits', async () => {
    const { peer, channel, eng } = await fromDoor('*_`|[<~'.repeat(900));
    peer.say(channel, eng, peer.mention('one'));
    const [card] = await cards(peer, channel, 1, /87 %/);
    await answerTo(peer.press(card!, eng, 'why'));
    expect(peer.violations()).toEqual([]);
  });

  it('shows its marks instead of obeying them', () => {
    const { embeds } = cardOf(
      finalOf({ answer: '# **big** ||hidden|| `code` [x](y) ~~no~~\n> quote\n- list\n1. first\n-# small <t:1:R>' }),
    );
    expect(embeds[0]!.description).toBe(
      '**# \\*\\*big\\*\\* \\|\\|hidden\\|\\| \\`code\\` x y \\~\\~no\\~\\~\n\\> quote\n\\- list\n1\\. first\n\\-# small \\<t:1:R>**'.replace(
        '**# ',
        '**\\# ',
      ),
    );
  });

  it.each([
    ['zalgo', `w${'\u0335\u0321\u0322\u0327'.repeat(20)}orn`, /\p{M}{4}/u],
    ['right-to-left override', 'safe \u202egnissim si tset\u202c now', /[\u202a-\u202e]/],
    ['zero-width', 'be\u200bar\u200ding\ufeff wear', /[\u200b-\u200f\ufeff]/],
  ])('%s is not shown', (_, answer, unseen) => {
    const sent = sentOf({ answer, rationale: answer });
    expect(sent).not.toMatch(unseen);
    expect(sent).toMatch(/w.*orn|safe|bearing wear/u);
  });
});

describe('the log', () => {
  it('holds no token of an interaction and no text of a request', async () => {
    const lines: string[] = [];
    const log = (details: object) =>
      lines.push(
        Object.values(details)
          .map(
            (one) =>
              `${one instanceof Error ? one.message : ''} ${JSON.stringify(one, one instanceof Error ? Object.getOwnPropertyNames(one) : undefined)}`,
          )
          .join(' '),
      );
    const plant = await discordPlant();
    const { peer, channel, eng } = plant;
    await started(
      plant,
      memoryDoor(async () => answerWith({ answer: 'a secret text' })),
      {
        logger: { info: log, warn: log, error: log },
      },
    );
    peer.fail('PATCH', '/webhooks/:id/:token/messages/%40original', 500, 2);
    const used = peer.slash(channel, eng, 'ask', { question: 'one' });
    await cards(peer, channel, 1, /a secret text/);
    expect(lines.join('\n')).toMatch(/PATCH .*\/webhooks\/\d+\/…\/messages/);
    expect(lines.join('\n')).not.toContain(used.token);
    expect(lines.join('\n')).not.toContain('a secret text');
  });
});

describe('buttons', () => {
  it('pressed by someone without the role are refused before anything opens, and it is written down', async () => {
    const bot = await discordBot({
      teacher: {
        name: 'elder',
        ask: async () => ({ kind: 'knows', answer: 'Misalignment.', rationale: 'r', confidence: 0.9, sources: [] }),
      },
    });
    const { peer, plant, store } = bot;
    const { channel, ann, eng } = plant;
    peer.say(channel, eng, peer.mention('P-101 shakes, why?'));
    const [card] = await cards(peer, channel, 1, /Misalignment\./);
    const pressed = peer.press(card!, ann, 'correct');
    expect((await answerTo(pressed)).content).toMatch(/Only engineers correct/);
    expect(pressed.modal).toBeUndefined();
    // The modal of somebody who may, sent by somebody who may not; and by one whose role was taken away meanwhile.
    const opened = peer.press(card!, eng, 'correct');
    await vi.waitFor(() => expect(opened.modal).toBeDefined(), WAIT);
    expect((await answerTo(peer.submit(opened, ann, { answer: 'Nothing', rationale: '' }))).content).toMatch(
      /Only engineers/,
    );
    peer.world.members.get(eng.id)!.roles.splice(0);
    expect((await answerTo(peer.submit(opened, eng, { answer: 'Nothing', rationale: '' }))).content).toMatch(
      /Only engineers/,
    );
    const audit: AuditEntry[] = [];
    for await (const entry of store.export('audit')) audit.push(entry as AuditEntry);
    expect(audit.map(({ what, who, allowed }) => [what, who.id, allowed])).toEqual([
      ['correct', `discord:${ann.id}`, false],
      ['correct', `discord:${ann.id}`, false],
      ['correct', `discord:${eng.id}`, false],
    ]);
    expect(await store.corrections(0)).toEqual([]);
  });

  it.each([
    'correct:no-such-exchange',
    'flag:no-such-exchange',
    'why:no-such-exchange',
    'up:no',
    'alert.acknowledge:no',
    'promote:x',
    'x',
    'correct:',
  ])('that no card offered (%s) change nothing and are answered', async (customId) => {
    const bot = await discordBot();
    const { peer, plant, store } = bot;
    peer.say(plant.channel, plant.eng, peer.mention('help'));
    const [card] = await cards(peer, plant.channel, 1, /Ask about/);
    const pressed = peer.pressForged(card!, plant.eng, customId);
    await vi.waitFor(() => expect(pressed.callback).not.toBeNull(), WAIT);
    const told = pressed.modal
      ? await answerTo(peer.submit(pressed, plant.eng, { answer: 'Nothing', rationale: '', reason: 'x' }))
      : await answerTo(pressed);
    expect(told.ephemeralTo).toBe(plant.eng.id);
    expect(told.content).not.toBe('');
    expect(await store.corrections(0)).toEqual([]);
    expect((await store.counts()).flags).toBe(0);
  });

  it('by id of another person’s name: the id is the platform’s, names count for nothing', async () => {
    const bot = await discordBot();
    const { peer, plant } = bot;
    const imposter = peer.person('Eng');
    peer.say(plant.channel, imposter, peer.mention('correct: nothing because I say so'));
    await line(peer, plant.channel, /Only engineers correct/);
  });
});

async function fromDoor(answer: string) {
  const plant = await discordPlant();
  await started(
    plant,
    memoryDoor(async () => answerWith({ answer, rationale: answer })),
  );
  return plant;
}
