/**
 * Language models by name, `provider:model`, through LangChain: OpenAI and servers that speak its protocol, Anthropic,
 * Ollama, watsonx. Keys and addresses come from the environment. It neither retries nor limits nor redacts: guarded.ts
 * does, in one place for all.
 */
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { type AIMessage, type BaseMessageLike, coerceMessageLikeToMessage } from '@langchain/core/messages';
import { BadInput } from '../errors.ts';
import type { Chat, ChatMessage, ChatReply, ChatRequest } from './chat.ts';
import { faultOf } from './retry.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProviderOptions {
  env: Environment;
  /** Read the answer as it is written: a server that falls silent is noticed sooner. */
  streaming?: boolean;
}

/** What a provider needs, and where its texts go. */
interface Provider {
  destination(env: Environment): string;
  /** The variable that holds the key; absent where none is needed. */
  key?: string;
  /** Without these it cannot be asked. */
  needs(env: Environment): string[];
  /** How it is made to answer in JSON. */
  method: 'jsonSchema' | 'functionCalling';
  open(model: string, settings: Settings): Promise<BaseChatModel>;
  /** Where it lists its models, which costs nothing, and where their names stand in the list. */
  list(env: Environment): { path: string; headers?: Record<string, string>; in: 'data' | 'models' | 'resources' };
}

interface Settings {
  env: Environment;
  maxTokens: number;
  temperature: number | undefined;
  streaming: boolean;
}

const OPENAI = 'https://api.openai.com/v1';
const ANTHROPIC = 'https://api.anthropic.com';
const OLLAMA = 'http://127.0.0.1:11434';
const WATSONX_VERSION = '2024-05-31';

const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: {
    key: 'OPENAI_API_KEY',
    destination: (env) => env.OPENAI_BASE_URL || OPENAI,
    // A compatible server on the plant's own machine often wants no key.
    needs: (env) => (env.OPENAI_BASE_URL ? [] : ['OPENAI_API_KEY']),
    method: 'jsonSchema',
    async open(model, { env, ...settings }) {
      const { ChatOpenAI } = await import('@langchain/openai');
      const { PlainCompletions } = await import('./openai.ts');
      const fields = {
        model,
        ...known(settings),
        apiKey: env.OPENAI_API_KEY || 'none',
        configuration: { baseURL: env.OPENAI_BASE_URL || OPENAI },
        maxRetries: 0,
      };
      return new ChatOpenAI({ ...fields, completions: new PlainCompletions(fields) });
    },
    list: (env) => ({
      path: '/models',
      headers: { authorization: `Bearer ${env.OPENAI_API_KEY || 'none'}` },
      in: 'data',
    }),
  },
  anthropic: {
    key: 'ANTHROPIC_API_KEY',
    destination: (env) => env.ANTHROPIC_BASE_URL || ANTHROPIC,
    needs: () => ['ANTHROPIC_API_KEY'],
    method: 'functionCalling',
    async open(model, { env, ...settings }) {
      const { ChatAnthropic } = await import('@langchain/anthropic');
      return new ChatAnthropic({
        model,
        ...known(settings),
        apiKey: env.ANTHROPIC_API_KEY!,
        anthropicApiUrl: env.ANTHROPIC_BASE_URL || ANTHROPIC,
        maxRetries: 0,
      });
    },
    list: (env) => ({
      path: '/v1/models?limit=1000',
      headers: { 'x-api-key': env.ANTHROPIC_API_KEY ?? '', 'anthropic-version': '2023-06-01' },
      in: 'data',
    }),
  },
  ollama: {
    destination: (env) => env.OLLAMA_BASE_URL || OLLAMA,
    needs: () => [],
    method: 'jsonSchema',
    async open(model, { env, maxTokens, temperature, streaming }) {
      const { ChatOllama } = await import('@langchain/ollama');
      return new ChatOllama({
        model,
        numPredict: maxTokens,
        streaming,
        ...(temperature === undefined ? {} : { temperature }),
        baseUrl: env.OLLAMA_BASE_URL || OLLAMA,
        maxRetries: 0,
      });
    },
    list: () => ({ path: '/api/tags', in: 'models' }),
  },
  watsonx: {
    key: 'WATSONX_AI_APIKEY',
    destination: (env) => env.WATSONX_AI_URL ?? '',
    needs: () => ['WATSONX_AI_URL', 'WATSONX_AI_APIKEY', 'WATSONX_AI_PROJECT_ID'],
    method: 'functionCalling',
    async open(model, { env, ...settings }) {
      const { ChatWatsonx } = await import('@langchain/community/chat_models/ibm');
      return new ChatWatsonx({
        model,
        ...known(settings),
        serviceUrl: env.WATSONX_AI_URL!,
        projectId: env.WATSONX_AI_PROJECT_ID!,
        version: WATSONX_VERSION,
        watsonxAIAuthType: 'iam',
        watsonxAIApikey: env.WATSONX_AI_APIKEY!,
        maxRetries: 0,
      });
    },
    list: () => ({ path: `/ml/v1/foundation_model_specs?version=${WATSONX_VERSION}&limit=200`, in: 'resources' }),
  },
};

/** @throws BadInput when the provider is unknown or a variable that it needs is not set */
export function languageModel(spec: string, { env, streaming = false }: ProviderOptions): Chat {
  const { provider, model } = providerOf(spec, env);
  const destination = originOf(provider.destination(env), spec);

  const opened = new Map<string, Promise<BaseChatModel>>();
  // Some models take no temperature; once one has said so it is not sent again.
  let temperate = true;
  const open = (request: ChatRequest): Promise<BaseChatModel> => {
    const temperature = temperate ? request.temperature : undefined;
    const key = `${request.maxTokens} ${temperature}`;
    const made = opened.get(key) ?? provider.open(model, { env, maxTokens: request.maxTokens, temperature, streaming });
    opened.set(key, made);
    return made;
  };
  const ask = async (request: ChatRequest): Promise<ChatReply> => {
    const structured = (await open(request)).withStructuredOutput(request.schema, {
      name: String(request.schema.title),
      method: provider.method,
      includeRaw: true,
    });
    const { raw } = await structured.invoke(request.messages.map(messageOf), {
      ...(request.signal ? { signal: request.signal } : {}),
    });
    return replyOf(raw as AIMessage);
  };

  return {
    name: spec,
    destination,
    async complete(request) {
      try {
        return await ask(request);
      } catch (error) {
        // LangChain wraps an abort in an error of its own; the caller gets the reason it gave.
        request.signal?.throwIfAborted();
        const status = (error as { status?: unknown }).status;
        if (!temperate || status !== 400 || !/temperature/i.test((error as Error).message)) throw error;
        temperate = false;
        return ask(request);
      }
    },
  };
}

/** @throws BadInput as languageModel does */
function providerOf(spec: string, env: Environment): { provider: Provider; model: string } {
  const at = spec.indexOf(':');
  const model = spec.slice(at + 1);
  const provider = PROVIDERS[spec.slice(0, at)];
  if (!provider || model === '') {
    throw new BadInput(`TEACHER_MODEL has "${spec}": give one of ${Object.keys(PROVIDERS).join(', ')}, then :MODEL`);
  }
  const missing = provider.needs(env).filter((variable) => !env[variable]?.trim());
  if (missing.length > 0)
    throw new BadInput(`TEACHER_MODEL has "${spec}", which needs ${missing.join(' and ')}: set it`);
  return { provider, model };
}

/** Whether the model can be reached, without asking it anything. Throws BadInput as languageModel does. */
export async function examineModel(
  spec: string,
  env: Environment,
): Promise<{ state: 'ok' | 'warn' | 'fail'; detail: string }> {
  const { provider, model } = providerOf(spec, env);
  const base = provider.destination(env).replace(/\/+$/, '');
  const origin = originOf(base, spec);
  const list = provider.list(env);
  try {
    const response = await fetch(base + list.path, {
      ...(list.headers ? { headers: list.headers } : {}),
      signal: AbortSignal.timeout(REACH_MS),
    });
    if (!response.ok)
      return { state: 'fail', detail: `${spec} at ${origin}: ${faultOf(response, provider.key).message}` };
    const names = namesIn(await response.json(), list.in);
    return names.length === 0 || names.some((name) => name === model || name === `${model}:latest`)
      ? { state: 'ok', detail: `${spec} at ${origin} answers` }
      : { state: 'warn', detail: `${origin} answers, but lists no ${model}: check TEACHER_MODEL` };
  } catch (error) {
    return { state: 'fail', detail: `${spec} at ${origin}: ${faultOf(error, provider.key).message}` };
  }
}

const REACH_MS = 10_000;

function namesIn(body: unknown, list: string): string[] {
  const items = (body as Record<string, unknown> | null)?.[list];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: Record<string, unknown>) => {
    const name = item.id ?? item.name ?? item.model_id;
    return typeof name === 'string' ? [name] : [];
  });
}

/** The variable that holds the provider's key, for the line that says what to check. */
export function keyOf(spec: string): string | undefined {
  return PROVIDERS[spec.slice(0, spec.indexOf(':'))]?.key;
}

function known<T extends { temperature: number | undefined }>(
  settings: T,
): Omit<T, 'temperature'> & { temperature?: number } {
  const { temperature, ...others } = settings;
  return temperature === undefined ? others : { ...others, temperature };
}

function originOf(url: string, spec: string): string {
  if (!URL.canParse(url)) throw new BadInput(`the address for ${spec} is "${url}": give a URL such as ${OPENAI}`);
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}

function messageOf({ role, content }: ChatMessage): BaseMessageLike {
  return coerceMessageLikeToMessage({
    role,
    content: typeof content === 'string' ? content : JSON.stringify(content),
  });
}

/** The object that was asked for comes as a tool's arguments or as the text itself, by provider. */
function replyOf(raw: AIMessage): ChatReply {
  const call = raw.tool_calls?.[0];
  const broken = raw.invalid_tool_calls?.[0];
  const usage = raw.usage_metadata;
  const about = raw.response_metadata as Record<string, unknown>;
  const ended = about.finish_reason ?? about.stop_reason ?? about.done_reason;
  return {
    text: call ? JSON.stringify(call.args) : (broken?.args ?? raw.text),
    // Nothing counted is not nothing used.
    ...(usage && usage.total_tokens > 0
      ? { usage: { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens } }
      : {}),
    cutOff: ended === 'length' || ended === 'max_tokens',
  };
}
