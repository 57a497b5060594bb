/** What models and people write, made harmless; and long text within limits. */
import { describe, expect, test } from 'vitest';
import { clip, split } from '../../../adapters/shared/fold.ts';
import { harmless, linksIn, plain } from '../../../adapters/shared/text.ts';
import { aboutUploads } from '../../../adapters/shared/uploads.ts';

describe('harmless', () => {
  test.each([
    ['<!channel> stop', 'channel stop'],
    ['<!here|@here> and <!everyone>', 'here and everyone'],
    ['ask <@U123> or <@!456> or <@&789|ops>', 'ask someone or someone or ops'],
    ['<!subteam^S1|@plant-team> <!subteam^S2>', 'plant-team a group'],
    ['@everyone @here @channel, @ everyone, ＠everyone', 'everyone here channel, everyone, everyone'],
    ['@\u200beveryone and @ev\u200ceryone', 'everyone and everyone'],
    ['see <#C1|ops> and </ask:123>', 'see ops and a channel'],
    ['ring ann@plant.example about P-101', 'ring ann@plant.example about P-101'],
  ])('mentions nobody: %j', (text, shown) => {
    expect(harmless(text)).toBe(shown);
  });

  test.each([
    ['open https://evil.example/x?y=1.', 'open (link left out).'],
    ['[the manual](https://evil.example)', 'the manual (link left out)'],
    ['<https://evil.example|the manual>', 'the manual (link left out)'],
    ['go to www.evil.example/a or evil.com/b', 'go to (link left out) or (link left out)'],
    ['javascript:alert(1) slack://open', '(link left out)) (link left out)'],
    ['ht\u200btps://evil.example', '(link left out)'],
    ['see https://plant.example/sop-7.', 'see https://plant.example/sop-7.'],
    ['e.g. 7.1 mm/s at P-101.Check it; ratio 3:1; 10.5 barg', 'e.g. 7.1 mm/s at P-101.Check it; ratio 3:1; 10.5 barg'],
  ])('shows no link that is not in a source: %j', (text, shown) => {
    const allowed = linksIn([{ title: 'SOP 7', text: 'At https://plant.example/sop-7, page 3' }]);
    expect(harmless(text, allowed)).toBe(shown);
  });

  test('shows nothing unseen: overrides, zero width, zalgo, control characters, torn letters', () => {
    expect(plain('a\u202egnp.exe\u202c b\u2066c\u2069')).toBe('agnp.exe bc');
    expect(plain('be\u200bar\u200ding\ufeff \u00ad\u2060\u{e0041}x')).toBe('bearing x');
    expect(plain(`h${'\u0301\u0332\u0353'.repeat(30)}ot`).length).toBeLessThan(8);
    expect(plain('a\u0000b\u0007\u001b[31m\ud800')).toBe('ab[31m\ufffd');
    expect(plain('a\r\n\n\n\nb  \n')).toBe('a\n\nb');
    for (const fine of ['Größe 95 °C', 'Tiếng Việt ắ', 'हिन्दी क्षेत्र', 'ที่นี่', '漢字 😀', 'مضخة'])
      expect(plain(fine)).toBe(fine.normalize('NFC'));
  });
});

describe('folding', () => {
  test('clips at a pause, never inside a letter', () => {
    expect(clip('short', 10)).toBe('short');
    expect(clip('The bearing is worn. It shakes.', 24)).toBe('The bearing is worn.…');
    expect(clip('😀'.repeat(10), 8)).toBe(`${'😀'.repeat(3)}…`);
    for (let max = 2; max < 40; max++) {
      const cut = clip(`${'é'.normalize('NFD').repeat(8)} 👩‍🔧 ${'x'.repeat(30)}`, max);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
    }
  });

  test('splits without losing a word, and says how much it left out', () => {
    const text = Array.from({ length: 400 }, (_, i) => `Sentence number ${i} of it.`).join(' ');
    const pieces = split(text, 300);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(300);
    expect(pieces.join(' ')).toBe(text);
    const few = split(text, 300, 3);
    expect(few).toHaveLength(3);
    const left = Number(/… \(([\d,]+) more characters\)$/.exec(few[2]!)![1]!.replace(',', ''));
    const shown = few.join(' ').replace(/\n….*$/, '').length;
    expect(Math.abs(shown + left - text.length)).toBeLessThanOrEqual(3);
    expect(few[2]!.length).toBeLessThanOrEqual(300);
    expect(split('x'.repeat(40_000), 3000, 4)[3]).toMatch(/more characters\)$/);
    expect(split('', 10)).toEqual(['']);
  });
});

test('every kind of file is answered with what can be done', () => {
  const say = (name: string, mimetype = '') => aboutUploads([{ name, mimetype }]);
  expect(say('trend.csv', 'text/csv')).toMatch(/“trend\.csv”: .*knowledge add/);
  expect(say('manual.pdf', 'application/pdf')).toMatch(/PDF.*8,000/);
  expect(say('photo', 'image/jpeg')).toMatch(/cannot see pictures/);
  expect(say('notes.txt', 'text/plain')).toMatch(/Paste the lines/);
  expect(say('x.xlsx')).toMatch(/workbooks/);
  expect(say('noise.m4a')).toMatch(/cannot listen/);
  expect(say('a.bin')).toMatch(/cannot read this kind/);
  expect(say('a\u202efdp.exe')).toMatch(/^“afdp\.exe”/);
  expect(aboutUploads(Array.from({ length: 7 }, (_, i) => ({ name: `${i}.txt`, mimetype: '' })))).toMatch(
    /other 2 files/,
  );
});
