/**
 * The fault that is meant where a part and a word of damage are told and no fault's name: "seal is gone", "holed
 * combustor", "loose feet". It does not know what is asked about it.
 */
import type { NameMatch } from './names.ts';
import type { Component, Fault, Sheet } from './types.ts';
import { contentStems } from './words.ts';

/** Undefined where no part is said to be damaged, or where several faults of it are as near. */
export function faultMeant(sheet: Sheet, text: string, components: readonly NameMatch[]): NameMatch | undefined {
  for (const part of components) {
    const component = part.resolved ? sheet.components.find(({ name }) => name === part.name) : undefined;
    const around = clauseAround(text, part);
    const said = new Set(contentStems(text.slice(around.start, around.end)));
    const kinds = DAMAGE.filter(({ pattern }) => pattern.test(text.slice(around.start, around.end)));
    const ranked = sheet.faults
      .map((fault) => ({ fault: fault.name, score: nearness(fault, component, part.text, said, kinds) }))
      .sort((a, b) => b.score - a.score);
    const [best, next] = ranked;
    if (best && best.score >= NAMES_PART && best.score > (next?.score ?? 0)) {
      const candidates = [{ asset: sheet.asset, name: best.fault }];
      return { ...part, name: best.fault, how: 'inflected', candidates, resolved: true };
    }
  }
  return undefined;
}

/** The part stands in the fault's name, or in a synonym that tells the same kind of damage. */
const NAMES_PART = 1.5;

interface Damage {
  /** As people say it. */
  pattern: RegExp;
  /** In a fault's name. */
  named: RegExp;
}

/** Ways for a part to be amiss, the general one last. */
const DAMAGE: readonly Damage[] = [
  { pattern: /\b(?:worn|wears?|wearing|play)\b/i, named: /\b(?:worn|wear)\b/i },
  { pattern: /\b(?:loose|slack|rattles?|rattling)\b/i, named: /\b(?:loose|looseness|slack|mounting)\b/i },
  { pattern: /\b(?:leak\w*|weep\w*|drip\w*|passing|blown?)\b/i, named: /\b(?:leak|leakage|leaking|blown|seals?)\b/i },
  { pattern: /\b(?:broken?|crack\w*|snapped|fractured?|torn)\b/i, named: /\b(?:broken|cracks?|cracked|fracture)\b/i },
  { pattern: /\b(?:blocked|clogged|plugged|choked)\b/i, named: /\b(?:block\w*|clog\w*|plug\w*)\b/i },
  { pattern: /\b(?:stuck|sticks|sticking|seized?|jammed)\b/i, named: /\b(?:stuck|sticking|seiz\w*|jam\w*|drag)\b/i },
  { pattern: /\b(?:dirty|fouled|crusted|caked)\b/i, named: /\b(?:foul\w*|dirty|deposits?)\b/i },
  {
    pattern:
      /\b(?:goes|going|gone|went|bad|fail\w*|damaged?|faulty|defective|nois[ey]\w*|whin\w+|growl\w*|rumbl\w*|dying|dead|shot|ruined|knackered|had it|gives? up|giving up|break\w*|broken?|chew\w*|eat(?:s|ing|en)?|kill(?:s|ing|ed)?|go(?:es)? through|crack\w*)\b/i,
    named: /\b(?:damaged?|faults?|failure|defects?|deterioration|leakage|broken|seals)\b/i,
  },
];

/** 1: a fault of the part by its name; 2: of the same kind of damage; most where all of its name is said. */
function nearness(
  fault: Fault,
  component: Component | undefined,
  written: string,
  said: ReadonlySet<string>,
  kinds: readonly Damage[],
): number {
  const parts = [...(component ? [component.name, ...component.synonyms] : []), written].map(contentStems);
  const wordings = [fault.name, ...fault.synonyms];
  return Math.max(
    0,
    ...wordings.map((wording, i) => {
      const stems = contentStems(wording);
      const own = parts.filter((part) => part.length > 0 && part.every((stem) => stems.includes(stem)));
      if (own.length === 0) return 0;
      const rest = own.map((part) => stems.filter((stem) => !part.includes(stem)));
      if (rest.some((left) => left.length > 0 && left.every((stem) => said.has(stem)))) return 5;
      if (kinds.length === 0) return 0;
      const canonical = i === 0 ? 0.5 : 0;
      const same = kinds.findIndex(({ named }) => named.test(wording));
      const listed = component && fault.components.includes(component.name) ? 0.25 : 0;
      return same < 0 ? 1 + canonical + listed : 2 + canonical + listed + (kinds.length - same) * 0.1;
    }),
  );
}

/** From the last stop before the part to the next one after it, or to the question that follows. */
function clauseAround(text: string, { start, end }: { start: number; end: number }): { start: number; end: number } {
  const before = text.slice(0, start).split(STOP).at(-1)!.length;
  const after = text.slice(end).split(STOP)[0]!.length;
  return { start: start - before, end: end + after };
}

const STOP = /[.,;:?!()\n]|\s-\s|\b(?:what|which|how|why|and|but|can i|does|do i|when|from|show)\b/i;
