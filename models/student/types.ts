/** What a student is to the rest of Rounds: something that continues text and scores continuations. No code here. */

export interface Generation {
  /** Decoded text after the prompt, without the stop token. */
  text: string;
  /** Natural-log probability of each generated token (the stop token included). */
  tokenLogProbs: number[];
  ended: 'stop' | 'length' | 'aborted';
}

/** One continuation of a prompt. `logProb` is the sum over `tokenLogProbs`, natural log. */
export interface Scored {
  logProb: number;
  tokenLogProbs: number[];
}

export interface GenerateOptions {
  /** Default 96. */
  maxTokens?: number;
  /** Special tokens that end the text; default `<|end|>`. */
  stop?: string[];
  /** Called with each new piece of text as it is decoded. */
  onText?: (piece: string) => void;
  signal?: AbortSignal;
}

/** A language model small enough for the plant's own machine. Work runs in a worker thread; calls may overlap. */
export interface Student {
  readonly card: StudentCard;
  /** Greedy continuation. Throws BadInput when the prompt leaves no room in the context window. */
  generate(prompt: string, options?: GenerateOptions): Promise<Generation>;
  /** Log-probabilities of each continuation after the same prompt (the prompt is run once). */
  score(prompt: string, continuations: string[]): Promise<Scored[]>;
  /**
   * Log-probabilities of each of `tokens` as the one that follows the prompt and each continuation: [continuation][token].
   * Throws BadInput when one of `tokens` is not exactly one token.
   */
  grade(prompt: string, continuations: string[], tokens: string[]): Promise<number[][]>;
  countTokens(text: string): number;
  close(): Promise<void>;
}

/** A logistic rule: P(right) = sigmoid(bias + Σ weights[name]·(feature[name] − mean)/scale). */
export interface Calibration {
  features: Record<string, { weight: number; mean: number; scale: number }>;
  bias: number;
  /** Answers at or above this confidence meet `maxError`, by learn-then-test; 1.01 when none does. */
  threshold: number;
  maxError: number;
  /** Held-out items it was fitted and certified on. */
  fittedOn: number;
  certifiedOn: number;
}

/** With the card's sheets, seed and parent, all that made a student. */
export interface Lineage {
  /** SHA-256 of each trace it was taught, sorted. */
  traces: string[];
  /** How many of them came from whom. */
  teachers: Record<string, number>;
  /** Which code trained it: a hash over its source files. */
  code: string;
}

/** `student.json` beside the weights. */
export interface StudentCard {
  id: string;
  name: string;
  parent: string | null;
  round: number;
  createdAt: string;
  parameters: number;
  /** SHA-256 over the training data's canonical form. */
  dataHash: string;
  sheets: Record<string, string>;
  seed: number;
  training: { steps: number; tokens: number; minutes: number; code: string };
  metrics: Record<string, number>;
  calibration: Calibration;
  /** What it was made of; absent where it was made elsewhere, or before this was kept. */
  lineage?: Lineage | undefined;
  licences: Record<string, string>;
  /** SHA-256 of every other file of the folder, by relative path. */
  checksums: Record<string, string>;
}
