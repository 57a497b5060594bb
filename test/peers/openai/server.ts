/**
 * A local server that speaks the wire protocol of OpenAI's chat completions as documented: bearer keys, JSON and
 * server-sent events, JSON-schema output and tools, usage, the documented error bodies. It is strict about what it is
 * sent, and fails on request in the ways real servers fail. What it answers is computed by a brain that is handed in: the
 * model behind it is simulated, the wire is not.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod/v4';

export interface WireMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string;
}

/** What the model says to a conversation: the content, as text. */
export type Brain = (messages: readonly WireMessage[]) => string | Promise<string>;

/** How the next request is dealt with; after these, requests are answered well. */
export type Trouble =
  | { kind: 'status'; status: number; retryAfter?: string }
  /** 429, but no waiting helps. */
  | { kind: 'quota' }
  /** Answers after so long. */
  | { kind: 'slow'; ms: number }
  /** Takes the request and never says a word. */
  | { kind: 'silent' }
  /** Says this instead of what the brain says. */
  | { kind: 'says'; content: string }
  /** The token limit is reached in the middle of the JSON. */
  | { kind: 'too long' }
  /** The body itself is no JSON, as from a proxy. */
  | { kind: 'malformed body' }
  /** The connection is closed in mid-answer. */
  | { kind: 'cut off' }
  /** Stops in mid-answer and keeps the connection open. */
  | { kind: 'stalls' };

export interface OpenAiPeer {
  /** `http://127.0.0.1:PORT/v1` */
  url: string;
  key: string;
  models: string[];
  /** Bodies of the requests that were taken, in order. */
  requests: WireRequest[];
  /** Everything that ever came over the wire, as text: for looking for what should not be there. */
  wire(): string;
  trouble(...next: Trouble[]): void;
  /** No more of what was announced. */
  calm(): void;
  stop(): Promise<void>;
}

const content = z.union([
  z.string(),
  z
    .array(z.object({ type: z.literal('text'), text: z.string() }))
    .transform((parts) => parts.map((part) => part.text).join('')),
]);
const requestBody = z.strictObject({
  model: z.string(),
  messages: z
    .array(z.strictObject({ role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']), content }))
    .min(1),
  stream: z.boolean().optional(),
  stream_options: z.strictObject({ include_usage: z.boolean() }).optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.number().int().positive().optional(),
  max_completion_tokens: z.number().int().positive().optional(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string().regex(/^[\w-]{1,64}$/),
          description: z.string().optional(),
          strict: z.boolean().optional(),
          schema: z.object({ type: z.literal('object') }).catchall(z.unknown()),
        }),
      }),
    ])
    .optional(),
  tools: z
    .array(z.strictObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }))
    .optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().optional(),
  n: z.literal(1).optional(),
});
export type WireRequest = z.infer<typeof requestBody>;

const PIECE = 12;

export async function openAiPeer(options: { brain: Brain; key?: string; models?: string[] }): Promise<OpenAiPeer> {
  const { brain, key = 'test-key', models = ['peer-model'] } = options;
  const requests: WireRequest[] = [];
  const troubles: Trouble[] = [];
  const raw: string[] = [];
  let served = 0;

  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (!response.headersSent) fail(response, 500, String(error), 'server_error');
      else response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request);
    raw.push(`${request.method} ${request.url}\n${text}`);
    if (request.headers.authorization !== `Bearer ${key}`) {
      fail(response, 401, 'Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key');
      return;
    }
    if (request.method === 'GET' && request.url === '/v1/models') {
      json(response, 200, {
        object: 'list',
        data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'peer' })),
      });
      return;
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      fail(
        response,
        404,
        `Unknown request URL: ${request.method} ${request.url}.`,
        'invalid_request_error',
        'unknown_url',
      );
      return;
    }
    const parsed = requestBody.safeParse(safeJson(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      fail(response, 400, `${issue?.path.join('.')}: ${issue?.message}`, 'invalid_request_error');
      return;
    }
    const body = parsed.data;
    if (!models.includes(body.model)) {
      fail(response, 404, `The model '${body.model}' does not exist`, 'invalid_request_error', 'model_not_found');
      return;
    }
    requests.push(body);
    const trouble = troubles.shift();
    if (trouble && (await refused(trouble, response))) return;
    const said = trouble?.kind === 'says' ? trouble.content : await brain(body.messages);
    const whole = trouble?.kind === 'too long' ? said.slice(0, said.length / 2) : said;
    const tool = body.tools?.[0]?.function.name;
    const reply: Wire = {
      id: `chatcmpl-${++served}`,
      model: body.model,
      content: whole,
      tool,
      finish: trouble?.kind === 'too long' ? 'length' : tool ? 'tool_calls' : 'stop',
      usage: usageOf(body.messages, whole),
    };
    if (body.stream) await stream(response, reply, trouble, body.stream_options?.include_usage ?? false);
    else await once(response, reply, trouble);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    key,
    models,
    requests,
    wire: () => raw.join('\n'),
    trouble: (...next) => void troubles.push(...next),
    calm: () => void troubles.splice(0),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Wire {
  id: string;
  model: string;
  content: string;
  tool: string | undefined;
  finish: 'stop' | 'length' | 'tool_calls';
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** True when the trouble itself was the answer. */
async function refused(trouble: Trouble, response: ServerResponse): Promise<boolean> {
  switch (trouble.kind) {
    case 'status':
      if (trouble.retryAfter !== undefined) response.setHeader('Retry-After', trouble.retryAfter);
      fail(
        response,
        trouble.status,
        `simulated ${trouble.status}`,
        trouble.status === 429 ? 'requests' : 'server_error',
      );
      return true;
    case 'quota':
      fail(
        response,
        429,
        'You exceeded your current quota, please check your plan.',
        'insufficient_quota',
        'insufficient_quota',
      );
      return true;
    case 'silent':
      return true;
    case 'malformed body':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('<html><body>Bad gateway</body></html>');
      return true;
    case 'slow':
      await pause(trouble.ms);
      return false;
    default:
      return false;
  }
}

async function once(response: ServerResponse, reply: Wire, trouble: Trouble | undefined): Promise<void> {
  const text = JSON.stringify({
    id: reply.id,
    object: 'chat.completion',
    created: 0,
    model: reply.model,
    choices: [
      {
        index: 0,
        message: reply.tool
          ? { role: 'assistant', content: null, tool_calls: [toolCall(reply.tool, reply.content)], refusal: null }
          : { role: 'assistant', content: reply.content, refusal: null },
        logprobs: null,
        finish_reason: reply.finish,
      },
    ],
    usage: reply.usage,
  });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  if (trouble?.kind === 'cut off' || trouble?.kind === 'stalls') {
    await new Promise<void>((resolve) => response.write(text.slice(0, text.length / 2), () => resolve()));
    if (trouble.kind === 'cut off') response.destroy();
    return;
  }
  response.end(text);
}

async function stream(
  response: ServerResponse,
  reply: Wire,
  trouble: Trouble | undefined,
  usage: boolean,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (choices: object[], more: object = {}): void => {
    const chunk = { id: reply.id, object: 'chat.completion.chunk', created: 0, model: reply.model, choices, ...more };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  send([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]);
  const breaks = trouble?.kind === 'cut off' || trouble?.kind === 'stalls';
  const until = breaks ? reply.content.length / 2 : reply.content.length;
  for (let at = 0; at < until; at += PIECE) {
    const piece = reply.content.slice(at, at + PIECE);
    const delta = reply.tool
      ? { tool_calls: [{ index: 0, ...(at === 0 ? toolCall(reply.tool, piece) : { function: { arguments: piece } }) }] }
      : { content: piece };
    send([{ index: 0, delta, finish_reason: null }]);
  }
  if (trouble?.kind === 'cut off') {
    await pause(5);
    response.destroy();
  }
  if (breaks) return;
  send([{ index: 0, delta: {}, finish_reason: reply.finish }]);
  if (usage) send([], { usage: reply.usage });
  response.end('data: [DONE]\n\n');
}

function toolCall(name: string, args: string): object {
  return { id: 'call_1', type: 'function', function: { name, arguments: args } };
}

/** About four characters a token, as a rule of thumb: the peer has no tokenizer. */
function usageOf(messages: readonly WireMessage[], said: string): Wire['usage'] {
  const prompt = Math.ceil(messages.reduce((sum, message) => sum + message.content.length, 0) / 4);
  const completion = Math.ceil(said.length / 4);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function fail(
  response: ServerResponse,
  status: number,
  message: string,
  type: string,
  code: string | null = null,
): void {
  json(response, status, { error: { message, type, param: null, code } });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
