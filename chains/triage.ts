/**
 * The first diagnosis of alarms: which faults would explain them, what to look at and what to check. Of an alarm's words
 * only what the sheets have a name for goes on: readings with their direction, or else a fault; the question is then put in our
 * own words, so that nothing written in an alarm's name can speak to a model. It asks nobody: the chain does.
 */
import type { Knowledge } from '../models/knowledge/knowledge.ts';
import type { Matcher } from '../models/knowledge/names.ts';
import { diagnose, rankParameters } from '../models/knowledge/rank.ts';
import type { Change, Sheet } from '../models/knowledge/types.ts';
import { type Reading, readingsIn } from './readings.ts';
import type { AlarmLike, Answer, ProbableFault, Triage, Triager } from './types.ts';

export interface TriageParts {
  knowledge: Knowledge;
  matcher: Matcher;
}

/** Faults that the student weighs against each other. */
const CANDIDATES = 4;
/** Below this nothing that was told speaks for a fault (models/knowledge/rank.ts). */
const LEAST_SCORE = 0.15;
const PARAMETERS = 4;
const CHECKS = 3;
/** A person's word; ours, not a measured figure (chains/answer.ts has the same). */
const BY_PERSON = 0.95;

export function createTriager({ knowledge, matcher }: TriageParts): Triager {
  /** What the alarms tell, in the sheet's terms; or why they tell nothing. */
  function told(alarms: readonly AlarmLike[]): Told | string {
    const [first] = alarms;
    if (!first) return 'there is no alarm';
    const asset = assetOf(first);
    const sheet = asset === undefined ? undefined : knowledge.sheet(asset);
    if (!sheet) {
      const what = first.machine?.class || first.class || first.tag;
      return `no sheet describes ${what ? `"${what.slice(0, 60)}"` : 'the machine'}: add its tag to the register or its class to the sheets`;
    }
    const readings = new Map<string, Reading>();
    for (const alarm of alarms) for (const one of readingsOf(alarm, sheet)) readings.set(one.name, one);
    const seen = [...readings.values()];
    // An alarm that names a fault ("earth fault") is evidence only where no reading is told.
    const named = seen.length > 0 ? [] : faultsNamed(alarms, sheet);
    const explaining = diagnose(sheet, { signsText: named.join('; '), parameters: seen })
      .filter(({ score }) => score >= LEAST_SCORE)
      .map(({ fault }) => fault);
    const candidates = [...new Set([...named, ...explaining])].slice(0, CANDIDATES);
    if (seen.length + named.length === 0 || candidates.length === 0) {
      return `the alarms name nothing that the ${sheet.asset} sheet describes`;
    }
    return { sheet, subject: first.machine?.tag ?? `the ${sheet.asset}`, readings: seen, named, candidates };
  }

  function faultsNamed(alarms: readonly AlarmLike[], sheet: Sheet): string[] {
    const hint = { asset: sheet.asset, faults: [], parameters: [] };
    const found = alarms.flatMap(({ condition }) => matcher.find(plainWords(condition), hint).faults);
    const own = found.filter(({ name }) => sheet.faults.some((fault) => fault.name === name));
    return [...new Set(own.map(({ name }) => name))].slice(0, CANDIDATES);
  }

  function assetOf(alarm: AlarmLike): string | undefined {
    const named = alarm.machine?.class || alarm.class;
    if (!named) return undefined;
    return knowledge.sheet(named)?.asset ?? matcher.nameOf(named, 'asset')?.name;
  }

  /** The alarm's name first; its longer words only where the name tells nothing. */
  function readingsOf(alarm: AlarmLike, sheet: Sheet): Reading[] {
    const hint = { asset: sheet.asset, faults: [], parameters: [] };
    const known = sheet.parameters.map(({ name }) => name);
    for (const words of [alarm.condition, alarm.text].map(plainWords)) {
      const found = readingsIn(words, matcher.find(words, hint), known, []).filter(({ name }) => known.includes(name));
      if (found.length > 0) return found;
    }
    return [];
  }

  function shown(sheet: Sheet, faults: readonly string[]): Pick<Triage, 'parameters' | 'checks'> {
    const described = faults.flatMap((fault) => sheet.faults.find(({ name }) => name === fault) ?? []);
    const parameters = described.flatMap((fault) => rankParameters(sheet, fault.name).slice(0, PARAMETERS));
    const checks = described.flatMap((fault, i) => fault.checks.slice(0, i === 0 ? CHECKS - 1 : 1));
    return {
      parameters: [...new Set(parameters.map(({ parameter }) => parameter))].slice(0, PARAMETERS),
      checks: checks.slice(0, CHECKS).map(({ what, tells }) => ({ what, tells })),
    };
  }

  /** The sheet's name of a fault that was answered. */
  function faultNamed(answer: string, sheet: Sheet): string {
    const plain = plainText(answer);
    const own = sheet.faults.find(({ name }) => plainText(name) === plain)?.name;
    return own ?? matcher.nameOf(answer, 'fault', sheet.asset)?.name ?? plain;
  }

  return {
    question(alarms) {
      const is = told(alarms);
      if (typeof is === 'string') return { kind: 'none', triage: { ...NOTHING, state: 'none', reason: is } };
      const { sheet, subject, readings, named, candidates } = is;
      const seen = readings.length > 0 ? readings.map(inWords) : named.map((fault) => `${fault} is signalled`);
      return {
        kind: 'ask',
        text: `On ${subject}, ${seen.join(', ')}. Which fault is the most likely cause?`,
        ...(candidates.length > 1 ? { options: candidates } : {}),
        triage: { ...NOTHING, ...shown(sheet, candidates.slice(0, 2)), state: 'asking', reason: 'being worked out' },
      };
    },

    read(alarms, { reply: { answer }, corrections }) {
      const is = told(alarms);
      if (typeof is === 'string') return { ...NOTHING, state: 'none', reason: is };
      const { sheet, candidates } = is;
      const correction = corrections.filter(({ withdrawn }) => !withdrawn).at(-1);
      if (correction) {
        const fault = faultNamed(correction.answer, sheet);
        const faults = [{ fault, confidence: BY_PERSON }];
        const reason = `corrected by ${correction.author.name}`;
        return { ...NOTHING, ...shown(sheet, [fault]), state: 'answered', faults, answeredBy: 'person', reason };
      }
      if (!answer || answer.outcome === 'refused') {
        return { ...NOTHING, state: 'none', reason: answer?.reason ?? 'the question could not be answered' };
      }
      if (answer.answer === '') {
        // Nobody larger knows: the student's own guess is shown as no more than that, while people are asked.
        const { attempt, reason } = answer;
        const faults = attempt?.answer
          ? [{ fault: faultNamed(attempt.answer, sheet), confidence: attempt.confidence }]
          : [];
        const likely = [...new Set([...faults.map(({ fault }) => fault), ...candidates])].slice(0, 2);
        return { ...shown(sheet, likely), state: 'open', faults, answeredBy: 'person', reason };
      }
      const faults = rankedFaults(answer, (text) => faultNamed(text, sheet));
      return {
        ...shown(
          sheet,
          faults.slice(0, 2).map(({ fault }) => fault),
        ),
        state: 'answered',
        faults,
        answeredBy: answer.answeredBy,
        reason: answer.reason,
      };
    },

    explain(alarms, fault) {
      const is = told(alarms);
      const subject = typeof is === 'string' ? 'the machine' : is.subject;
      return fault === '' ? `On ${subject}, what should be checked first?` : `How does ${fault} show on ${subject}?`;
    },
  };
}

interface Told {
  sheet: Sheet;
  /** Tag, or `the pump`. */
  subject: string;
  readings: Reading[];
  /** Faults that the alarms name themselves, where they tell no reading. */
  named: string[];
  /** Faults that would explain it, best first. */
  candidates: string[];
}

const NOTHING: Triage = { state: 'none', faults: [], parameters: [], checks: [], answeredBy: 'student', reason: '' };

/**
 * Where options were weighed, each one's share, so that faults which one reading shows alike are said to be alike; no
 * share is surer than the whole answer was. Else what was answered.
 */
function rankedFaults(answer: Answer, nameOf: (text: string) => string): ProbableFault[] {
  if (answer.options?.length) {
    return answer.options
      .map(({ option, probability }) => ({
        fault: nameOf(option),
        confidence: Math.min(probability, answer.confidence),
      }))
      .sort((a, b) => b.confidence - a.confidence);
  }
  return answer.answer.split(/;\s*/).map((text) => ({ fault: nameOf(text), confidence: answer.confidence }));
}

/** `BearingTempHH` → `Bearing Temp high`: how alarm lists write, as words. */
function plainWords(text: string): string {
  return text
    .slice(0, 500)
    .replace(/[_/|.:]+/g, ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/\b(?:HIHI|HH|HI|H)\b/gi, 'high')
    .replace(/\b(?:LOLO|LL|LO|L)\b/gi, 'low')
    .replace(/\btemp\b/gi, 'temperature')
    .replace(/\bvib(?:r)?\b/gi, 'vibration')
    .replace(/\bpress?\b/gi, 'pressure')
    .replace(/\blvl\b/gi, 'level');
}

function inWords({ name, change }: { name: string; change?: Change }): string {
  return change ? `${name} ${change}` : `${name} is not normal`;
}

function plainText(text: string): string {
  return text
    .toLowerCase()
    .replace(/[.\s]+$/, '')
    .trim();
}
