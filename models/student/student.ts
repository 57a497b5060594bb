/**
 * A student's folder, written and read, in the layout of Hugging Face: configuration, tokenizer, weights in 16-bit
 * floats, and an 8-bit ONNX model that transformers.js loads. Whatever runs the student reads the rounded weights, so
 * that all compute with the same numbers. It does not know how the weights came about.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BadInput } from '../errors.ts';
import { syncFolder } from '../files.ts';
import type { TokenizerJson } from './bpe.ts';
import { damaged, sealFolder, verifyStudent } from './card.ts';
import { type DecoderConfig, fromHuggingFace, parameterCount, toHuggingFace } from './config.ts';
import { checkWeights, type Weights, weightShapes } from './decoder.ts';
import { writeOnnx } from './export.ts';
import { END } from './prompt.ts';
import { BLOCK } from './quantize.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import type { StudentCard } from './types.ts';
import { readSafetensors, writeSafetensors } from './weights.ts';

export { writeCard } from './card.ts';

export interface StudentParts {
  config: DecoderConfig;
  weights: Weights;
  tokenizer: TokenizerJson;
  /** `parameters` is counted here. */
  card: Omit<StudentCard, 'checksums' | 'parameters'>;
  /** More files of the folder, by name. */
  files?: Record<string, Uint8Array>;
}

/**
 * Writes the whole folder beside its place and moves it there at the end. Throws BadInput when the place is taken or
 * the sizes do not fit blocks of 32.
 */
export async function writeStudent(folder: string, parts: StudentParts): Promise<StudentCard> {
  const target = resolve(folder);
  const { config, weights } = parts;
  checkWeights(config, weights);
  const tokenizer = loadTokenizer(parts.tokenizer);
  checkFit(config, tokenizer, target);
  if (await stat(target).catch(() => null))
    throw new BadInput(`[student] ${target} is there already: name a new folder`);
  const copy = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  const json = (name: string, value: unknown) => writeFile(join(copy, name), `${JSON.stringify(value, null, 2)}\n`);
  try {
    await mkdir(join(copy, 'onnx'), { recursive: true });
    const ids = tokenIds(tokenizer);
    await json('config.json', toHuggingFace(config, { ...ids, torch_dtype: 'float16', use_cache: true }));
    await json('generation_config.json', { ...ids, do_sample: false, max_length: config.maxPositions });
    await writeFile(join(copy, 'tokenizer.json'), JSON.stringify(parts.tokenizer));
    await json('tokenizer_config.json', tokenizerConfig(config));
    await json('special_tokens_map.json', SPECIAL_NAMES);
    const shapes = weightShapes(config);
    const tensors = new Map([...shapes].map(([name, shape]) => [name, { shape, data: weights.get(name)! }]));
    await writeSafetensors(join(copy, WEIGHTS), tensors, { stored: 'F16', metadata: { format: 'pt' } });
    await writeOnnx(copy, 'int8', await readModel(copy));
    for (const [name, bytes] of Object.entries(parts.files ?? {})) await writeFile(join(copy, name), bytes);
    const card = await sealFolder(copy, { ...parts.card, parameters: parameterCount(config) });
    await rename(copy, target);
    await syncFolder(dirname(target));
    return card;
  } catch (error) {
    await rm(copy, { recursive: true, force: true });
    throw error;
  }
}

export interface ReadStudent {
  config: DecoderConfig;
  /** float32, of the 16-bit numbers in the file. */
  weights: Weights;
  tokenizer: Tokenizer;
  tokenizerJson: TokenizerJson;
  card: StudentCard;
}

/** A folder that `writeStudent` wrote, every checksum verified. Throws RoundsError `damaged_student`. */
export async function readStudent(folder: string): Promise<ReadStudent> {
  const card = await verifyStudent(folder);
  const { tokenizer, tokenizerJson } = await readTokenizer(folder);
  return { ...(await readModel(folder)), tokenizer, tokenizerJson, card };
}

/** Configuration and weights alone, checksums not verified. */
export async function readModel(folder: string): Promise<{ config: DecoderConfig; weights: Weights }> {
  const config = fromHuggingFace((await readJson(folder, 'config.json')) as Record<string, unknown>);
  const { tensors } = await readSafetensors(join(folder, WEIGHTS));
  const weights: Weights = new Map([...tensors].map(([name, { data }]) => [name, data]));
  checkWeights(config, weights);
  return { config, weights };
}

export async function readTokenizer(folder: string): Promise<{ tokenizer: Tokenizer; tokenizerJson: TokenizerJson }> {
  const tokenizerJson = (await readJson(folder, 'tokenizer.json')) as TokenizerJson;
  const tokenizer = loadTokenizer(tokenizerJson, await readJson(folder, 'tokenizer_config.json'));
  return { tokenizer, tokenizerJson };
}

/** Whether our own graphs run it: a decoder of our shape with its weights beside it. Others are run from their ONNX file. */
export async function isOurs(folder: string): Promise<boolean> {
  if (!(await stat(join(folder, WEIGHTS)).catch(() => null))) return false;
  try {
    const config = fromHuggingFace((await readJson(folder, 'config.json')) as Record<string, unknown>);
    return config.hiddenSize % BLOCK === 0 && config.ffnSize % BLOCK === 0;
  } catch (error) {
    if (error instanceof BadInput) return false;
    throw error;
  }
}

/** What the tokenizer of a student puts before every text, as `<s>`; empty for most. */
export async function beginningOf(folder: string): Promise<string> {
  const config = (await readJson(folder, 'tokenizer_config.json')) as { add_bos_token?: unknown; bos_token?: unknown };
  const { post_processor: post } = (await readJson(folder, 'tokenizer.json')) as { post_processor?: PostProcessor };
  const template = [post, ...(post?.processors ?? [])].find((one) => one?.type === 'TemplateProcessing');
  const first = template?.single?.[0]?.SpecialToken?.id;
  if (first !== undefined) return first;
  if (config.add_bos_token !== true) return '';
  const token = config.bos_token as string | { content?: string } | null | undefined;
  return (typeof token === 'string' ? token : token?.content) ?? '';
}

interface PostProcessor {
  type?: string;
  single?: { SpecialToken?: { id: string } }[];
  processors?: PostProcessor[];
}

/** What ends a text of a student that has no `<|end|>`: `eos_token_id` of its files; empty when there is none. */
export async function readStopIds(folder: string): Promise<number[]> {
  const named = await stat(join(folder, 'generation_config.json')).catch(() => null);
  const file = (await readJson(folder, named ? 'generation_config.json' : 'config.json')) as { eos_token_id?: unknown };
  return [file.eos_token_id].flat().filter((id) => typeof id === 'number');
}

export const WEIGHTS = 'model.safetensors';
const SPECIAL_NAMES = { bos_token: '<|bos|>', eos_token: END, pad_token: '<|pad|>' };

/** Throws BadInput when 8-bit blocks do not fit the sizes, or the tokenizer has tokens that the decoder has not. */
export function checkFit(config: DecoderConfig, tokenizer: Tokenizer, folder: string): void {
  for (const name of ['hiddenSize', 'ffnSize'] as const) {
    if (config[name] % BLOCK) {
      throw new BadInput(`[student] ${folder}: ${name} ${config[name]} must be a multiple of ${BLOCK}`);
    }
  }
  if (tokenizer.vocabSize > config.vocabSize) {
    throw new BadInput(`[student] ${folder}: ${tokenizer.vocabSize} tokens for a vocabulary of ${config.vocabSize}`);
  }
}

function tokenIds(tokenizer: Tokenizer): Record<string, number> {
  return Object.fromEntries(
    Object.entries(SPECIAL_NAMES).flatMap(([name, token]) => {
      const id = tokenizer.id(token);
      return id === undefined ? [] : [[`${name}_id`, id]];
    }),
  );
}

/** A chat template, so that a runtime that only speaks in messages asks as we do. */
function tokenizerConfig(config: DecoderConfig): Record<string, unknown> {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...SPECIAL_NAMES,
    model_max_length: config.maxPositions,
    clean_up_tokenization_spaces: false,
    add_prefix_space: false,
    chat_template: "<|bos|><|question|> {{ messages[-1]['content'] | lower | trim }}<|think|>",
  };
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw damaged(`${path} cannot be read (${(cause as Error).message})`, cause);
  }
}
