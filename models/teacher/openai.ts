/**
 * OpenAI's protocol as LangChain speaks it, without two things that it does besides: parsing the answer (what cannot be
 * parsed would be lost, and asked for again without a word of why), and counting a stream's tokens with tables that it
 * fetches from the internet (the server counts them).
 */
import { ChatOpenAICompletions, type OpenAIClient } from '@langchain/openai';

type Streaming = OpenAIClient.Chat.ChatCompletionCreateParamsStreaming;
type Whole = OpenAIClient.Chat.ChatCompletionCreateParamsNonStreaming;
type Options = OpenAIClient.RequestOptions;

export class PlainCompletions extends ChatOpenAICompletions {
  override async getNumTokens(): Promise<number> {
    return 0;
  }

  override completionWithRetry(
    request: Streaming,
    options?: Options,
  ): Promise<AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk>>;
  override completionWithRetry(
    request: Whole,
    options?: Options,
  ): Promise<OpenAIClient.Chat.Completions.ChatCompletion>;
  override async completionWithRetry(
    request: Streaming | Whole,
    options?: Options,
  ): Promise<
    AsyncIterable<OpenAIClient.Chat.Completions.ChatCompletionChunk> | OpenAIClient.Chat.Completions.ChatCompletion
  > {
    // Makes the client.
    const clientOptions = this._getClientOptions(options as Parameters<this['_getClientOptions']>[0]);
    return this.client.chat.completions.create(request, clientOptions);
  }
}
