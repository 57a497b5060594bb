import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { adamw, globalNorm } from '../graph/adamw.ts';
import { Graph } from '../graph/graph.ts';
import { EXAMPLE_PLANT, loadKnowledge } from '../knowledge/knowledge.ts';
import { decoderConfig, parameterCount } from '../student/config.ts';
import { gradientName, initWeights, trainingGraph, weightShapes } from '../student/decoder.ts';
import { loadTokenizer } from '../student/tokenizer.ts';
import { openDataset } from './round-dataset.ts';

const arg = (k: string, d: string) => {
  const i = process.argv.indexOf('--' + k);
  return i < 0 ? d : process.argv[i + 1]!;
};
const tok = JSON.parse(await readFile('/work/exp/full/rounds/001/tokenizer.json', 'utf8'));
const d = Number(arg('d', '128')),
  L = Number(arg('L', '4')),
  B = Number(arg('B', '8')),
  S = Number(arg('S', '256')),
  steps = Number(arg('steps', '250')),
  lr = Number(arg('lr', '2e-3')),
  opt = arg('opt', 'adam'),
  iters = Number(arg('iters', '5')),
  wd = Number(arg('wd', '0.1')),
  b2 = Number(arg('b2', '0.95')),
  elr = Number(arg('elr', '1')),
  mom = Number(arg('mom', '0.95'));
const config = decoderConfig({ vocabSize: loadTokenizer(tok).vocabSize, hiddenSize: d, layers: L });
const sheets = [...(await loadKnowledge({ dirs: ['/work/exp/sheets'], plant: EXAMPLE_PLANT })).sheets];
const data = openDataset({ sheets, tokenizerJson: tok, seed: 1, batch: B, sequence: S, traces: [], traceShare: 0 });
const N = B * S,
  shapes = weightShapes(config),
  size = parameterCount(config);
const { graph } = trainingGraph(config, { batch: B, sequence: S });
const so = {
  intraOpNumThreads: 2,
  interOpNumThreads: 1,
  graphOptimizationLevel: 'all' as const,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};
const s = await InferenceSession.create(graph.encode(), so);
const W = new Float32Array(size),
  G = new Float32Array(size),
  m = new Float32Array(size),
  v = new Float32Array(size),
  U = new Float32Array(size);
const init = initWeights(config, 1);
let at = 0;
const off = new Map<string, number>();
for (const n of shapes.keys()) {
  off.set(n, at);
  W.set(init.get(n)!, at);
  at += init.get(n)!.length;
}
const view = (a: Float32Array, n: string) =>
  new Tensor('float32', a.subarray(off.get(n)!, off.get(n)! + init.get(n)!.length), shapes.get(n)!);
const feeds: Record<string, Tensor> = {},
  fetches: Record<string, Tensor> = { loss: new Tensor('float32', new Float32Array(1), []) };
for (const n of shapes.keys()) {
  feeds[n] = view(W, n);
  fetches[gradientName(n)] = view(G, n);
}
const mats = [...shapes].filter(([n, sh]) => sh.length === 2 && !n.includes('embed'));
const mStart = off.get(mats[0]![0])!,
  mEnd = off.get(mats.at(-1)![0])! + init.get(mats.at(-1)![0])!.length;
let ms: InferenceSession | undefined;
const mf: Record<string, Tensor> = {},
  mo: Record<string, Tensor> = {};
if (opt === 'muon') {
  const g = new Graph('muon');
  for (const [n, sh] of mats) {
    const [r, c] = sh as [number, number];
    const x0 = g.input(n, 'float32', sh);
    const norm = g.sqrt(g.reduceSum(g.mul(x0, x0), [0, 1]));
    let x = g.div(x0, g.add(norm, g.scalar(1e-7)));
    const co =
      iters === 5
        ? Array(5).fill([3.4445, -4.775, 2.0315])
        : [
            [8.28721201814563, -23.595886519098837, 17.300387312530933],
            [4.107059111542203, -2.9478499167379106, 0.5448431082926601],
            [3.9486908534822946, -2.908902115962949, 0.5518191394370137],
            [3.3184196573706015, -2.488488024314874, 0.51004894012372],
            [2.300652019954817, -1.6689039845747493, 0.4188073119525673],
          ].slice(0, iters);
    for (const [a, b, cc] of co as [number, number, number][]) {
      const A = r > c ? g.gemm(x, x, { transA: true }) : g.gemm(x, x, { transB: true });
      const Bm = g.gemm(A, A, { c: A, alpha: cc, beta: b });
      x = r > c ? g.gemm(x, Bm, { c: x, beta: a }) : g.gemm(Bm, x, { c: x, beta: a });
    }
    g.output(x, 'o ' + n);
    mf[n] = view(U, n);
    mo['o ' + n] = view(U, n); // in place? use separate
  }
  ms = await InferenceSession.create(g.encode(), so);
}
const O = new Float32Array(size);
for (const [n] of mats) mo['o ' + n] = view(O, n);
let sum = 0,
  cnt = 0,
  tm = 0,
  tt = 0;
const t0 = performance.now();
const line: string[] = [];
for (let step = 0; step < steps; step++) {
  const b = data.batchAt(step);
  const I = (x: Int32Array) => new Tensor('int32', x, [N]);
  const a0 = performance.now();
  await s.run(
    {
      ...feeds,
      input_ids: I(b.inputIds),
      position_ids: I(b.positionIds),
      document_ids: I(b.documentIds),
      targets: I(b.targets),
      target_weights: new Tensor('float32', b.targetWeights, [N]),
    },
    fetches as never,
  );
  const a1 = performance.now();
  tt += a1 - a0;
  const loss = (fetches.loss!.data as Float32Array)[0]!;
  sum += loss;
  cnt++;
  const norm = globalNorm(G),
    scale = norm > 1 ? 1 / norm : 1;
  const gone = step / steps,
    rate = lr * Math.min(1, (step + 1) / Math.min(50, steps / 10)) * Math.min(1, (1 - gone) / 0.4);
  const o = { beta1: 0.9, beta2: b2, epsilon: 1e-8, weightDecay: wd, learningRate: rate, step: step + 1, scale };
  if (!ms) adamw(W, G, { m, v }, { ...o, decayed: mEnd });
  else {
    const sl = (x: Float32Array, f: number, t: number) => x.subarray(f, t);
    adamw(
      sl(W, 0, mStart),
      sl(G, 0, mStart),
      { m: sl(m, 0, mStart), v: sl(v, 0, mStart) },
      { ...o, learningRate: rate * elr, decayed: mStart },
    );
    adamw(
      sl(W, mEnd, size),
      sl(G, mEnd, size),
      { m: sl(m, mEnd, size), v: sl(v, mEnd, size) },
      { ...o, learningRate: rate * elr, decayed: 0 },
    );
    for (let i = mStart; i < mEnd; i++) {
      const g = G[i]! * scale;
      const mm = mom * m[i]! + (1 - mom) * g;
      m[i] = mm;
      U[i] = (1 - mom) * g + mom * mm;
    }
    const q = performance.now();
    await ms.run(mf, mo as never);
    tm += performance.now() - q;
    for (const [n, sh] of mats) {
      const f = off.get(n)!,
        k = 0.2 * Math.sqrt(Math.max(...sh)) * rate,
        keep = 1 - rate * wd;
      for (let i = f; i < f + init.get(n)!.length; i++) W[i] = W[i]! * keep - k * O[i]!;
    }
  }
  if ((step + 1) % (steps / 10) === 0) {
    line.push((sum / cnt).toFixed(3));
    sum = cnt = 0;
  }
}
console.log(
  `${opt} lr ${lr} wd ${wd} b2 ${b2} mom ${mom} elr ${elr} iters ${iters} d${d} L${L} steps ${steps}: ${line.join(' ')} | ${((performance.now() - t0) / 1000).toFixed(0)} s, grad ${(tt / steps).toFixed(0)} ms, muon ${(tm / steps).toFixed(0)} ms`,
);
