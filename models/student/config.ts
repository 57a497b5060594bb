/**
 * The shape of a student: a Llama-style decoder (RMS norm, rotary positions with halves paired, SwiGLU, tied embeddings,
 * no biases, as many key heads as query heads), and its Hugging Face `config.json`. Knows no weights.
 */
import { BadInput } from '../errors.ts';

export interface DecoderConfig {
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  headDim: number;
  ffnSize: number;
  ropeTheta: number;
  rmsEps: number;
  /** Longest context, in tokens. */
  maxPositions: number;
}

/** Fills what is usual: heads of 64 (or fewer where the model is narrow), a feed-forward of 8/3, θ 10,000, ε 1e-5. */
export function decoderConfig(
  given: Pick<DecoderConfig, 'vocabSize' | 'hiddenSize' | 'layers'> & Partial<DecoderConfig>,
): DecoderConfig {
  const headDim = given.headDim ?? (given.heads ? given.hiddenSize / given.heads : Math.min(64, given.hiddenSize));
  const config = {
    headDim,
    heads: given.hiddenSize / headDim,
    ffnSize: Math.round((given.hiddenSize * 8) / 3 / 32) * 32 || 32,
    ropeTheta: 10_000,
    rmsEps: 1e-5,
    maxPositions: 1024,
    ...given,
  };
  return checked(config);
}

export function parameterCount({ vocabSize, hiddenSize: d, layers, heads, headDim, ffnSize }: DecoderConfig): number {
  const attention = 4 * d * heads * headDim;
  return vocabSize * d + layers * (attention + 3 * d * ffnSize + 2 * d) + d;
}

/** `config.json` as transformers and transformers.js read it. `extra` adds token ids, dtype and the like. */
export function toHuggingFace(config: DecoderConfig, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabSize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.heads,
    head_dim: config.headDim,
    intermediate_size: config.ffnSize,
    rope_theta: config.ropeTheta,
    rms_norm_eps: config.rmsEps,
    max_position_embeddings: config.maxPositions,
    hidden_act: 'silu',
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    tie_word_embeddings: true,
    ...extra,
  };
}

/** Reads a `config.json`. Throws BadInput where the decoder is not of our shape. */
export function fromHuggingFace(json: Record<string, unknown>): DecoderConfig {
  const must = (name: string, value: unknown): void => {
    if (json[name] !== undefined && json[name] !== null && json[name] !== value)
      throw new BadInput(
        `[config.json] ${name} is ${JSON.stringify(json[name])}, we run ${JSON.stringify(value)} only`,
      );
  };
  must('model_type', 'llama');
  must('num_key_value_heads', json.num_attention_heads);
  must('hidden_act', 'silu');
  must('attention_bias', false);
  must('mlp_bias', false);
  must('rope_scaling', null);
  if (json.tie_word_embeddings !== true) throw new BadInput('[config.json] tie_word_embeddings must be true');
  const rope = json.rope_parameters as { rope_theta?: unknown; rope_type?: unknown } | undefined;
  if (rope && (rope.rope_type ?? 'default') !== 'default')
    throw new BadInput(`[config.json] rope_type ${JSON.stringify(rope.rope_type)} is not known here, use "default"`);
  const size = (name: string, fallback?: unknown): number => {
    const value = json[name] ?? fallback;
    if (typeof value !== 'number' || !(value > 0)) throw new BadInput(`[config.json] ${name} must be a number above 0`);
    return value;
  };
  const heads = size('num_attention_heads');
  return checked({
    vocabSize: size('vocab_size'),
    hiddenSize: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads,
    headDim: size('head_dim', size('hidden_size') / heads),
    ffnSize: size('intermediate_size'),
    ropeTheta: size('rope_theta', rope?.rope_theta ?? 10_000),
    rmsEps: size('rms_norm_eps', 1e-6),
    maxPositions: size('max_position_embeddings', 2048),
  });
}

function checked(config: DecoderConfig): DecoderConfig {
  const { ropeTheta, rmsEps, ...sizes } = config;
  for (const [name, value] of Object.entries(sizes))
    if (!Number.isInteger(value) || value < 1)
      throw new BadInput(`[decoder] ${name} is ${value}: a whole number above 0`);
  if (config.headDim % 2) throw new BadInput(`[decoder] headDim ${config.headDim} must be even for rotary positions`);
  if (!(ropeTheta > 0 && rmsEps > 0)) throw new BadInput('[decoder] ropeTheta and rmsEps must be above 0');
  return config;
}
