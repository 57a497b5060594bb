/** The words of the plant's trade: whoever bears one of them for a name must be introduced as a person. */
import type { Knowledge } from '../../knowledge/knowledge.ts';
import { foldName } from './names.ts';

export function tradeWords({ sheets, facts, register }: Knowledge): ReadonlySet<string> {
  const texts = [
    ...facts.map((fact) => fact.text),
    ...sheets.flatMap((sheet) => [
      sheet.summary,
      ...sheet.synonyms,
      ...sheet.parameters.flatMap(({ synonyms, measuredBy }) => [...synonyms, ...measuredBy]),
      ...sheet.components.flatMap(({ synonyms, role }) => [...synonyms, role]),
      ...sheet.faults.flatMap((fault) => [
        ...fault.synonyms,
        ...[...fault.shows, ...fault.not].map((cell) => cell.why),
      ]),
      ...sheet.rules.flatMap((rule) => [...rule.when, ...rule.do]),
    ]),
    ...register.assets.flatMap(({ area, description }) => [area, description]),
  ];
  const words = new Set<string>();
  for (const text of texts) for (const word of text.match(/[\p{L}’']+/gu) ?? []) words.add(foldName(word));
  return words;
}
