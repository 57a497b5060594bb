/**
 * Slack's Web API as this adapter uses it: one client for what the outbox sends (it waits and repeats by itself), one for
 * what is read, and what each error means. It does not know what is sent.
 */
import { webApi } from '@slack/bolt';
import { RoundsError } from '../../models/errors.ts';
import { createOutbox, type Verdict } from '../shared/outbox.ts';

export type Client = webApi.WebClient;

export interface ApiOptions {
  botToken: string;
  /** Base URL of the Web API, with its last slash. */
  apiUrl?: string;
}

/** A call that takes longer is given up and, where it may be, repeated. */
const CALL_TIMEOUT_MS = 15_000;

/** A client that never repeats or waits by itself. */
export function sendingClient(options: ApiOptions): Client {
  return new webApi.WebClient(options.botToken, {
    ...quietly(options),
    ...{ rejectRateLimitedCalls: true, retryConfig: { retries: 0 }, timeout: CALL_TIMEOUT_MS },
  });
}

/** A client for reading: it keeps to the methods' rates, obeys Retry-After and repeats what failed, a few times. */
export function readingClient(options: ApiOptions, perMinute: Readonly<Record<string, number>> = READS): Client {
  const gate = createOutbox({ judge: () => ({ kind: 'refused' }), perMinute });
  let calls = 0;
  return new webApi.WebClient(options.botToken, {
    ...quietly(options),
    retryConfig: { retries: 3, minTimeout: 500, maxTimeout: 5000 },
    fetch(url, init) {
      calls += 1;
      const method = String(url).split('/').at(-1)!;
      // The time at the gate is none of the call's.
      const call = () => fetch(url, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      return gate.put({ channel: `${calls}`, key: 'read', method, send: call });
    },
  });
}

/** Calls a minute, by Slack's tiers. */
const READS = {
  ...{ 'users.info': 100, 'users.conversations': 50, 'usergroups.users.list': 20 },
  ...{ 'conversations.history': 45, 'conversations.replies': 45 },
};

function quietly({ apiUrl }: ApiOptions): webApi.WebClientOptions {
  // What goes wrong is thrown, and said by whoever catches it.
  return { ...(apiUrl ? { slackApiUrl: apiUrl } : {}), logLevel: 'error' as webApi.LogLevel, allowAbsoluteUrls: false };
}

/** Slack's own word for what is wrong (`not_in_channel`); undefined for other troubles. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
}

const PASSING = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'ratelimited']);
const OF_TOKEN = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);
/** Until a person has put a new token in place, asking more often helps nobody. */
const TOKEN_PAUSE_MS = 60_000;

export function judge(error: unknown): Verdict {
  if (error instanceof webApi.WebAPIRateLimitedError) {
    return { kind: 'wait', ms: error.retryAfter * 1000, scope: 'method' };
  }
  if (error instanceof webApi.WebAPIRequestError) return { kind: 'again' };
  if (error instanceof webApi.WebAPIHTTPError) return { kind: error.statusCode >= 500 ? 'again' : 'refused' };
  const code = errorCode(error) ?? '';
  if (OF_TOKEN.has(code)) return { kind: 'wait', ms: TOKEN_PAUSE_MS, scope: 'all' };
  return { kind: PASSING.has(code) ? 'again' : 'refused' };
}

/** Whether the platform may have done what was asked although it did not say so. */
export function isUncertain(error: unknown): boolean {
  return error instanceof webApi.WebAPIRequestError || judge(error).kind === 'again';
}

export function isOfToken(error: unknown): boolean {
  return OF_TOKEN.has(errorCode(error) ?? '');
}

/** One line with the mend. `token`: the variable that was used. */
export function mendOf(error: unknown, token: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN' = 'SLACK_BOT_TOKEN'): string {
  const code = errorCode(error);
  if (code !== undefined && OF_TOKEN.has(code)) {
    return `[slack] ${code}: reinstall the app and set ${token} to its new token`;
  }
  if (code === 'missing_scope') {
    const { needed } = (error as webApi.WebAPIPlatformError).data as { needed?: string };
    return `[slack] the scope ${needed ?? 'that is needed'} is missing: add it (docs/slack-manifest.yaml) and reinstall the app`;
  }
  if (code === 'not_allowed_token_type') return `[slack] ${token} is of the wrong kind: ${KINDS[token]}`;
  if (code !== undefined) return `[slack] ${code}`;
  if (error instanceof webApi.WebAPIRequestError) {
    return `[slack] cannot be reached (${error.original.message}): check the network and its proxy`;
  }
  return `[slack] ${error instanceof Error ? error.message : String(error)}`;
}

const KINDS = {
  SLACK_BOT_TOKEN: 'give the Bot User OAuth Token, xoxb-…',
  SLACK_APP_TOKEN: 'give an app-level token with connections:write, xapp-…',
};

export function startError(error: unknown, token?: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN'): RoundsError {
  return new RoundsError('slack_start', mendOf(error, token), { cause: error });
}
