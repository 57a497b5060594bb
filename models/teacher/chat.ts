/**
 * The seam between a language-model teacher and whoever serves the model: messages in, one JSON object as text out.
 * LangChain is behind it (providers.ts), everything that guards the plant in front of it (guarded.ts). No code.
 */

/** Data is an object, so that what leaves can be looked through string by string; it goes out as JSON. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | Record<string, unknown>;
}

export interface ChatRequest {
  messages: readonly ChatMessage[];
  /** JSON schema of the object that is wanted, every field required; `title` names it. */
  schema: Record<string, unknown>;
  maxTokens: number;
  /** 0: the likeliest words. */
  temperature: number;
  /** Whether a reply is of use, for the ledger's count of failures. */
  readable?: (text: string) => boolean;
  signal?: AbortSignal;
}

export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

export interface ChatReply {
  text: string;
  /** As the server counted; absent where it does not say. */
  usage?: Usage;
  /** It stopped because `maxTokens` were reached. */
  cutOff: boolean;
}

export interface Chat {
  /** `openai:gpt-x`: the teacher's name. */
  readonly name: string;
  /** Where texts go: `https://api.openai.com`. */
  readonly destination: string;
  /** Rejects with whatever went wrong; with the signal's reason when that was aborted. */
  complete(request: ChatRequest): Promise<ChatReply>;
}
