/**
 * Socket Mode as a Bolt receiver: one socket at a time, opened again whenever it closes, goes silent (transport pings) or
 * is found deaf, with a growing pause. An event is acknowledged when everything that heard it is done, so that Slack
 * brings it again when it was not stored. It does not know what events mean.
 */
import type { App, Receiver } from '@slack/bolt';
import { SocketModeClient } from '@slack/socket-mode';
import { RoundsError } from '../../models/errors.ts';
import { isOfToken, mendOf, startError } from './api.ts';
import { type Log, slackLog } from './log.ts';

export interface SocketOptions {
  appToken: string;
  apiUrl?: string;
  log: Log;
  /** Time for a pong to come back. Default 5,000: Slack's own. */
  pongWithinMs?: number;
  /** Time within which the server must ping. Default 30,000. */
  pingWithinMs?: number;
  /** First and longest pause before the next try. Default 500 and 30,000. */
  pauseMs?: { first: number; longest: number };
  /** After every connection but the first. */
  onReconnected?: () => void;
}

export interface SocketReceiver extends Receiver {
  /** Null while a socket is open; else since when not, and why. */
  trouble(): { since: number; why: string } | null;
  /** Drops the socket and opens another. */
  renew(why: string): void;
}

/** From the request for a socket to Slack's hello. */
const HELLO_WITHIN_MS = 15_000;
/** A socket that has held this long was a good one: the next pause is short again. */
const GOOD_AFTER_MS = 10_000;

export function socketReceiver(options: SocketOptions): SocketReceiver {
  const { log, pauseMs = { first: 500, longest: 30_000 } } = options;
  let app: App | undefined;
  let client: SocketModeClient | undefined;
  let stopped = true;
  let trouble: { since: number; why: string } | null = { since: Date.now(), why: 'not connected yet' };
  let failures = 0;
  let retry: NodeJS.Timeout | undefined;

  async function connect(): Promise<void> {
    const { apiUrl, appToken, pongWithinMs, pingWithinMs } = options;
    const opened = new SocketModeClient({
      appToken,
      autoReconnectEnabled: false,
      logger: slackLog(log),
      clientOptions: {
        ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
        retryConfig: { retries: 0 },
        timeout: HELLO_WITHIN_MS,
      },
      ...(pongWithinMs ? { clientPingTimeout: pongWithinMs } : {}),
      ...(pingWithinMs ? { serverPingTimeout: pingWithinMs } : {}),
    });
    opened.on('slack_event', (envelope: Envelope) => void hear(envelope));
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => reject(new Error('Slack said no hello')), HELLO_WITHIN_MS);
    });
    try {
      await Promise.race([opened.start(), tooLate]);
    } catch (error) {
      opened.disconnect().catch(() => log.warn({}, 'a socket that was never open did not close'));
      throw error ?? new Error('the socket closed at once');
    } finally {
      clearTimeout(late);
    }
    if (stopped) {
      void opened.disconnect();
      return;
    }
    client = opened;
    trouble = null;
    const since = Date.now();
    opened.on('disconnected', () => {
      if (client !== opened) return;
      client = undefined;
      if (Date.now() - since > GOOD_AFTER_MS) failures = 0;
      again('the socket closed');
    });
  }

  function again(why: string): void {
    if (stopped || retry) return;
    trouble ??= { since: Date.now(), why };
    trouble = { ...trouble, why };
    const pause = failures === 0 ? 0 : Math.min(pauseMs.longest, pauseMs.first * 2 ** (failures - 1));
    failures += 1;
    log.warn({ why, pauseMs: pause }, 'Slack: connecting again');
    retry = setTimeout(
      async () => {
        retry = undefined;
        try {
          await connect();
          if (!stopped) options.onReconnected?.();
        } catch (error) {
          // A token that is refused stays refused until somebody changes it.
          if (isOfToken(error)) failures = 20;
          again(mendOf(error, 'SLACK_APP_TOKEN'));
        }
      },
      pause * (0.5 + Math.random() / 2),
    );
  }

  async function hear(envelope: Envelope): Promise<void> {
    const isEvent = envelope.type === 'events_api';
    try {
      await app?.processEvent({
        body: envelope.body,
        // What people press and write in modals is answered by whoever handles it, at once.
        ack: isEvent ? async () => {} : envelope.ack,
        ...(envelope.retry_num === undefined ? {} : { retryNum: envelope.retry_num }),
        ...(envelope.retry_reason === undefined ? {} : { retryReason: envelope.retry_reason }),
      });
      if (isEvent) await envelope.ack();
    } catch (error) {
      log.warn({ error, envelope: envelope.envelope_id }, 'Slack: not acknowledged, so it comes again');
    }
  }

  return {
    init(bolt) {
      app = bolt;
    },

    async start() {
      stopped = false;
      try {
        await connect();
      } catch (error) {
        stopped = true;
        throw error instanceof RoundsError ? error : startError(error, 'SLACK_APP_TOKEN');
      }
    },

    async stop() {
      stopped = true;
      clearTimeout(retry);
      const closing = client;
      client = undefined;
      trouble = { since: Date.now(), why: 'stopped' };
      await closing?.disconnect();
    },

    trouble: () => trouble,

    renew(why) {
      const closing = client;
      client = undefined;
      again(why);
      closing?.disconnect().catch((error) => log.warn({ error }, 'Slack: the former socket did not close well'));
    },
  };
}

interface Envelope {
  type: string;
  envelope_id: string;
  // biome-ignore lint/suspicious/noExplicitAny: Bolt parses bodies of every kind itself
  body: any;
  // biome-ignore lint/suspicious/noExplicitAny: what an acknowledgement carries depends on what is acknowledged
  ack: (response?: any) => Promise<void>;
  retry_num?: number;
  retry_reason?: string;
}
