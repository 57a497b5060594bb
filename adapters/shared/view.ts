/**
 * What a reply says, in words and parts, for channels that lay out cards: the same on every platform. All its texts are
 * harmless (text.ts) and none is longer than asked for; what a platform's markup needs escaped is left to its adapter.
 * The words are those of the page.
 */
import type { Exchange, Reply } from '../../bot/types.ts';
import { confidenceWords, count, duration, percent, stageWords, standing } from '../web/public/words.js';
import { clip } from './fold.ts';
import { harmless, linksIn } from './text.ts';

export type View =
  /** Being worked on. */
  | { kind: 'working'; line: string; partial: string }
  /** A plain line: help, status, the result of a command, an apology. */
  | { kind: 'notice'; text: string }
  | AnswerView;

export interface AnswerView {
  kind: 'answer';
  standing: ReturnType<typeof standing>['kind'];
  /** What stands: the correction where there is one. */
  answer: string;
  /** The answer that a correction replaced. */
  before?: string;
  /** `Corrected by Ann: because it was seen`. */
  corrected?: { by: string; rationale: string };
  /** `87 %, likely right`; none for refusals, open questions and what a person has put right. */
  confidence?: { percent: string; words: string; level: 'high' | 'fair' | 'low' };
  /** Who answered and how long it took: `Teacher: knowledge · 1.2 s`. */
  by: string;
  /** Why it was escalated or refused; what the confidence rests on. */
  reason: string;
  rationale: string;
  attempt?: { answer: string; rationale: string; confidence: string };
  /** Best first. */
  options: { option: string; percent: string; chosen: boolean }[];
  sources: { title: string; kind: string; text: string }[];
  /** `Flagged by Ann: wrong machine`. */
  flags: string[];
  notice: string;
  /** What may be done with it, whoever does it. */
  deeds: ('flag' | 'correct')[];
}

/** Most of one text that any card shows; each platform folds further. */
const LONGEST = 6000;

export function viewOf(reply: Reply, exchange?: Pick<Exchange, 'flags' | 'corrections'>): View {
  const { answer, notice } = reply;
  if (!reply.final) {
    return { kind: 'working', line: workingLine(reply), partial: text(reply.partial) };
  }
  if (!answer) return { kind: 'notice', text: text(notice) || 'Done.' };
  const links = linksIn(answer.sources);
  const say = (words: string | undefined) => text(words, links);
  const stands = standing(answer);
  const correction = exchange?.corrections.filter(({ withdrawn }) => !withdrawn).at(-1);
  const sure = answer.outcome !== 'refused' && answer.answer !== '' && !correction;
  const refusedByRule = answer.outcome === 'refused' && answer.answeredBy === 'rule';
  const given = say(answer.answer);
  return {
    kind: 'answer',
    standing: correction ? 'person' : stands.kind,
    answer:
      say(correction?.answer) ||
      given ||
      (answer.outcome === 'refused' ? 'This is not answered here.' : 'No teacher knows: people are asked.'),
    ...(correction && given ? { before: given } : {}),
    ...(correction ? { corrected: { by: text(correction.author.name), rationale: say(correction.rationale) } } : {}),
    ...(sure ? { confidence: { percent: percent(answer.confidence), ...confidenceWords(answer.confidence) } } : {}),
    by: correction
      ? given
        ? `Before: ${stands.words}`
        : 'Answered by a person'
      : [stands.words, ...(answer.ms > 0 ? [duration(answer.ms)] : [])].join(' · '),
    reason: say(answer.reason),
    rationale: say(answer.rationale),
    ...(answer.attempt
      ? {
          attempt: {
            answer: say(answer.attempt.answer) || 'none',
            rationale: say(answer.attempt.rationale),
            confidence: percent(answer.attempt.confidence),
          },
        }
      : {}),
    options: (answer.options ?? [])
      .map(({ option, probability }) => ({
        ...{ option: say(option), percent: percent(probability), probability },
        chosen: same(option, answer.answer),
      }))
      .sort((a, b) => b.probability - a.probability)
      .map(({ probability: _, ...option }) => option),
    sources: answer.sources.map(({ title, kind, text: body }) => ({ title: say(title), kind, text: say(body) })),
    flags: (exchange?.flags ?? [])
      .filter(({ withdrawn }) => !withdrawn)
      .map(({ author, reason }) => `Flagged by ${text(author.name)}: ${clip(text(reason), 300)}`),
    notice: text(notice),
    deeds: refusedByRule ? ['flag'] : ['flag', 'correct'],
  };
}

/** One plain line of a view: for notifications, and for readers that show no cards. */
export function spoken(view: View): string {
  if (view.kind === 'working') return view.line;
  if (view.kind === 'notice') return view.text;
  const sure = view.confidence ? ` (${view.confidence.percent}, ${view.confidence.words})` : '';
  return `${view.answer}${sure} — ${view.by}`;
}

function workingLine({ stage, ahead }: Reply): string {
  if (stage === 'received' && ahead)
    return `Received; ${count(ahead, 'question')} before yours. It will be answered here.`;
  return `${stageWords(stage)}…`;
}

function text(words: string | undefined, links?: ReadonlySet<string>): string {
  return clip(harmless(words ?? '', links), LONGEST);
}

const bare = (words: string) =>
  words
    .toLowerCase()
    .replace(/[.\s]+$/, '')
    .trim();
const same = (option: string, answer: string) => answer.split(';').some((part) => bare(part) === bare(option));
