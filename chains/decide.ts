/** Answer, escalate or refuse: one rule after the other, the first that holds decides. It asks nobody. */
import type { Runnable } from '@langchain/core/runnables';
import { withoutQuantities } from '../models/knowledge/quantities.ts';
import { contentStems, isAskingWord } from '../models/knowledge/words.ts';
import type { Thought } from '../models/student/think.ts';
import type { Calibration, Student } from '../models/student/types.ts';
import type { Judged } from './judge.ts';
import type { Recalled } from './recall.ts';
import { step } from './step.ts';
import type { Thinking } from './think.ts';
import type { Refusal } from './types.ts';
import type { Understood } from './understand.ts';

export type Decision =
  | { kind: 'answer'; reason: string }
  /** A person's correction decides; `followed`: the student came to the same. */
  | { kind: 'corrected'; followed: boolean; reason: string }
  | { kind: 'escalate'; reason: string }
  | ({ kind: 'refuse' } & Refusal);

export interface DecideInput {
  understood: Understood;
  recalled: Recalled;
  thinking: Thinking;
  judged: Judged;
  student: Student | null;
}

/** Below this share of known words a question is not plant talk; a name makes up for half of it. */
const PLANT_TALK = 0.5;
/** Where neither machine, fault nor reading is named, common words alone ("good against a cold") must not pass. */
const PLANT_TALK_UNNAMED = 0.8;

/** What is asked of a thing that was spoken of before. */
const LEANING = new Set(
  contentStems('check checks inspect look test fix repair urgent safe run stop wait next long often'),
);

/** Somebody is hurt or unwell. */
const OF_A_PERSON =
  /\b(?:chest|heart) (?:pains?|tight\w*|hurts?|attack)\b|\b(?:my|his|her|their|someone'?s) (?:\w+ ){0,2}(?:arms?|hands?|fingers?|legs?|back|head|eyes?|skin|chest|shoulder|stomach|lungs?)\b.{0,30}\b(?:hurts?|pain\w*|numb|tingl\w+|burnt?|burns|bleed\w*|swollen|crushed|stings?|sore)\b|\b(?:passed out|unconscious|not breathing|got (?:a shock|shocked|burned|burnt|scalded)|been (?:burned|burnt|scalded|hurt|injured|electrocuted)|dizzy|vomit\w*|first aid|ambulance)\b/i;

/** What is asked of a value. */
const JUDGING = new Set(contentStems('ok okay bad good normal high low hot much fine worry acceptable allowed limit'));

/** What the question's words alone decide, before any model is asked. A correction of that very question outranks it. */
export function refusal(understood: Understood, assets: readonly string[]): Refusal | null {
  const { topic, unknownTags, inDomain, text, asked } = understood;
  if (OF_A_PERSON.test(text)) {
    return {
      answer:
        "This tells of a person, not of a machine: get first aid or call the site's emergency number now. Ask about the machine afterwards.",
      reason: 'somebody is hurt or unwell, and no sheet is for that',
    };
  }
  if (text === '') return { answer: 'There is no question here. Ask about a machine.', reason: 'the message is empty' };
  const nothingTold = asked === undefined || (asked === 'diagnose' && understood.seen.length === 0);
  if (topic.tag && nothingTold && understood.terms.size === 0) {
    return {
      answer: `What about ${topic.tag}? I read no live data: tell me what you see, hear or measure there, or name a fault.`,
      reason: `the question says nothing of ${topic.tag} beyond its tag`,
    };
  }
  const ofPart = understood.beyond === 'limit' && topic.components !== undefined;
  const named = ofPart || topic.faults.length + topic.parameters.length + understood.seen.length > 0;
  const needed = named ? PLANT_TALK / 2 : topic.asset ? PLANT_TALK : PLANT_TALK_UNNAMED;
  if (inDomain >= needed) return null;
  if (otherLanguage(text)) {
    return {
      answer: 'I read only English so far. Please ask again in English, with the tag of the machine.',
      reason: 'the question seems to be in another language',
    };
  }
  if (topic.tag || unknownTags.length) return null;
  if (named || (topic.asset && asked)) return null;
  const asks = (stem: string): boolean =>
    isAskingWord(stem) || LEANING.has(stem) || (understood.beyond === 'limit' && JUDGING.has(stem));
  if (contentStems(withoutQuantities(text)).every(asks)) {
    return {
      answer:
        'About which machine? Name it by its tag or its class, and a fault or what you see, hear or measure; or ask in the thread that it is about.',
      reason: 'the question names nothing, and no thread tells what it is about',
    };
  }
  const known = assets.slice(0, 4).join(', ');
  return {
    answer: `I only know the machines of this plant's sheets. Ask about one of them (${known}${assets.length > 4 ? ', …' : ''}): what a reading or a sign means, or what to check.`,
    reason: 'the question names nothing that the sheets describe',
  };
}

export const decide = (maxError: number): Runnable<DecideInput, Decision> =>
  step('decide', ({ understood, recalled, thinking, judged, student }) => {
    const why = sentence(judged.reasons);
    const corrected = recalled.corrections.at(-1);
    if (corrected) {
      const followed = thinking.kind === 'thought' && agrees(thinking.thought, corrected);
      return {
        kind: 'corrected',
        followed,
        reason: followed
          ? why
          : `${corrected.correction.author.name}'s correction stands; ${thinking.kind === 'none' ? thinking.reason : `the student said otherwise (${why})`}`,
      };
    }
    const [unknownTag] = understood.unknownTags;
    if (unknownTag && !understood.topic.tag) {
      return {
        kind: 'escalate',
        reason: `the register has no ${unknownTag}: check the tag or add it to the register`,
      };
    }
    if (thinking.kind === 'none') return { kind: 'escalate', reason: thinking.reason };
    if (thinking.thought.answer === '' || thinking.thought.features.unknown) return { kind: 'escalate', reason: why };
    if (RANKING.has(understood.asked ?? '') && contradictsItsLine(thinking.thought)) {
      return { kind: 'escalate', reason: `the student's answer is not what the line that it cites puts first: ${why}` };
    }
    const threshold = thresholdFor(student!.card.calibration, maxError);
    if (judged.confidence < threshold) {
      const percent = (p: number): string => `${Math.round(100 * Math.min(1, p))} %`;
      const need = threshold > 1 ? 'no threshold is certified yet' : `${percent(threshold)} is needed`;
      return { kind: 'escalate', reason: `the student is ${percent(judged.confidence)} sure, ${need}: ${why}` };
    }
    return { kind: 'answer', reason: why };
  });

/**
 * The certified threshold, where it was certified for an error no larger than the wanted one. A stricter wish than was
 * certified needs at least its own complement, which a calibrated confidence makes right on average but no proof covers.
 */
export function thresholdFor(calibration: Calibration, maxError: number): number {
  return calibration.maxError <= maxError ? calibration.threshold : Math.max(calibration.threshold, 1 - maxError);
}

/** What is answered with the first of the row that is cited; what a fault is, say, is told beside its row. */
const RANKING: ReadonlySet<string> = new Set(['parameters', 'faults']);

/**
 * An open answer that names first what the cited row of grades does not: where a sheet has changed since the student was
 * taught, its weights speak against what it reads. Sure or not, that is not shown.
 */
function contradictsItsLine({ rationale, features }: Thought): boolean {
  return features.open === 1 && features.grounded === 1 && features.support < 1 && / \d[;.]/.test(rationale);
}

function agrees(
  thought: { answer: string; chosen: readonly number[] },
  corrected: { answer: string; chosen: readonly number[] },
): boolean {
  if (corrected.chosen.length) {
    return (
      thought.chosen.length === corrected.chosen.length && corrected.chosen.every((i) => thought.chosen.includes(i))
    );
  }
  const words = (text: string): string => (text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []).join(' ');
  return words(thought.answer) === words(corrected.answer);
}

function sentence(reasons: readonly string[]): string {
  return reasons.join('; ') || 'nothing speaks for or against it';
}

/** Small words that English does not have; two of them, or a third of the text in another script, tell. */
const ELSEWHERE =
  /\b(der|die|das|und|ist|nicht|warum|wieso|welche[rs]?|kann|wird|ein|eine|bei|auf|mit|was|wie|le|la|les|est|une|pourquoi|quel(?:le)?|dans|avec|el|los|las|qué|por|una|está|cómo|il|perché|che|della|il|czy|jest|dlaczego|waarom|het|een)\b/giu;

function otherLanguage(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}/gu)?.length ?? 0;
  if (letters > 0 && latin < letters * (2 / 3)) return true;
  const small = new Set((text.match(ELSEWHERE) ?? []).map((word) => word.toLowerCase()));
  return small.size >= 2;
}
