/**
 * Runs llama.cpp, in the build that node-llama-cpp carries, on a GGUF file, in a process of its own. Arguments: file,
 * threads. A request is a line of JSON on stdin, the answer a line on stdout:
 *   {"text": "..."}                         → {"ids": [...]}, as llama.cpp splits it
 *   {"prompts": [[...], ...], "tokens": n}  → each one's new ids, ms to the first token of all and from there to the last
 * It calls the binding itself: at a student's size node-llama-cpp's own queue would cost a third of the speed.
 */
import { createInterface } from 'node:readline';
import { getLlama } from 'node-llama-cpp';

const [modelPath, threads] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
const greedy = new llama._bindings.AddonSampler(model._model);
greedy.applyConfig({ temperature: 0 });
const contexts = new Map();
console.log(JSON.stringify({ ready: true }));

for await (const line of createInterface({ input: process.stdin })) {
  const { text, prompts, tokens } = JSON.parse(line);
  const answer = text === undefined ? await generate(prompts, tokens) : { ids: model.tokenize(text, true) };
  console.log(JSON.stringify(answer));
}

/** Prompts one after the other, then a token of each sequence a run. */
async function generate(prompts, tokens) {
  const context = await contextFor(prompts.length);
  for (const sequence of prompts.keys()) context.disposeSequence(sequence);
  const started = performance.now();
  const out = [];
  for (const [sequence, ids] of prompts.entries()) out.push(await run(context, [{ sequence, at: 0, ids }]));
  const first = performance.now();
  for (let n = 1; n < tokens; n++) {
    const row = out.map((fresh, sequence) => ({ sequence, at: prompts[sequence].length + n - 1, ids: [fresh.at(-1)] }));
    for (const [sequence, token] of (await run(context, row)).entries()) out[sequence].push(token);
  }
  return { ids: out, prefill: first - started, decode: performance.now() - first };
}

/** The likeliest token after each row. */
async function run(context, rows) {
  context.initBatch(rows.reduce((sum, { ids }) => sum + ids.length, 0));
  const last = rows.map(
    ({ sequence, at, ids }) =>
      context.addToBatch(sequence, at, Uint32Array.from(ids), Uint32Array.of(ids.length - 1))[0],
  );
  await context.decodeBatch();
  const best = [];
  for (const index of last) best.push(await context.sampleToken(index, greedy));
  return best;
}

async function contextFor(sequences) {
  if (!contexts.has(sequences)) {
    const contextSize = model.trainContextSize;
    contexts.set(sequences, await model.createContext({ sequences, contextSize, batchSize: contextSize }));
  }
  const { _ctx: context } = contexts.get(sequences);
  context.setThreads(Number(threads));
  return context;
}
