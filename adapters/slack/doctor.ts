/** What `rounds doctor` asks Slack: are the tokens good, are the scopes there, is Socket Mode on. It changes nothing. */
import { webApi } from '@slack/bolt';
import { mendOf, readingClient } from './api.ts';

export interface Finding {
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

export interface SlackExamined {
  botToken: string;
  appToken?: string;
  signingSecret?: string;
  groups: readonly string[];
  healthChannel?: string;
  apiUrl?: string;
}

/** What the adapter uses, as docs/slack-manifest.yaml asks for it. */
export const SCOPES = [
  ...['app_mentions:read', 'assistant:write', 'channels:history', 'channels:read', 'chat:write', 'commands'],
  ...['groups:history', 'groups:read', 'im:history', 'im:read', 'usergroups:read', 'users:read'],
];

export async function examineSlack(options: SlackExamined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const client = readingClient(options);
  try {
    const self = await client.auth.test();
    findings.push({ state: 'ok', detail: `the bot token is that of ${self.user} in ${self.team ?? self.team_id}` });
    const given = self.response_metadata?.scopes;
    if (given) findings.push(scopesGiven(given));
  } catch (error) {
    return [{ state: 'fail', detail: plain(mendOf(error)) }];
  }
  findings.push(await ways(options));
  for (const group of options.groups) {
    try {
      const { users = [] } = await client.usergroups.users.list({ usergroup: group });
      findings.push({ state: 'ok', detail: `user group ${group} has ${users.length} members` });
    } catch (error) {
      findings.push({ state: 'fail', detail: `user group ${group} of ROLES: ${plain(mendOf(error))}` });
    }
  }
  if (!options.healthChannel) {
    const detail = 'SLACK_HEALTH_CHANNEL is not set, so a deaf socket is noticed only when something is posted';
    findings.push({ state: 'warn', detail });
  }
  return findings;
}

function scopesGiven(given: readonly string[]): Finding {
  const missing = SCOPES.filter((scope) => !given.includes(scope));
  const wider = given.filter((scope) => !SCOPES.includes(scope));
  if (missing.length > 0) {
    const detail = `scopes are missing: ${missing.join(', ')}: take over docs/slack-manifest.yaml and reinstall the app`;
    return { state: 'fail', detail };
  }
  if (wider.length > 0)
    return { state: 'warn', detail: `scopes that nothing uses: ${wider.join(', ')}: take them away` };
  return { state: 'ok', detail: `${SCOPES.length} scopes, all that are used and no other` };
}

/** How events come: by a socket that can be opened, or by HTTP with a signing secret. */
async function ways({ appToken, signingSecret, apiUrl }: SlackExamined): Promise<Finding> {
  if (appToken === undefined) {
    return signingSecret === undefined
      ? {
          state: 'fail',
          detail: 'no way for events: set SLACK_APP_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET (HTTP)',
        }
      : { state: 'ok', detail: 'events by HTTP at /slack/events, signatures checked' };
  }
  try {
    const client = new webApi.WebClient(appToken, {
      ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
      ...{ retryConfig: { retries: 0 }, timeout: 10_000, logLevel: 'error' as webApi.LogLevel },
    });
    await client.apps.connections.open({});
    return { state: 'ok', detail: 'Socket Mode: a socket can be opened' };
  } catch (error) {
    return { state: 'fail', detail: plain(mendOf(error, 'SLACK_APP_TOKEN')) };
  }
}

const plain = (line: string) => line.replace(/^\[slack\] /, '');
