/**
 * A plant whose tables differ from the shipped sheets: a share of the fault × parameter decisions turned round, written as
 * the CSV that `rounds knowledge add` takes. The turning is random and simulated; no engineer stands behind it.
 */
import { type Random, random } from '../../models/distill/random.ts';
import type { Fault, Sheet } from '../../models/knowledge/types.ts';

/** The sheet with `share` of each fault's decisions turned: what shows it no longer does, and the other way round. */
export function turnedSheet(sheet: Sheet, share: number, seed: number): Sheet {
  return { ...sheet, faults: sheet.faults.map((fault, i) => turnedFault(sheet, fault, share, random(seed, i))) };
}

function turnedFault(sheet: Sheet, fault: Fault, share: number, rng: Random): Fault {
  const names = sheet.parameters.map(({ name }) => name);
  const shown = new Set(fault.shows.map(({ parameter }) => parameter));
  // A fault has to show somewhere, and leave something alone.
  for (;;) {
    const turned = new Set(rng.sample(names, Math.round(share * names.length)));
    const shows = names.filter((name) => shown.has(name) !== turned.has(name));
    if (shows.length === 0 || shows.length === names.length) continue;
    const fresh = shows.filter((name) => !shown.has(name));
    const kept = fault.shows.filter(({ parameter }) => shows.includes(parameter));
    const free = Array.from({ length: 65 }, (_, i) => (30 + i) / 100).filter((strength) =>
      kept.every((cell) => cell.strength !== strength),
    );
    const strengths = rng.sample(free, fresh.length);
    return {
      ...fault,
      shows: [
        ...kept,
        ...fresh.map((parameter, i) => ({
          parameter,
          strength: strengths[i]!,
          change: 'shifts' as const,
          onset: 'developed' as const,
          why: '',
        })),
      ],
      not: names.filter((name) => !shows.includes(name)).map((parameter) => ({ parameter, why: '' })),
    };
  }
}

/** Whole tables, a row a cell: with strengths, or only whether a parameter shows the fault, as published tables have it. */
export function tableCsv(sheets: readonly Sheet[], column: 'strength' | 'relevance'): string {
  const rows = sheets.flatMap(({ asset, faults }) =>
    faults.flatMap((fault) => [
      ...[...fault.shows]
        .sort((a, b) => b.strength - a.strength)
        .map(({ parameter, strength }) => [asset, fault.name, parameter, column === 'strength' ? strength : 'primary']),
      ...fault.not.map(({ parameter }) => [asset, fault.name, parameter, column === 'strength' ? 0 : 'none']),
    ]),
  );
  return [['asset', 'fault', 'parameter', column], ...rows].map((row) => `${row.join(',')}\n`).join('');
}

/** `asset/fault/parameter` of every cell whose decision differs. */
export function turnedCells(before: readonly Sheet[], after: readonly Sheet[]): Set<string> {
  const shows = (sheets: readonly Sheet[]): Set<string> =>
    new Set(
      sheets.flatMap(({ asset, faults }) =>
        faults.flatMap((fault) => fault.shows.map(({ parameter }) => `${asset}/${fault.name}/${parameter}`)),
      ),
    );
  const [was, is] = [shows(before), shows(after)];
  return new Set([...was, ...is].filter((cell) => was.has(cell) !== is.has(cell)));
}
