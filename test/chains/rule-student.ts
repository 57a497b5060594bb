/**
 * A student that reads its prompt and answers by rule, so that tests of the chain do not hang on a model's quality: a
 * correction in the context wins, else the grades of the facts in the context decide, else it does not know. What the
 * chain does not put into the prompt, it cannot say.
 */
import { GRADES, plainOption, renderCompletion } from '../../models/student/prompt.ts';
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
      const { rationale } = answerOf(prompt, how.stubborn);
      return continuations.map((continuation) => {
        const logProb = rationale.startsWith(`${continuation.trim()}.`) ? -0.1 : -6;
        return { logProb, tokenLogProbs: [logProb] };
      });
    },
    async grade(prompt, continuations, tokens): Promise<number[][]> {
      const { grades } = answerOf(prompt, how.stubborn);
      return continuations.map((continuation) => {
        const option = trimmed(between(continuation, '<|option|>', '<|grade|>'));
        const given = GRADES[grades(option)]!;
        return tokens.map((token) => Math.log(token === given ? 0.91 : 0.01));
      });
    },
  };
}

interface Said {
  rationale: string;
  answer: string;
  /** What an option would be given. */
  grades: (option: string) => number;
}

const only = (right: readonly string[]) => (option: string) => (right.includes(option) ? 9 : 0);

function answerOf(prompt: string, stubborn: string | undefined): Said {
  const context = between(prompt, '<|context|>', '<|question|>').split('\n').map(trimmed).filter(Boolean);
  if (stubborn) {
    const rationale = stubborn === 'not known' ? 'not known: nobody said.' : 'i know better.';
    return { rationale, answer: stubborn, grades: only([stubborn]) };
  }
  const correction = context.findLast((line) => line.startsWith('corrected: '));
  if (correction) {
    const answer = plainOption(correction.split(' — ').at(-1)!);
    return { rationale: `an engineer has corrected this: ${answer}.`, answer, grades: only(answer.split('; ')) };
  }
  const fact = context.at(-1);
  if (!fact) return { rationale: 'not known: no fact says it.', answer: 'not known', grades: () => 0 };
  const row = fact.match(/^[^.]+\. (.* \d)\.$/)?.[1];
  if (row) {
    const cells = row.split('; ').map((cell) => cell.match(/^(.*) (\d)$/)!.slice(1) as [string, string]);
    const ranked = cells.filter(([, grade]) => grade !== '0').sort((a, b) => Number(b[1]) - Number(a[1]));
    const answer = ranked.slice(0, 3).map(([name]) => name);
    return { rationale: fact, answer: answer.join(', '), grades: (option) => Number(new Map(cells).get(option) ?? 0) };
  }
  const signs = fact.match(/^[^,]+, (.+?) signs: /)?.[1];
  if (signs) return { rationale: `these signs fit ${signs}.`, answer: signs, grades: only([signs]) };
  const items = fact.match(
    /^(?:[^,]+, .+? (?:checks|actions|causes|effects|is a fault of|is measured by)|[^,]+ components): (.*)\.$/,
  )?.[1];
  if (items) {
    const listed = items.split('; ').map(plainOption);
    return { rationale: fact, answer: listed[0]!, grades: only(listed) };
  }
  const rule = fact.match(/^[^,]+, when .+?: (.+?); /)?.[1];
  if (rule) return { rationale: fact, answer: rule, grades: only([rule]) };
  const role = fact.match(/^[^,]+, [^:;]+: ([^;]+)\.$/)?.[1];
  if (role) return { rationale: fact, answer: role, grades: only([role]) };
  const does = fact.match(/does not show it/) ? 'no' : 'yes, clearly';
  const answer = fact.includes(' means that ') ? fact.replace(/^[^,]+, /, '') : does;
  return { rationale: fact, answer, grades: only([answer]) };
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
