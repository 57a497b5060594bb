/** The decoder once more, written to be read and not to be fast: what the graphs are compared with. */
import type { DecoderConfig } from '../../../models/student/config.ts';
import type { Weights } from '../../../models/student/decoder.ts';

/** Natural-log probabilities of every token after every position, in double precision, without a cache: [S][vocabulary]. */
export function naiveLogProbs(config: DecoderConfig, weights: Weights, ids: readonly number[]): number[][] {
  const { hiddenSize: d, layers, heads, headDim, vocabSize, rmsEps } = config;
  const w = (name: string) => weights.get(`${name}.weight`)!;
  const linear = (x: number[], name: string): number[] => {
    const m = w(name);
    const columns = x.length;
    return Array.from({ length: m.length / columns }, (_, r) =>
      x.reduce((sum, v, c) => sum + v * m[r * columns + c]!, 0),
    );
  };
  const norm = (x: number[], name: string) => {
    const rms = Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length + rmsEps);
    return x.map((v, i) => (v / rms) * w(name)[i]!);
  };
  const add = (a: number[], b: number[]) => a.map((v, i) => v + b[i]!);
  const head = (x: number[], h: number) => x.slice(h * headDim, (h + 1) * headDim);
  /** Turns the pair (i, i + half) by position · θ^(−i / half). */
  const rotate = (x: number[], position: number) => {
    const half = headDim / 2;
    return x.map((v, i) => {
      const angle = position * config.ropeTheta ** (-(i % half) / half);
      const partner = i < half ? -x[i + half]! : x[i - half]!;
      return v * Math.cos(angle) + partner * Math.sin(angle);
    });
  };
  const softmax = (x: number[]) => {
    const largest = Math.max(...x);
    const e = x.map((v) => Math.exp(v - largest));
    const sum = e.reduce((a, b) => a + b, 0);
    return e.map((v) => v / sum);
  };

  let x = ids.map((id) => Array.from(w('model.embed_tokens').subarray(id * d, (id + 1) * d)));
  for (let l = 0; l < layers; l++) {
    const at = `model.layers.${l}`;
    const normed = x.map((v) => norm(v, `${at}.input_layernorm`));
    const [q, k, v] = ['q', 'k', 'v'].map((name) => normed.map((one) => linear(one, `${at}.self_attn.${name}_proj`)));
    const mixed = normed.map((_, i) =>
      Array.from({ length: heads }, (_, h) => {
        const query = rotate(head(q![i]!, h), i);
        const scores = Array.from({ length: i + 1 }, (_, j) => {
          const key = rotate(head(k![j]!, h), j);
          return query.reduce((sum, value, c) => sum + value * key[c]!, 0) / Math.sqrt(headDim);
        });
        const share = softmax(scores);
        return Array.from({ length: headDim }, (_, c) => share.reduce((sum, p, j) => sum + p * head(v![j]!, h)[c]!, 0));
      }).flat(),
    );
    x = x.map((one, i) => add(one, linear(mixed[i]!, `${at}.self_attn.o_proj`)));
    x = x.map((one) => {
      const inner = norm(one, `${at}.post_attention_layernorm`);
      const gate = linear(inner, `${at}.mlp.gate_proj`).map((g) => g / (1 + Math.exp(-g)));
      const up = linear(inner, `${at}.mlp.up_proj`);
      return add(
        one,
        linear(
          gate.map((g, i) => g * up[i]!),
          `${at}.mlp.down_proj`,
        ),
      );
    });
  }
  return x.map((one) => {
    const logits = linear(norm(one, 'model.norm'), 'model.embed_tokens');
    const largest = Math.max(...logits);
    const total = Math.log(logits.reduce((sum, v) => sum + Math.exp(v - largest), 0)) + largest;
    return logits.slice(0, vocabSize).map((v) => v - total);
  });
}
