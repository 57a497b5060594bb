/** Requests to the bot. A refusal carries the bot's own line; what did not get through is told apart, to be sent again. */

export class Refused extends Error {}

/** The bot is away or could not store it: nothing was lost, the same request may be sent again. */
export class NotReached extends Error {}

export const get = (path) => call(path, { headers: { accept: 'application/json' } });

export const post = (path, body) =>
  call(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function call(path, init) {
  let response;
  try {
    response = await fetch(path, { ...init, signal: AbortSignal.timeout(15_000) });
  } catch (cause) {
    throw new NotReached('the bot is not reached', { cause });
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const notice = body.notice ?? `the bot answered ${response.status}`;
  throw response.status >= 500 ? new NotReached(notice) : new Refused(notice);
}
