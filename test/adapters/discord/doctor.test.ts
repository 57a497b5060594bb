/** What `rounds doctor` says of Discord, and that DISCORD_TOKEN is all that the bot needs. */
import { expect, it } from 'vitest';
import { examineDiscord } from '../../../adapters/discord/doctor.ts';
import { loadConfig } from '../../../bot/config.ts';
import { quiet } from '../../../bot/logger.ts';
import { assemble } from '../../../bot/main.ts';
import { afterwards, temporaryFolder } from '../../bot/fixture.ts';
import { discordPlant } from './connect.ts';
import { answered } from './people.ts';

it('a good token, its intents and its server', async () => {
  const { peer } = await discordPlant();
  expect(await examineDiscord({ token: peer.token, api: peer.api })).toEqual([
    { state: 'ok', detail: `the token is that of rounds (${peer.world.applicationId})` },
    { state: 'ok', detail: 'message content intent is on' },
    { state: 'ok', detail: 'in Plant' },
  ]);
  expect(peer.gateway.identifies).toEqual([]);
});

it('what is missing, with the mend', async () => {
  const { peer } = await discordPlant({ messageContent: false });
  peer.setSessionsLeft(3);
  peer.leave();
  const findings = await examineDiscord({ token: peer.token, api: peer.api });
  expect(findings.slice(1)).toEqual([
    { state: 'warn', detail: expect.stringMatching(/MESSAGE CONTENT INTENT is off.*developer portal/) },
    {
      state: 'warn',
      detail: expect.stringMatching(
        /in no server: open https:\/\/discord\.com\/oauth2\/authorize\?client_id=\d+&scope=bot\+applications\.commands&permissions=309237730304$/,
      ),
    },
    { state: 'warn', detail: expect.stringMatching(/3 of 1000 connections/) },
  ]);
  const [refused] = await examineDiscord({ token: 'wrong', api: peer.api });
  expect(refused).toEqual({ state: 'fail', detail: expect.stringMatching(/^401: .*DISCORD_TOKEN/) });
  await peer.goAway();
  const [away] = await examineDiscord({ token: peer.token, api: peer.api });
  expect(away).toEqual({ state: 'fail', detail: expect.stringMatching(/is not reached .*network/) });
});

it('from the environment to an answer', async () => {
  const { peer, channel, ann } = await discordPlant();
  const env = {
    ...{ DISCORD_TOKEN: peer.token, DISCORD_API: peer.api, DATA_DIR: await temporaryFolder(), PORT: '0' },
    ROLES: `discord:&${peer.world.guildId}=operator`,
  };
  const app = await assemble(loadConfig({ env, cwd: env.DATA_DIR }), quiet);
  afterwards(() => app.stop());
  await app.start();
  peer.say(channel, ann, peer.mention('P-101 shakes at running speed and the bearing is hot, what could it be?'));
  await answered(peer, channel, 1, /Answered by\n(Student|Teacher)/);
  expect(peer.violations()).toEqual([]);
});
