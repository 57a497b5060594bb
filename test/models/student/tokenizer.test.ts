import { Tokenizer as Library } from '@huggingface/tokenizers';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../../../models/student/bpe.ts';
import { SPECIAL_TOKENS } from '../../../models/student/prompt.ts';
import { loadTokenizer } from '../../../models/student/tokenizer.ts';
import { random } from './fixture.ts';

const texts = [
  'The drive-end bearing growls and the housing is hot; vibration rises at twice running speed.',
  'Vibration rises because the rolling surfaces are pitted. Oil debris appears; 12.5 mm/s at 50 Hz.',
  "It's the pump's bearing that's hot, the operator's note says: P-101 shakes once per turn.",
  '<|bos|><|question|>Which sensor shows bearing wear?<|think|>vibration rises<|answer|>vibration<|end|>',
];
const json = trainBpe(texts, { vocabSize: 400, specialTokens: SPECIAL_TOKENS });
const tokenizer = loadTokenizer(json);

/** Text of every kind: letters, digits, marks, surrogate pairs, all white space, controls, our own markers. */
function anyText(seed: number): string {
  const next = random(seed);
  const pools = [
    () => String.fromCodePoint(32 + Math.floor(next() * 95)),
    () => ' \t\n\r\u0085\u00a0\u2003\u3000\ufeff\u200b'[Math.floor(next() * 10)]!,
    () => String.fromCodePoint(0xa0 + Math.floor(next() * 0x3000)),
    () => String.fromCodePoint(0x1f300 + Math.floor(next() * 0x300)),
    () => texts[1]!.slice(Math.floor(next() * 40), 40 + Math.floor(next() * 40)),
    () => String.fromCodePoint(Math.floor(next() * 32)),
    () => SPECIAL_TOKENS[Math.floor(next() * SPECIAL_TOKENS.length)]!,
  ];
  return Array.from({ length: Math.floor(next() * 40) }, () => pools[Math.floor(next() * pools.length)]!()).join('');
}

describe('byte-level BPE', () => {
  it('gives back any text', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const text = anyText(seed);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
  });

  it('gives the ids of the library on the same tokenizer.json', () => {
    const library = new Library(json, {});
    for (let seed = 1; seed <= 500; seed++) {
      const text = anyText(seed);
      expect(tokenizer.encode(text)).toEqual(library.encode(text, { add_special_tokens: false }).ids);
    }
  });

  it('learns the same vocabulary from the same texts in any order', () => {
    expect(trainBpe([...texts].reverse(), { vocabSize: 400, specialTokens: SPECIAL_TOKENS })).toEqual(json);
  });

  it('has the special tokens first, then the bytes, and merges what repeats', () => {
    expect(SPECIAL_TOKENS.map((token) => tokenizer.id(token))).toEqual(SPECIAL_TOKENS.map((_, i) => i));
    expect(tokenizer.encode(' bearing')).toHaveLength(1);
    expect(tokenizer.encode('2026')).toHaveLength(4);
    expect(tokenizer.vocabSize).toBe(Object.keys(json.model.vocab).length);
  });

  it('keeps special tokens whole and can leave them out', () => {
    const ids = tokenizer.encode('<|bos|>hot<|end|>');
    expect(ids[0]).toBe(1);
    expect(ids.at(-1)).toBe(2);
    expect(tokenizer.decode(ids)).toBe('<|bos|>hot<|end|>');
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('hot');
  });

  it('streams whole characters only', () => {
    const text = 'Lagertemperatur 95 °C 🔥 — 轴承过热';
    const stream = tokenizer.stream();
    const pieces = tokenizer.encode(text).map((id) => stream.push(id));
    expect(pieces.every((piece) => !piece.includes('\uFFFD'))).toBe(true);
    expect(pieces.join('') + stream.end()).toBe(text);
    const cut = tokenizer.stream();
    cut.push(tokenizer.encode('🔥')[0]!);
    expect(cut.end()).toBe('\uFFFD');
  });

  it('refuses a vocabulary smaller than the bytes, and a file that is no tokenizer', () => {
    expect(() => trainBpe(texts, { vocabSize: 200, specialTokens: SPECIAL_TOKENS })).toThrow(/265 to 65536/);
    expect(() => loadTokenizer({ model: 1 })).toThrow(/tokenizer.json cannot be read/);
  });
});
