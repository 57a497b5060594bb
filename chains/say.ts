/**
 * What a person reads: the answer as a sentence, the rationale with its capitals and tags back, sources that lead to the
 * physics. The student writes in lower case and in its trained forms. Which fault, parameter or check it is stays as it
 * said; what it said beyond that by heart gives way to the sheet's words.
 */
import { SIGNS_FIT, signsFit } from '../models/distill/episodes.ts';
import { correctionText, PRIMARY, readableGrades } from '../models/knowledge/facts.ts';
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Fact, Fault } from '../models/knowledge/types.ts';
import { asksToWait, ifLeft } from '../models/knowledge/waiting.ts';
import { anyOf, isMany } from '../models/knowledge/words.ts';
import { onlyTells } from './asked.ts';
import type { Applicable } from './corrections.ts';
import type { Source, Topic } from './types.ts';
import type { Understood } from './understand.ts';

/** An open answer of the student's, in its trained form for what was asked, as a sentence. */
export function openAnswer(answer: string, { asked, topic }: Understood): string {
  const machine = topic.tag ?? (topic.asset ? `the ${topic.asset}` : 'the machine');
  const [fault] = topic.faults;
  const [parameter] = topic.parameters;
  const whole = answer.replace(/\.$/, '');
  const said = asked === 'explain' ? whole : once(whole);
  if (asked === 'parameters' && fault)
    return sentence(`${fault} on ${machine} ${isMany(fault) ? 'show' : 'shows'} in ${listed(said)}`, topic);
  if (asked === 'faults' && parameter)
    return sentence(`${parameter} on ${machine} ${isMany(parameter) ? 'point' : 'points'} to ${listed(said)}`, topic);
  if (asked === 'components' && fault) return sentence(`${fault} on ${machine} concerns: ${said}`, topic);
  if (asked === 'causes' && fault) return sentence(`causes of ${fault} on ${machine}: ${said}`, topic);
  if (asked === 'effects' && fault)
    return sentence(`${fault} on ${machine} ${isMany(fault) ? 'lead' : 'leads'} to: ${said}`, topic);
  if (asked === 'checks' && fault) return sentence(`for ${fault} on ${machine}: ${said}`, topic);
  if (asked === 'actions' && fault) return sentence(`against ${fault} on ${machine}: ${said}`, topic);
  if (asked === 'cell' && fault && parameter)
    return sentence(`${said} (${parameter} and ${fault} on ${machine})`, topic);
  if (asked === 'diagnose') {
    const [suspect = said, ...then] = said.split(/; first /);
    const first = then.length ? `. First, ${then.join('; first ')}` : '';
    return sentence(`${machine}: probably ${suspect}${first}`, topic);
  }
  if (asked === 'explain' || !topic.tag || said.toLowerCase().includes(topic.tag.toLowerCase())) {
    return sentence(said, topic);
  }
  return sentence(`${machine}: ${said}`, topic);
}

interface Next {
  said: string;
  facts: Fact[];
}

const NOTHING: Next = { said: '', facts: [] };

/**
 * What an open answer leaves out and the asker needs next. Whoever names a fault and asks nothing has it before him: what to
 * look at first, and what to do about it. Whoever asks how it is told, and got readings: the first check. Whoever names a
 * part whose reading it is: the faults of that part that show clearly in it. Whoever asks whether it can wait: what it leads to.
 * @param understood with the topic as it is after the answer
 */
export function whatNext(understood: Understood, knowledge: Knowledge): Next {
  const { text, options, asked, topic } = understood;
  if (options.length > 0) return NOTHING;
  if (asked === 'faults') return { said: ofThePart(understood, knowledge), facts: [] };
  const fault = knowledge.sheet(topic.asset ?? '')?.faults.find(({ name }) => name === topic.faults[0]);
  if (!fault) return NOTHING;
  const factsOf = (...kinds: ('checks' | 'actions')[]) =>
    kinds.flatMap((kind) => knowledge.fact(`${topic.asset}/${fault.name}/${kind}`) ?? []);
  if ((asked === 'diagnose' || asked === 'effects') && asksToWait(text))
    return { said: ` ${ifLeft(fault, text, asked === 'effects')}`, facts: factsOf('actions') };
  const [check] = fault.checks;
  if (!check) return NOTHING;
  const first = ` First, ${check.what}: ${check.tells}.`;
  if (asked === 'parameters' && HOW_TOLD.test(text)) return { said: first, facts: factsOf('checks') };
  if (asked !== 'explain' || !onlyTells(text)) return NOTHING;
  const against = fault.actions.length ? ` Against it: ${fault.actions[0]}.` : '';
  return { said: `${first}${against}`, facts: factsOf('checks', 'actions') };
}

/** "How to tell", "what to look at": a reading alone does not say what to do with one's hands. */
const HOW_TOLD =
  /\bhow (?:to|do|does|can|could|would|will|should) (?:(?:i|we|you|one) )?(?:\w+ )?(?:tell|know|recogni[sz]e|spot|confirm|find|detect|identify|prove|see)\b|\b(?:what|where) (?:to|do i|do we|should i|should we) (?:look|inspect|check)\b/i;

/** " Of the bushing: bushing fault." when the dielectric loss of a bushing was asked about. */
function ofThePart({ text, topic }: Understood, knowledge: Knowledge): string {
  const sheet = knowledge.sheet(topic.asset ?? '');
  const [parameter] = topic.parameters;
  const strength = (fault: Fault) => fault.shows.find((one) => one.parameter === parameter)?.strength ?? 0;
  // A part may stand within the reading's own name: "bushing power factor", "bearing temperature".
  const parts = (sheet?.components ?? []).filter(({ name, synonyms }) => anyOf([name, ...synonyms]).test(text));
  return parts
    .map(({ name: part }) => {
      const own = (sheet?.faults ?? []).filter((fault) => fault.components[0] === part && strength(fault) >= PRIMARY);
      const names = own.sort((a, b) => strength(b) - strength(a)).map(({ name }) => name);
      return names.length ? ` Of the ${part}: ${listed(names.join(', '))}.` : '';
    })
    .join('');
}

/** "a, b, a" → "a, b"; "a; b; a" → "a; b". */
function once(list: string): string {
  const between = list.includes('; ') ? '; ' : ', ';
  return [...new Set(list.split(between))].join(between);
}

/** Someone else's open answer: only its capital and full stop are seen to. */
export function sentence(text: string, topic: Topic): string {
  const trimmed = tagged(readableGrades(text.trim()), topic).replace(
    /(^|[.!?]\s+)(\p{Ll})/gu,
    (_, before: string, letter: string) => {
      return before + letter.toUpperCase();
    },
  );
  return trimmed === '' || /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/**
 * A diagnosis names a fault; its mechanism and where it shows best, which a small model slips in, are told as the sheet has
 * them.
 */
export function rationale(text: string, topic: Topic, knowledge: Knowledge): string {
  const sheet = knowledge.sheet(topic.asset ?? '');
  const fault = sheet?.faults.find(({ name }) => text.startsWith(`${SIGNS_FIT} ${name} of the ${sheet.asset}`));
  return sentence(sheet && fault ? signsFit(sheet, fault) : text, topic);
}

/** Facts in front of the student, corrections first, then why each answered fault shows in each answered parameter. */
export function sourcesOf(
  facts: readonly Fact[],
  corrections: readonly Applicable[],
  topic: Topic,
  knowledge: Knowledge,
): Source[] {
  const why = topic.faults.slice(0, 2).flatMap((fault) =>
    topic.parameters.slice(0, 3).flatMap((parameter) => {
      return knowledge.fact(`${topic.asset}/${fault}/why/${parameter}`) ?? [];
    }),
  );
  const cited = [...[...facts].reverse(), ...why].map(factSource);
  return [...new Map([...corrections.map(correctionSource).reverse(), ...cited].map((one) => [one.id, one])).values()];
}

export function factSource(fact: Fact): Source {
  return { id: fact.id, kind: fact.kind, title: fact.source, text: readableGrades(fact.text) };
}

function correctionSource({ correction, question }: Applicable): Source {
  const because = correction.rationale.trim() ? ` (${correction.rationale.trim()})` : '';
  return {
    id: `correction/${correction.id}`,
    kind: 'correction',
    title: `correction by ${correction.author.name}, ${correction.createdAt.slice(0, 16).replace('T', ' ')}`,
    text: correctionText(question, correction.answer) + because,
  };
}

/** "p-101" → "P-101". */
function tagged(text: string, { tag }: Topic): string {
  if (!tag) return text;
  const pattern = tag.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\p{L}\\d])${pattern}(?![\\p{L}\\d])`, 'giu'), tag);
}

/** "a, b, c" → "a, b and c". */
function listed(text: string): string {
  return text.replace(/, ([^,]+)$/, ' and $1');
}
