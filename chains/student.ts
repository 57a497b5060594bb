/**
 * The student as a LangChain chat model, so that chains stream it, abort it and trace it like any other. A message's
 * content is a prompt already rendered by models/student/prompt.ts: this file knows no prompt form of its own.
 */
import { BaseChatModel, type BaseChatModelCallOptions } from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import type { GenerateOptions, Generation, Student } from '../models/student/types.ts';

export interface StudentCallOptions extends BaseChatModelCallOptions {
  /** Default: the student's own. */
  maxTokens?: number;
}

/** What the last chunk's (or the message's) `response_metadata` holds. */
export interface StudentMetadata {
  student: string;
  /** Natural-log probability of each generated token. */
  tokenLogProbs: number[];
  ended: Generation['ended'];
}

export class StudentChatModel extends BaseChatModel<StudentCallOptions> {
  readonly #student: Student;

  constructor(student: Student) {
    super({});
    this.#student = student;
  }

  static override lc_name(): string {
    return 'StudentChatModel';
  }

  override _llmType(): string {
    return 'rounds-student';
  }

  override async _generate(messages: BaseMessage[], options: this['ParsedCallOptions']): Promise<ChatResult> {
    const generation = await this.#student.generate(promptOf(messages), generateOptions(options));
    const message = new AIMessageChunk({ content: generation.text, response_metadata: this.#metadata(generation) });
    return { generations: [{ text: generation.text, message }] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
  ): AsyncGenerator<ChatGenerationChunk> {
    const pieces: string[] = [];
    let wake = (): void => {};
    let generation: Generation | undefined;
    let failure: { cause: unknown } | undefined;
    this.#student
      .generate(promptOf(messages), {
        ...generateOptions(options),
        onText: (piece) => {
          pieces.push(piece);
          wake();
        },
      })
      .then(
        (value) => {
          generation = value;
        },
        (cause: unknown) => {
          failure = { cause };
        },
      )
      .then(() => wake());
    let sent = '';
    for (;;) {
      for (const piece of pieces.splice(0)) {
        sent += piece;
        yield chunk(piece, {});
      }
      if (failure) throw failure.cause;
      if (generation) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    // A student that withholds its last piece (a marker that might have been the start of a stop) says it here.
    const rest = generation.text.startsWith(sent) ? generation.text.slice(sent.length) : '';
    yield chunk(rest, this.#metadata(generation));
  }

  #metadata(generation: Generation): Record<string, unknown> {
    const metadata: StudentMetadata = {
      student: this.#student.card.id,
      tokenLogProbs: generation.tokenLogProbs,
      ended: generation.ended,
    };
    return { ...metadata };
  }
}

/** One streamed generation, in the runtime's own terms: what models/student/think.ts takes as `generate`. */
export function generateThrough(model: StudentChatModel) {
  return async (prompt: string, how: GenerateOptions): Promise<Generation> => {
    let text = '';
    let metadata: Record<string, unknown> = {};
    const stream = await model.stream(prompt, {
      ...(how.maxTokens ? { maxTokens: how.maxTokens } : {}),
      ...(how.stop ? { stop: how.stop } : {}),
      ...(how.signal ? { signal: how.signal } : {}),
    });
    for await (const part of stream) {
      const piece = part.text;
      text += piece;
      if (piece) how.onText?.(piece);
      metadata = { ...metadata, ...part.response_metadata };
    }
    const { tokenLogProbs, ended } = metadata as Partial<StudentMetadata>;
    return { text, tokenLogProbs: tokenLogProbs ?? [], ended: ended ?? 'aborted' };
  };
}

function chunk(text: string, metadata: Record<string, unknown>): ChatGenerationChunk {
  return new ChatGenerationChunk({
    text,
    message: new AIMessageChunk({ content: text, response_metadata: metadata }),
  });
}

function promptOf(messages: readonly BaseMessage[]): string {
  return messages.map((message) => message.text).join('');
}

function generateOptions(options: StudentCallOptions): GenerateOptions {
  return {
    ...(options.maxTokens ? { maxTokens: options.maxTokens } : {}),
    ...(options.stop ? { stop: options.stop } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  };
}
