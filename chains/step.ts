/** A named LangChain Runnable from a plain function. It exists so that every step of the chain is made in one way. */
import { type Runnable, RunnableLambda } from '@langchain/core/runnables';

export function step<Input, Output>(
  name: string,
  run: (input: Input, signal: AbortSignal | undefined) => Output | Promise<Output>,
): Runnable<Input, Output> {
  const lambda = RunnableLambda.from<Input, Output>(
    async (input: Input, config: { signal?: AbortSignal }): Promise<Output> => run(input, config.signal),
  );
  return lambda.withConfig({ runName: name });
}
