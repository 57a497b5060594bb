/** What `rounds doctor` says of Slack. */
import { expect, it } from 'vitest';
import { examineSlack, SCOPES } from '../../../adapters/slack/doctor.ts';
import { TOKENS } from '../../peers/slack/peer.ts';
import { manifest, slackPeer } from './app.ts';

const good = (apiUrl: string) => ({
  ...{ botToken: TOKENS.bot, appToken: TOKENS.app, healthChannel: 'C0HEALTH', apiUrl },
  groups: ['S0ENG'],
});

it('good tokens, the scopes of the manifest, a socket, the groups of ROLES', async () => {
  const peer = await slackPeer();
  expect([...SCOPES].sort()).toEqual([...manifest.oauth_config.scopes.bot].sort());
  expect(await examineSlack(good(peer.apiUrl))).toEqual([
    { state: 'ok', detail: 'the bot token is that of rounds in T0TEAM' },
    { state: 'ok', detail: '12 scopes, all that are used and no other' },
    { state: 'ok', detail: 'Socket Mode: a socket can be opened' },
    { state: 'ok', detail: 'user group S0ENG has 1 members' },
  ]);
});

it('what is missing or too much, with the mend', async () => {
  const peer = await slackPeer({ scopes: SCOPES.filter((scope) => scope !== 'im:history') });
  const findings = await examineSlack({ ...good(peer.apiUrl), appToken: TOKENS.bot, groups: ['S0NONE'] });
  expect(findings.slice(1)).toEqual([
    { state: 'fail', detail: expect.stringMatching(/scopes are missing: im:history: .*reinstall/) },
    { state: 'fail', detail: expect.stringMatching(/SLACK_APP_TOKEN is of the wrong kind/) },
    { state: 'fail', detail: 'user group S0NONE of ROLES: no_such_subteam' },
  ]);
  const wide = await slackPeer({ scopes: [...SCOPES, 'files:read'] });
  const { healthChannel: _, appToken: __, ...bare } = good(wide.apiUrl);
  expect(await examineSlack({ ...bare, signingSecret: 'secret' })).toMatchObject([
    { state: 'ok' },
    { state: 'warn', detail: expect.stringMatching(/nothing uses: files:read/) },
    { state: 'ok', detail: expect.stringMatching(/by HTTP at \/slack\/events/) },
    { state: 'ok' },
    { state: 'warn', detail: expect.stringMatching(/SLACK_HEALTH_CHANNEL/) },
  ]);
  expect(await examineSlack({ ...bare, botToken: 'xoxb-wrong' })).toEqual([
    { state: 'fail', detail: expect.stringMatching(/^invalid_auth: .*SLACK_BOT_TOKEN/) },
  ]);
});
