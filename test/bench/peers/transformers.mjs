/**
 * Runs @huggingface/transformers on a student's folder, in a process of its own. Arguments: folder, threads. A request
 * is a line of JSON on stdin, `{"ids": [...], "tokens": n}`; the answer a line on stdout:
 * the new ids, and the milliseconds to the first token and from there to the last.
 */
import { basename, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { AutoModelForCausalLM, env, Tensor } from '@huggingface/transformers';

const [folder, threads] = process.argv.slice(2);
env.allowRemoteModels = false;
env.localModelPath = `${dirname(folder)}/`;
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
  dtype: 'q8',
  device: 'cpu',
  local_files_only: true,
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const { ids, tokens } = JSON.parse(line);
  const row = (values) => new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const arrivals = []; // the prompt comes first
  const started = performance.now();
  const output = await model.generate({
    input_ids: row(ids),
    attention_mask: row(ids.map(() => 1)),
    max_new_tokens: tokens,
    do_sample: false,
    eos_token_id: null,
    streamer: { put: () => arrivals.push(performance.now()), end: () => undefined },
  });
  const [, first, ...rest] = arrivals;
  const fresh = Array.from(output.data, Number).slice(ids.length);
  console.log(JSON.stringify({ ids: fresh, prefill: first - started, decode: rest.at(-1) - first }));
}
