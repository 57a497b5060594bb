/** Which rule is meant by what was told, which rule an action belongs to, which part does what was told. */
import { beforeAll, describe, expect, it } from 'vitest';
import { examineYaml } from '../../../models/knowledge/check.ts';
import { loadKnowledge, SHIPPED_SHEETS } from '../../../models/knowledge/knowledge.ts';
import { isTold, rankRoles, rankRules, ruleOfAction, shareOfActions } from '../../../models/knowledge/rules.ts';
import type { Sheet } from '../../../models/knowledge/types.ts';
import { GOOD_SHEET } from './fixture.ts';

const winch = examineYaml(GOOD_SHEET, 'winch.yaml', 'winch.yaml').sheet!;

let sheets: Sheet[];
beforeAll(async () => {
  sheets = (await loadKnowledge({ dirs: [SHIPPED_SHEETS] })).sheets.filter((sheet) => sheet.rules.length > 0);
});

describe('a condition', () => {
  it('is found by each of its wordings', () => {
    const wordings = sheets.flatMap((sheet) =>
      sheet.rules.flatMap((rule, i) => rule.when.map((wording) => ({ sheet, wording, i }))),
    );
    expect(wordings.length).toBeGreaterThan(100);
    const missed = wordings.filter(({ sheet, wording, i }) => rankRules(sheet, wording)[0]!.rule !== i);
    expect(missed.map(({ wording }) => wording)).toEqual([]);
  });

  it('is found mostly by a wording that its sheet does not have', () => {
    let [of, first, third] = [0, 0, 0];
    for (const sheet of sheets) {
      const less = { ...sheet, rules: sheet.rules.map((rule) => ({ ...rule, when: rule.when.slice(0, -1) })) };
      sheet.rules.forEach(({ when }, i) => {
        if (when.length < 2) return;
        const ranked = rankRules(less, when.at(-1)!).map(({ rule }) => rule);
        of += 1;
        if (ranked[0] === i) first += 1;
        if (ranked.slice(0, 3).includes(i)) third += 1;
      });
    }
    expect(first / of).toBeGreaterThan(0.6);
    expect(third / of).toBeGreaterThan(0.8);
  });

  it('differs by the way a reading moves, whatever the reading is called', () => {
    const mirrored = {
      ...winch,
      rules: [
        { ...winch.rules[0]!, when: ['current rises with the brake open'] },
        { ...winch.rules[1]!, when: ['current falls with the brake open'] },
      ],
    };
    expect(rankRules(mirrored, 'amps are dropping and the brake is open')[0]!.rule).toBe(1);
    expect(rankRules(mirrored, 'amps are climbing and the brake is open')[0]!.rule).toBe(0);
  });

  it('is told by more than one word, and never by the name of the machine', () => {
    const best = (text: string) => rankRules(winch, text)[0];
    expect(isTold(best('the motor draws more than before at an equal load'), 0.35)).toBe(true);
    expect(isTold(best('the winch is painted green'), 0.1)).toBe(false);
    expect(isTold(best('a new drum'), 0.1)).toBe(false);
    expect(isTold(rankRules({ ...winch, rules: [] }, 'current rises')[0], 0)).toBe(false);
  });
});

describe('an action', () => {
  it('is that of its rule in each of its wordings', () => {
    const wrong = sheets.flatMap((sheet) =>
      sheet.rules.flatMap((rule, i) => rule.do.filter((wording) => ruleOfAction(sheet, wording)?.rule !== i)),
    );
    expect(wrong).toEqual([]);
  });

  it('is known though a word or two differ, and other things are none', () => {
    expect(ruleOfAction(winch, 'Stop lowering the load and free the brake')).toMatchObject({ rule: 0 });
    expect(ruleOfAction(winch, 'paint the drum')).toBeUndefined();
    expect(ruleOfAction(winch, '')).toBeUndefined();
    expect(shareOfActions(winch, ['have the tension sensor tested', 'vibration'])).toBeCloseTo(0.5, 5);
    expect(shareOfActions(winch, [])).toBe(0);
  });
});

it('a part is found by what it does', () => {
  expect(rankRoles(winch, 'what holds the load while the drive is off')[0]).toMatchObject({ component: 'brake' });
  expect(rankRoles(winch, 'which one winds up the rope')[0]).toMatchObject({ component: 'drum' });
  expect(rankRoles(winch, 'lorem ipsum')).toEqual([]);
});
