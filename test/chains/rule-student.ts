/**
 * A student that reads its prompt and answers by rule, so that tests of the chain do not hang on a model's quality: a
 * correction in the context wins, else the verdicts of the facts in the context decide, else it does not know. What the
 * chain does not put into the prompt, it cannot say.
 */
import { plainOption, renderCompletion, renderOption } from '../../models/student/prompt.ts';
import type { GenerateOptions, Generation, Scored, Student, StudentCard } from '../../models/student/types.ts';

export interface RuleStudent extends Student {
  /** Every prompt that was generated from, in order. */
  readonly prompts: string[];
}

export function ruleStudent(how: { stubborn?: string; failing?: Error; slowMs?: number } = {}): RuleStudent {
  const prompts: string[] = [];
  return {
    card,
    prompts,
    countTokens: (text) => Math.ceil(text.length / 4),
    close: async () => {},
    async generate(prompt, options: GenerateOptions = {}): Promise<Generation> {
      if (how.failing) throw how.failing;
      prompts.push(prompt);
      const { rationale, answer } = answerOf(prompt, how.stubborn);
      const text = renderCompletion(rationale, answer).replace('<|end|>', '');
      for (const piece of text.match(/.{1,12}/gs) ?? []) {
        if (options.signal?.aborted) return { text: '', tokenLogProbs: [], ended: 'aborted' };
        if (how.slowMs) await new Promise<void>((resolve) => setTimeout(resolve, how.slowMs));
        options.onText?.(piece);
      }
      const tokenLogProbs = Array.from({ length: Math.ceil(text.length / 4) + 1 }, () => -0.05);
      return { text, tokenLogProbs, ended: 'stop' };
    },
    async score(prompt, continuations): Promise<Scored[]> {
      const { answer } = answerOf(prompt, how.stubborn);
      const right = new Set(answer.split('; ').map(renderOption));
      return continuations.map((continuation) => {
        const logProb = right.has(continuation) ? -0.1 : -6;
        return { logProb, tokenLogProbs: [logProb] };
      });
    },
  };
}

interface Said {
  rationale: string;
  answer: string;
}

function answerOf(prompt: string, stubborn: string | undefined): Said {
  const context = between(prompt, '<|context|>', '<|question|>').split('\n').map(trimmed).filter(Boolean);
  const question = trimmed(between(prompt, '<|question|>', /<\|options\|>|<\|think\|>/));
  const options = between(prompt, '<|options|>', '<|think|>').split('<|option|>').map(trimmed).filter(Boolean);
  if (stubborn) return { rationale: 'i know better.', answer: stubborn };
  const correction = context.findLast((line) => line.startsWith('corrected: '));
  if (correction) {
    const answer = plainOption(correction.split(' — ').at(-1)!);
    return { rationale: `an engineer has corrected this: ${answer}.`, answer };
  }
  const fact = context.at(-1);
  if (!fact) return { rationale: 'no fact says it.', answer: 'not known' };
  const lists = fact.match(/^[^.]+\. (.*: (?:clearly|also|not))\.$/)?.[1];
  if (lists) return byVerdict(fact, lists, question, options);
  const signs = fact.match(/^[^,]+, (.+?) signs: /)?.[1];
  if (signs) return { rationale: `these signs fit ${signs}.`, answer: options.find((o) => o === signs) ?? signs };
  const items = fact.match(/^[^,]+, .+? (?:checks|actions|causes|effects|is a fault of): (.*)\.$/)?.[1];
  if (items) {
    const listed = items.split('; ').map(plainOption);
    return {
      rationale: fact,
      answer: listed.find((item) => options.length === 0 || options.includes(item)) ?? 'not known',
    };
  }
  const does = fact.match(/does not show it/) ? 'no' : 'yes, clearly';
  return { rationale: fact, answer: fact.includes(' means that ') ? fact.replace(/^[^,]+, /, '') : does };
}

/** "a: clearly; b: also; c: not" against the options, or the first of them for an open question. */
function byVerdict(fact: string, lists: string, question: string, options: readonly string[]): Said {
  const verdicts = new Map(lists.split('; ').map((item) => item.split(': ') as [string, string]));
  if (options.length === 0) {
    const answer = [...verdicts].filter(([, verdict]) => verdict !== 'not').map(([name]) => name);
    return { rationale: fact, answer: answer.slice(0, 3).join(', ') };
  }
  const wanted = /\b(not|except|least|irrelevant|leave out|leaves|wrong quantity|waste of time)\b/.test(question)
    ? ['not']
    : ['clearly', 'also'];
  const rationale = `${options.map((option) => `${option}: ${verdicts.get(option) ?? 'not'}`).join('; ')}.`;
  const right = wanted.map((verdict) => options.find((option) => verdicts.get(option) === verdict)).find(Boolean);
  return { rationale, answer: right ?? 'not known' };
}

function trimmed(text: string): string {
  return text.trim();
}

function between(text: string, from: string, to: string | RegExp): string {
  const start = text.indexOf(from);
  if (start < 0) return '';
  return text.slice(start + from.length).split(to)[0]!;
}

/** Sure when the facts stood in the context, unsure when they stood there in part, never sure of "not known". */
const card: StudentCard = {
  id: 'rule-student',
  name: 'answers by rule',
  parent: null,
  round: 0,
  createdAt: '2026-11-21T00:00:00Z',
  parameters: 0,
  dataHash: '',
  sheets: {},
  seed: 0,
  training: { steps: 0, tokens: 0, minutes: 0, code: '' },
  metrics: {},
  calibration: {
    features: {
      grounded: { weight: 4, mean: 0, scale: 1 },
      unknown: { weight: -6, mean: 0, scale: 1 },
    },
    bias: -1,
    threshold: 0.8,
    maxError: 0.05,
    fittedOn: 400,
    certifiedOn: 400,
  },
  licences: {},
  checksums: {},
};
