/** What `rounds doctor` asks Discord: is the token good, are the intents on, is the bot in a server. It changes nothing. */
import { ApplicationFlagsBitField, DiscordAPIError, REST, Routes } from 'discord.js';

export interface Finding {
  state: 'ok' | 'warn' | 'fail';
  detail: string;
}

/** See channels, write, embed, read back, write in threads and begin them. */
const PERMISSIONS = (1n << 10n) | (1n << 11n) | (1n << 14n) | (1n << 16n) | (1n << 35n) | (1n << 38n);
const FEW_SESSIONS = 50;

export async function examineDiscord(options: { token: string; api?: string }): Promise<Finding[]> {
  const { token, api = 'https://discord.com/api' } = options;
  const rest = new REST({ api, version: '10', retries: 0, timeout: 10_000 }).setToken(token);
  try {
    const application = (await rest.get(Routes.currentApplication())) as { id: string; name: string; flags?: number };
    const flags = new ApplicationFlagsBitField(application.flags ?? 0);
    const texts = flags.any(['GatewayMessageContent', 'GatewayMessageContentLimited']);
    const guilds = (await rest.get(Routes.userGuilds())) as { name: string }[];
    const { session_start_limit: sessions } = (await rest.get(Routes.gatewayBot())) as {
      session_start_limit: { total: number; remaining: number };
    };
    return [
      { state: 'ok', detail: `the token is that of ${application.name} (${application.id})` },
      texts
        ? { state: 'ok', detail: 'message content intent is on' }
        : {
            state: 'warn',
            detail:
              'MESSAGE CONTENT INTENT is off, so threads are followed only where the bot is mentioned: switch it on in the developer portal, Bot',
          },
      guilds.length > 0
        ? { state: 'ok', detail: `in ${guilds.map(({ name }) => name).join(', ')}` }
        : { state: 'warn', detail: `the bot is in no server: open ${inviteUrl(application.id)}` },
      ...(sessions.remaining < FEW_SESSIONS
        ? [
            {
              state: 'warn' as const,
              detail: `${sessions.remaining} of ${sessions.total} connections of today are left: something makes it connect again and again, see the log`,
            },
          ]
        : []),
    ];
  } catch (error) {
    if (error instanceof DiscordAPIError && error.status === 401) {
      return [
        {
          state: 'fail',
          detail: '401: the token is refused: renew DISCORD_TOKEN (developer portal, Bot, Reset Token)',
        },
      ];
    }
    const reason = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    return [{ state: 'fail', detail: `${api} is not reached (${reason}): check the network, the proxy, DISCORD_API` }];
  }
}

/** Adds the bot to a server, with what it needs and no more. */
export function inviteUrl(applicationId: string): string {
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${PERMISSIONS}`;
}
