/** Answers open questions from one sheet, in the few sentences that an operator reads, with the reason and the facts. */
import { PRIMARY } from '../knowledge/facts.ts';
import { diagnose, rankFaults, rankParameters } from '../knowledge/rank.ts';
import { isTold, rankRoles, rankRules } from '../knowledge/rules.ts';
import type { Change, Component, Fault, Indication, Sheet } from '../knowledge/types.ts';
import { asksToWait, ifLeft, URGENT } from '../knowledge/waiting.ts';
import { listed, paragraph, sentence, withArticle } from './sentences.ts';
import type { Subject } from './subject.ts';

export type Told =
  | { kind: 'told'; answer: string; rationale: string; confidence: number; facts: string[] }
  | { kind: 'not known'; reason: string };

export function tellFromSheet(subject: Subject): Told {
  const { sheet, asks, parameters } = subject;
  const [fault] = subject.faults;
  const [parameter] = parameters;
  const ofFault = (tell: (sheet: Sheet, fault: Fault, subject: Subject) => Told): Told =>
    fault ? tell(sheet, fault, subject) : withoutFault(subject);
  switch (asks.relation) {
    case 'parameters':
      return ofFault(asks.negated ? silentParameters : tellingParameters);
    case 'faults':
      return parameter ? tellingFaults(subject) : diagnosis(subject);
    case 'cell':
      return fault && parameter
        ? cell(subject, fault)
        : fault
          ? tellingParameters(sheet, fault, subject)
          : tellingFaults(subject);
    case 'diagnose':
      return diagnosis(subject);
    case 'causes':
    case 'effects':
    case 'checks':
    case 'actions':
      return ofFault((_, of) => items(subject, of, asks.relation as ItemKind));
    case 'rule':
      return ruled(subject);
    case 'parts':
      return allParts(sheet);
    case 'role':
      return role(subject);
    case 'instruments':
      return parameter
        ? instruments(subject)
        : { kind: 'not known', reason: `the question names no parameter that the ${sheet.asset} sheet has` };
    case 'components':
      return fault ? parts(subject, fault) : allParts(sheet);
    case 'explain':
      return fault ? explanation(subject, fault) : parameter ? tellingFaults(subject) : machine(subject);
    default:
      if (fault && parameter) return cell(subject, fault);
      if (fault) return explanation(subject, fault);
      return parameter ? diagnosis(subject) : { kind: 'not known', reason: 'it could not be told what is asked' };
  }
}

type ItemKind = 'causes' | 'effects' | 'checks' | 'actions';

function withoutFault(subject: Subject): Told {
  const seen = diagnosis(subject);
  if (seen.kind === 'told' && seen.confidence >= 0.5 && subject.parameters.length > 0) return seen;
  const some = subject.sheet.faults.slice(0, 4).map((fault) => fault.name);
  return {
    kind: 'not known',
    reason: `the question names no fault that the ${subject.sheet.asset} sheet has; it has ${listed(some)}${subject.sheet.faults.length > 4 ? ` and ${subject.sheet.faults.length - 4} more` : ''}`,
  };
}

// ------------------------------------------------------------------------------------------------ fault × parameter

function tellingParameters(sheet: Sheet, fault: Fault, subject: Subject): Told {
  const ranked = rankParameters(sheet, fault.name);
  const clearly = ranked.filter((one) => one.strength >= PRIMARY).map((one) => one.parameter);
  const also = ranked.filter((one) => one.strength < PRIMARY).map((one) => one.parameter);
  const first = fault.shows.find((shown) => shown.parameter === ranked[0]?.parameter);
  if (!first) return { kind: 'not known', reason: `the ${sheet.asset} sheet names no parameter for ${fault.name}` };
  const [lead, follow] = clearly.length > 0 ? [clearly, also] : [also, []];
  const silent = fault.not[0];
  return {
    kind: 'told',
    answer: sentence(
      `${listed(lead.slice(0, 4))} ${lead.length === 1 ? 'shows' : 'show'} ${fault.name} of ${withArticle(sheet.asset)} most clearly${follow.length ? `; also ${listed(follow.slice(0, 3))}` : ''}`,
    ),
    rationale: paragraph(
      meaning(fault),
      `${first.parameter} ${first.change}${first.why ? `: ${first.why}` : ''}`,
      silent?.why ? `${silent.parameter} does not show it: ${silent.why}` : '',
    ),
    confidence: confident(subject, 0.96),
    facts: [
      `${sheet.asset}/${fault.name}/shows`,
      ...ranked.slice(0, 2).map((one) => `${sheet.asset}/${fault.name}/why/${one.parameter}`),
    ],
  };
}

function silentParameters(sheet: Sheet, fault: Fault, subject: Subject): Told {
  if (fault.not.length === 0)
    return { kind: 'not known', reason: `every parameter of the ${sheet.asset} sheet may show ${fault.name}` };
  const names = fault.not.map((one) => one.parameter);
  return {
    kind: 'told',
    answer: sentence(
      `${listed(names.slice(0, 5))} ${names.length === 1 ? 'does' : 'do'} not show ${fault.name} of ${withArticle(sheet.asset)}`,
    ),
    rationale: paragraph(
      meaning(fault),
      ...fault.not.slice(0, 2).map((one) => (one.why ? `${one.parameter}: ${one.why}` : '')),
    ),
    confidence: confident(subject, 0.94),
    facts: [
      `${sheet.asset}/${fault.name}/shows`,
      ...names.slice(0, 2).map((name) => `${sheet.asset}/${fault.name}/why/${name}`),
    ],
  };
}

function tellingFaults(subject: Subject): Told {
  const { sheet, asks } = subject;
  const parameter = subject.parameters[0];
  if (!parameter) return diagnosis(subject);
  if (asks.negated) {
    const silent = sheet.faults.filter((fault) => fault.not.some((one) => one.parameter === parameter.name));
    if (silent.length === 0)
      return { kind: 'not known', reason: `every fault of the ${sheet.asset} sheet may change ${parameter.name}` };
    return {
      kind: 'told',
      answer: sentence(
        `${parameter.name} of ${withArticle(sheet.asset)} says nothing of ${listed(
          silent.slice(0, 5).map((fault) => fault.name),
          'or',
        )}`,
      ),
      rationale: paragraph(
        ...silent
          .slice(0, 2)
          .map((fault) => `${fault.name}: ${fault.not.find((one) => one.parameter === parameter.name)!.why}`),
      ),
      confidence: confident(subject, 0.93),
      facts: [`${sheet.asset}/${parameter.name}/faults`],
    };
  }
  const agreeing = rankFaults(sheet, parameter.name).map((one) => ({
    ...one,
    cell: cellOf(sheet, one.fault, parameter.name)!,
  }));
  const ranked = parameter.change ? movedAsTold(agreeing, parameter.change) : agreeing;
  if (ranked.length === 0)
    return { kind: 'not known', reason: `no fault of the ${sheet.asset} sheet shows in ${parameter.name}` };
  const clearly = ranked.filter((one) => one.strength >= PRIMARY).slice(0, 4);
  const named = clearly.length > 0 ? clearly : ranked.slice(0, 3);
  const how = parameter.change ? MOVED[parameter.change](parameter.name) : `a change in ${parameter.name}`;
  return {
    kind: 'told',
    answer: sentence(
      `${how} of ${withArticle(sheet.asset)} speaks first for ${listed(
        named.map((one) => one.fault),
        'or',
      )}`,
    ),
    rationale: paragraph(
      ...named
        .slice(0, 2)
        .map(
          (one) => `with ${one.fault}, ${parameter.name} ${one.cell.change}${one.cell.why ? `: ${one.cell.why}` : ''}`,
        ),
      ranked.length > named.length ? `${ranked.length - named.length} more faults show in it less clearly` : '',
    ),
    confidence: confident(subject, 0.94),
    facts: [
      `${sheet.asset}/${parameter.name}/faults`,
      ...named.slice(0, 2).map((one) => `${sheet.asset}/${one.fault}/why/${parameter.name}`),
    ],
  };
}

/** Faults with which the parameter moves as it was told come first; those with which it moves the other way go. */
function movedAsTold<T extends { strength: number; cell: Indication }>(faults: readonly T[], change: Change): T[] {
  const opposite = change === 'rises' ? 'falls' : change === 'falls' ? 'rises' : undefined;
  const weigh = (one: T): number => one.strength * (one.cell.change === change ? 1 : 0.7);
  const fitting = faults.filter((one) => one.cell.change !== opposite).sort((a, b) => weigh(b) - weigh(a));
  return fitting.length > 0 ? fitting : [...faults];
}

const MOVED: Record<Change, (name: string) => string> = {
  rises: (name) => `rising ${name}`,
  falls: (name) => `falling ${name}`,
  fluctuates: (name) => `fluctuating ${name}`,
  appears: (name) => `${name} that appears`,
  shifts: (name) => `a shift in ${name}`,
};

function cell(subject: Subject, fault: Fault): Told {
  const { sheet } = subject;
  const name = subject.parameters[0]!.name;
  const shown = cellOf(sheet, fault.name, name);
  const not = fault.not.find((one) => one.parameter === name);
  const facts = [`${sheet.asset}/${fault.name}/why/${name}`, `${sheet.asset}/${fault.name}/shows`];
  if (!shown && !not)
    return {
      kind: 'not known',
      reason: `the ${sheet.asset} sheet has not decided whether ${fault.name} shows in ${name}`,
    };
  const answer = shown
    ? `${shown.strength >= PRIMARY ? 'Yes, clearly' : 'Yes, but less clearly'}: with ${fault.name} of ${withArticle(sheet.asset)}, ${name} ${shown.change}`
    : `No: ${fault.name} of ${withArticle(sheet.asset)} does not show in ${name}`;
  const why = shown
    ? `${shown.why}${shown.why ? `; it shows ${{ early: 'early', developed: 'once the fault has developed', late: 'late' }[shown.onset]}` : ''}`
    : not!.why;
  return {
    kind: 'told',
    answer: sentence(answer),
    rationale: paragraph(meaning(fault), why),
    confidence: confident(subject, 0.97),
    facts,
  };
}

function cellOf(sheet: Sheet, fault: string, parameter: string) {
  return sheet.faults.find((one) => one.name === fault)?.shows.find((one) => one.parameter === parameter);
}

// ------------------------------------------------------------------------------------------------ diagnosis

function diagnosis(subject: Subject): Told {
  const { sheet } = subject;
  const named = subject.faults.map((fault) => fault.name);
  const ranked = diagnose(sheet, { signsText: subject.text, parameters: subject.parameters, named });
  const [best, second] = ranked;
  if (!best || best.score < 0.2) {
    return {
      kind: 'not known',
      reason: `what was seen fits no fault of the ${sheet.asset} sheet well enough; say more of what is seen, heard or measured`,
    };
  }
  const faultOf = (name: string): Fault => sheet.faults.find((one) => one.name === name)!;
  const fault = faultOf(best.fault);
  const margin = (best.score - Math.max(0, second?.score ?? 0)) / Math.max(best.score, 0.3);
  const near = ranked.slice(1, 3).filter((one) => one.score >= 0.75 * best.score);
  const [check] = fault.checks;
  const [act] = fault.actions;
  const twin = near[0] && faultOf(near[0].fault).checks[0];
  const fits = `${near.length ? 'most likely' : 'this fits'} ${fault.name} of the ${sheet.asset}${
    near.length
      ? `, else ${listed(
          near.map((one) => one.fault),
          'or',
        )}`
      : ''
  }`;
  const first = check ? `first ${check.what}` : '';
  const waits = asksToWait(subject.text);
  const then = act && URGENT.test(act) ? [act, first] : [first, act ? `meanwhile ${act}` : ''];
  const steps = waits ? [first] : then;
  return {
    kind: 'told',
    answer: paragraph([fits, ...steps].filter(Boolean).join('; '), waits ? ifLeft(fault, subject.text) : ''),
    rationale: paragraph(
      meaning(fault),
      fault.signs.length ? `its signs are: ${fault.signs.slice(0, 2).join('; ')}` : '',
      check ? `the check tells: ${check.tells}` : '',
      twin ? `against ${near[0]!.fault}: ${twin.what}; ${twin.tells}` : '',
    ),
    confidence: confident(
      subject,
      Math.min(0.95, 0.35 + 0.55 * Math.min(1, best.score / 0.6) * (0.45 + Math.min(0.55, 1.4 * margin))),
    ),
    facts: [
      `${sheet.asset}/${fault.name}/signs`,
      `${sheet.asset}/${fault.name}/shows`,
      `${sheet.asset}/${fault.name}/checks`,
    ],
  };
}

// ------------------------------------------------------------------------------------------------ lists and meanings

function items(subject: Subject, fault: Fault, kind: ItemKind): Told {
  const { sheet } = subject;
  const list = kind === 'checks' ? fault.checks.map((check) => check.what) : fault[kind];
  if (list.length === 0)
    return { kind: 'not known', reason: `the ${sheet.asset} sheet names no ${kind} for ${fault.name}` };
  const ordered = kind === 'checks' || kind === 'actions';
  const answer = ordered
    ? `first ${list[0]}${list.length > 1 ? `; then ${list.slice(1, 3).join('; then ')}` : ''}`
    : `${fault.name} of ${withArticle(sheet.asset)} ${kind === 'causes' ? 'comes from' : 'leads to'} ${listed(list, 'or')}`;
  const tells = kind === 'checks' ? fault.checks[0]!.tells : '';
  // Whoever asks how bad it is must next decide what to do.
  const waits = kind === 'effects' && asksToWait(subject.text);
  const act = kind === 'effects' && !waits ? fault.actions[0] : undefined;
  return {
    kind: 'told',
    answer: paragraph(`${answer}${act ? `; first ${act}` : ''}`, waits ? ifLeft(fault, subject.text, true) : ''),
    rationale: paragraph(meaning(fault), tells ? `${fault.checks[0]!.what}: ${tells}` : ''),
    confidence: confident(subject, 0.95),
    facts: [`${sheet.asset}/${fault.name}/${kind}`, `${sheet.asset}/${fault.name}/mechanism`],
  };
}

function parts(subject: Subject, fault: Fault): Told {
  const { sheet } = subject;
  if (fault.components.length === 0)
    return { kind: 'not known', reason: `the ${sheet.asset} sheet names no part for ${fault.name}` };
  const roles = fault.components.flatMap((name) => {
    const role = sheet.components.find((part) => part.name === name)?.role;
    return role ? [`the ${name} ${role}`] : [];
  });
  return {
    kind: 'told',
    answer: sentence(`${fault.name} of ${withArticle(sheet.asset)} concerns the ${listed(fault.components)}`),
    rationale: paragraph(meaning(fault), ...roles.slice(0, 2)),
    confidence: confident(subject, 0.95),
    facts: [`${sheet.asset}/${fault.name}/components`],
  };
}

function allParts(sheet: Sheet): Told {
  if (sheet.components.length === 0) return { kind: 'not known', reason: `the ${sheet.asset} sheet names no parts` };
  return {
    kind: 'told',
    answer: sentence(
      `the sheet describes ${listed(sheet.components.map((part) => part.name))} of ${withArticle(sheet.asset)}`,
    ),
    rationale: paragraph(
      ...sheet.components.slice(0, 3).map((part) => (part.role ? `the ${part.name} ${part.role}` : '')),
    ),
    confidence: 0.9,
    facts: [`${sheet.asset}/components`],
  };
}

/** What a part does; or, where that is told, which part does it. */
function role(subject: Subject): Told {
  const { sheet } = subject;
  const named = subject.components.filter((part) => part.role).slice(0, 2);
  if (named.length > 0) {
    return {
      kind: 'told',
      answer: sentence(named.map((part) => `the ${part.name} of ${withArticle(sheet.asset)} ${part.role}`).join('; ')),
      rationale: paragraph(...named.map((part) => faultsOfPart(sheet, part))),
      confidence: confident(subject, 0.95),
      facts: named.map((part) => `${sheet.asset}/${part.name}/role`),
    };
  }
  const [best, second] = subject.asks.byRole ? rankRoles(sheet, subject.text) : [];
  const part = sheet.components.find(({ name }) => name === best?.component);
  if (!best || !part || best.score < 0.3) {
    return {
      kind: 'not known',
      reason: `the question names no part that the ${sheet.asset} sheet has; it has ${listed(sheet.components.map(({ name }) => name).slice(0, 6))}`,
    };
  }
  return {
    kind: 'told',
    answer: sentence(`the ${part.name} of ${withArticle(sheet.asset)} ${part.role}`),
    rationale: paragraph(faultsOfPart(sheet, part)),
    confidence: confident(subject, Math.min(0.95, 0.45 + 0.3 * best.score + (best.score - (second?.score ?? 0)))),
    facts: [`${sheet.asset}/${part.name}/role`],
  };
}

function faultsOfPart(sheet: Sheet, part: Component): string {
  const faults = sheet.faults.filter((fault) => fault.components.includes(part.name)).map((fault) => fault.name);
  return faults.length
    ? `what goes wrong with it is ${listed(faults.slice(0, 3), 'or')}`
    : `it is one of the parts that the ${sheet.asset} sheet describes`;
}

function instruments(subject: Subject): Told {
  const { sheet } = subject;
  const parameter = sheet.parameters.find(({ name }) => name === subject.parameters[0]!.name);
  if (!parameter?.measuredBy.length)
    return { kind: 'not known', reason: `the ${sheet.asset} sheet does not say what measures it` };
  const best = rankFaults(sheet, parameter.name)[0];
  return {
    kind: 'told',
    answer: sentence(
      `${parameter.name} of ${withArticle(sheet.asset)} is measured by ${listed(parameter.measuredBy, 'or')}`,
    ),
    rationale: paragraph(
      parameter.unit ? `it is read in ${parameter.unit}` : 'it is a finding rather than a number',
      best ? `it is watched first for ${best.fault}` : '',
    ),
    confidence: confident(subject, 0.95),
    facts: [`${sheet.asset}/${parameter.name}/instruments`],
  };
}

/** Less of a rule's condition, and the rule is not for this: what was seen tells more. */
const MOSTLY_TOLD = 0.45;

/** What to do first about the condition that was told; where no rule is for it, what it points to. */
function ruled(subject: Subject): Told {
  const { sheet } = subject;
  const [best, second] = rankRules(sheet, subject.text);
  if (!best || !isTold(best, 0.35) || best.told < MOSTLY_TOLD) return diagnosis(subject);
  const rule = sheet.rules[best.rule]!;
  const fault = sheet.faults.find(({ name }) => name === rule.fault);
  const lead = (best.score - (second?.score ?? 0)) / best.score;
  return {
    kind: 'told',
    answer: sentence(`first ${rule.do[0]}`),
    rationale: paragraph(
      `the rule of the ${sheet.asset} sheet is for this: ${rule.when[0]}`,
      rule.why,
      fault ? `it points to ${fault.name}` : '',
    ),
    confidence: confident(subject, Math.min(0.95, 0.35 + 0.3 * best.score + 0.3 * best.told + 0.5 * lead)),
    facts: [`${sheet.asset}/rule/${best.rule}`],
  };
}

function explanation(subject: Subject, fault: Fault): Told {
  const { sheet } = subject;
  if (!fault.mechanism) return tellingParameters(sheet, fault, subject);
  const clearly = rankParameters(sheet, fault.name)
    .filter((one) => one.strength >= PRIMARY)
    .map((one) => one.parameter);
  return {
    kind: 'told',
    answer: sentence(`${fault.name} of ${withArticle(sheet.asset)} means that ${fault.mechanism}`),
    rationale: paragraph(
      clearly.length ? `it shows clearly in ${listed(clearly.slice(0, 4))}` : '',
      fault.causes.length ? `it comes from ${listed(fault.causes.slice(0, 2), 'or')}` : '',
      fault.effects.length ? `it leads to ${listed(fault.effects.slice(0, 2), 'or')}` : '',
    ),
    confidence: confident(subject, 0.95),
    facts: [`${sheet.asset}/${fault.name}/mechanism`, `${sheet.asset}/${fault.name}/shows`],
  };
}

function machine(subject: Subject): Told {
  const { sheet } = subject;
  // "What is a pump?" is answered; a longer question that names nothing else was not understood.
  if (!sheet.summary || subject.text.split(/\s+/).length > 10)
    return { kind: 'not known', reason: 'it could not be told what is asked' };
  return {
    kind: 'told',
    answer: sentence(sheet.summary),
    rationale: paragraph(
      `the ${sheet.asset} sheet describes ${listed(sheet.faults.slice(0, 4).map((fault) => fault.name))} and other faults`,
    ),
    confidence: confident(subject, 0.9),
    facts: [`${sheet.asset}/components`],
  };
}

function meaning(fault: Fault): string {
  return fault.mechanism ? `${fault.name} means that ${fault.mechanism}` : '';
}

function confident(subject: Subject, at: number): number {
  return Math.round(at * subject.certainty * 1000) / 1000;
}
