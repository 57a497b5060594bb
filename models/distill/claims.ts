/**
 * What a rationale says of faults and parameters, and whether the sheets agree. Rationales in the student's dense form
 * are read cell by cell; prose, as language models write it, clause by clause: which fault, which parameter, shown or not,
 * risen or fallen. A clause that may mean several things claims nothing. After FActScore (arXiv 2305.14251): the share of
 * the claims that can be decided and agree. It decides nothing about a trace.
 */
import { gradeOf, LISTED } from '../knowledge/facts.ts';
import type { Matcher, ParameterMatch, Span } from '../knowledge/names.ts';
import type { Fault, Indication, Sheet } from '../knowledge/types.ts';
import { plainOption } from '../student/prompt.ts';
import type { Trace } from './validate.ts';

export interface Checked {
  /** Claims that the sheets can decide. */
  claims: number;
  /** Those that a sheet contradicts, in words for an engineer. */
  wrong: string[];
}

/** @param matcher of the same sheets; without it only the dense form is read */
export function checkClaims(trace: Trace, sheets: readonly Sheet[], matcher?: Matcher): Checked {
  const dense = subjectOf(trace.rationale, sheets);
  if (dense) return checkCells(dense);
  return matcher ? checkProse(trace, sheets, matcher) : { claims: 0, wrong: [] };
}

// ------------------------------------------------------------------------------------------------ the dense form

interface Subject {
  sheet: Sheet;
  fault: Fault;
  rest: string;
}

/** "asset, fault. vibration 9; speed 0" */
function checkCells({ sheet, fault, rest }: Subject): Checked {
  const wrong: string[] = [];
  let claims = 0;
  for (const [, said, digit] of rest.matchAll(/(?:^|[.;] )([^.;:]+) (\d)(?=[;.]|$)/g)) {
    const parameter = said!.trim();
    const name = sheet.parameters.find((p) =>
      [p.name, ...p.synonyms, ...p.measuredBy].some((wording) => plainOption(wording) === parameter),
    )?.name;
    const grade = name && gradeOf(fault, name);
    if (typeof grade !== 'number') continue;
    claims += 1;
    if (grade !== Number(digit)) {
      wrong.push(`${sheet.asset}, ${fault.name}: ${name} is graded ${digit}, the sheet says ${grade}`);
    }
  }
  return { claims, wrong };
}

function subjectOf(rationale: string, sheets: readonly Sheet[]): Subject | undefined {
  for (const sheet of sheets) {
    if (!rationale.startsWith(`${sheet.asset}, `)) continue;
    const rest = rationale.slice(sheet.asset.length + 2);
    const fault = sheet.faults
      .filter((candidate) => rest.startsWith(`${candidate.name} `) || rest.startsWith(`${candidate.name}.`))
      .sort((a, b) => b.name.length - a.name.length)[0];
    if (fault) return { sheet, fault, rest: rest.slice(fault.name.length) };
  }
  return undefined;
}

// ------------------------------------------------------------------------------------------------ prose

/** Long lists of words are no reasoning; what stands behind is not read. */
const MOST_CLAUSES = 40;

function checkProse(trace: Trace, sheets: readonly Sheet[], matcher: Matcher): Checked {
  const asked = matcher.find(trace.question);
  const asset = asked.asset ?? matcher.find(trace.rationale).asset;
  const sheet = sheets.find((one) => one.asset === asset);
  if (!sheet) return { claims: 0, wrong: [] };
  const wrong: string[] = [];
  let claims = 0;
  let fault = onlyFault(asked.faults, sheet) ?? onlyFault(matcher.find(trace.answer, hint(sheet)).faults, sheet);
  for (const clause of clausesOf(trace.rationale).slice(0, MOST_CLAUSES)) {
    const found = matcher.find(clause, hint(sheet));
    if (found.asset !== sheet.asset) continue;
    // "Air leakage does not show it": a quantity here, though a fault bears the name as well.
    const faults = found.faults.filter((one) => !found.parameters.some((other) => overlapping(one, other)));
    const named = onlyFault(faults, sheet);
    if (faults.length > 0 && !named) continue;
    fault = named ?? fault;
    if (!fault) continue;
    for (const { parameter, claim } of claimsIn(clause, found.parameters)) {
      const verdict = judge(fault, parameter, claim);
      if (verdict === undefined) continue;
      claims += 1;
      if (verdict !== true) wrong.push(`${sheet.asset}, ${fault.name}: ${verdict} ("${clause.slice(0, 100)}")`);
    }
  }
  return { claims, wrong };
}

const hint = (sheet: Sheet) => ({ asset: sheet.asset, faults: [], parameters: [] });

function overlapping(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}

function onlyFault(matches: readonly { name: string }[], sheet: Sheet): Fault | undefined {
  const names = [...new Set(matches.map(({ name }) => name))];
  return names.length === 1 ? sheet.faults.find((fault) => fault.name === names[0]) : undefined;
}

/** Clauses without the reasons that they give: "because", "which" and a colon begin what explains, not what is claimed. */
function clausesOf(text: string): string[] {
  return text
    .split(/(?<=[.;!?])\s+|\n+|,?\s+\b(?:but|while|whereas|although|though|however|yet)\b\s*,?\s*/i)
    .map((clause) => clause.split(/:|\b(?:because|since|as the|so that|so|which|due to|thus|hence)\b/i)[0]!.trim())
    .filter((clause) => clause !== '' && !UNCERTAIN.test(clause));
}

/** What is weighed against something else, supposed, defined or recommended is not claimed. */
const UNCERTAIN =
  /\b(?:if|when|unless|until|would|could|might|may|rather than|unlike|instead|except|besides|only|compare|check|measure|confirm|rule out|other faults?|by contrast|means that|on (?:its|their) own|by (?:it|them)sel(?:f|ves)|alone|before|after|also|too)\b|\?/i;
/** Of a reading: that it does not tell. Any other "not" speaks of the machine. */
const DENIES =
  /(?:\b(?:do|does|did|will|can) ?(?:not|hardly|barely|n['’]t)|\bcannot|\bnever|\bhardly|\bbarely) (?:\w+ )?(?:show|shows|reveal|reveals|indicate|indicates|change|changes|move|moves|react|reacts|respond|responds|rise|rises|fall|falls|tell|tells|help|helps|detect|detects|pick)\b|\b(?:unaffected|unchanged|unrelated|irrelevant|useless|(?:is|are) (?:of )?no (?:use|help)|no (?:sign|trace) of it|stays? (?:normal|the same|steady|as it was)|remains? (?:normal|the same|steady|unchanged))\b/gi;
const SHOWS =
  /\b(?:shows?|reveals?|indicates?|rises?|increases?|climbs?|falls?|drops?|decreases?|changes?|shifts?|fluctuates?|detects?|picks? it up|responds?|reacts?|is sensitive to)\b/gi;
const SEEN_IN =
  /\b(?:shows?|shown|seen|visible|appears?|detected|found|revealed)(?: \w+){0,2} (?:in|by|on|through|with)\b/gi;
/** Letters between a name and its verb: "vibration of the housing clearly rises". */
const NEAR = 30;

type Claim = { shown: boolean; change?: ParameterMatch['change'] };

function claimsIn(clause: string, parameters: readonly ParameterMatch[]): { parameter: string; claim: Claim }[] {
  if (parameters.length === 0 || parameters.length > 6) return [];
  const first = Math.min(...parameters.map(({ start }) => start));
  const last = Math.max(...parameters.map(({ end }) => end));
  const denials = [...clause.matchAll(DENIES)];
  if (denials.length > 1) return [];
  const [denial] = denials;
  // What is denied is said of the names before it; a denial among them leaves open of which.
  if (denial) return denial.index >= last && denial.index <= last + NEAR ? all(parameters, false) : [];
  const after = [...clause.matchAll(SHOWS)].some(({ index }) => index >= last && index <= last + NEAR);
  const before = [...clause.matchAll(SEEN_IN)].some(({ index, 0: words }) => {
    const end = index + words.length;
    return end <= first && first <= end + NEAR;
  });
  return (after || before) && !/\b(?:not|no|never|nor|neither|hardly)\b|n['’]t\b/i.test(clause)
    ? all(parameters, true)
    : [];
}

function all(parameters: readonly ParameterMatch[], shown: boolean): { parameter: string; claim: Claim }[] {
  return parameters.map(({ name, change }) => ({ parameter: name, claim: { shown, ...(change ? { change } : {}) } }));
}

/** True, or what the sheet says instead; undefined where it does not decide. */
function judge(fault: Fault, parameter: string, claim: Claim): true | string | undefined {
  const grade = gradeOf(fault, parameter);
  if (grade === undefined) return undefined;
  if (!claim.shown) {
    if (grade === 0) return true;
    // What supports only a little may well be called no use.
    return grade >= LISTED ? `the sheet lists ${parameter} among what shows it` : undefined;
  }
  if (grade === 0) return `the sheet says that ${parameter} does not show it`;
  const cell = fault.shows.find((indication) => indication.parameter === parameter)!;
  return opposite(cell, claim.change) ? `the sheet says that ${parameter} ${cell.change}` : true;
}

function opposite({ change }: Indication, claimed: Claim['change']): boolean {
  return (change === 'rises' && claimed === 'falls') || (change === 'falls' && claimed === 'rises');
}
