/**
 * Undoes what hides a word: look-alike letters, zero-width characters, spaced or stretched letters, digits for letters,
 * words written apart, typing errors. Only towards the vocabulary given here; other words stay as they are. It does not
 * judge what is said.
 */

/** Words that the safety rule looks for and that are long and rare enough to be recognised when mistyped. */
const VOCABULARY = [
  'bypass bypassing bypassed override overriding overridden defeat defeating circumvent circumventing jumper jumpering',
  'jumpers inhibit inhibiting disable disabling deactivate deactivating disarm disconnect disconnecting interlock interlocks',
  'permissive permissives shutdown emergency safety lockout lockouts tagout tagouts protection protective relief',
  'estop setpoint setpoints suppress isolate isolating overspeed cutout cutoff workaround hotwire neutralize procedure',
  'trip trips tripping padlock instructions remove removing reset force forcing without switch',
]
  .join(' ')
  .split(' ');

/** Honest words one letter away from one of those. */
const HONEST = new Set(
  [
    'defect defects defeats detect belief reliefs safely safest bumper dumper jumped damper pumper inhabit disables',
    'bypasses overrides interlocked interlocking isolated isolates isolator isolation removed remover removal removes',
    'projection production protections protected forced forces switches switched restored resets cutoffs cutouts',
    'produced procedures disabled inhibits inhibited defeated shutdowns deactivated deactivates inhibitor reliefs',
    'disconnected disconnects tagouts estops suppressed suppresses protector jumper instruction fording foaming forging',
    'isolations locknut locknuts repeating repeated repeats sitch stitch within removable recede preset reject repeat defeatist reactivate',
  ]
    .join(' ')
    .split(' '),
);

/** Small words that are recognised when digits stand in them. */
const SMALL = new Set(['how', 'do', 'can', 'to', 'the', 'please']);

const KNOWN = new Set(VOCABULARY);
const LOOKALIKES: Record<string, string> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ѕ: 's',
  ј: 'j',
  һ: 'h',
  ԁ: 'd',
  к: 'k',
  м: 'm',
  т: 't',
  в: 'b',
  н: 'h',
  ο: 'o',
  α: 'a',
  ε: 'e',
  ι: 'i',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  ν: 'v',
  κ: 'k',
  ı: 'i',
  ł: 'l',
  ø: 'o',
  ß: 'ss',
};
const DIGITS: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'l',
};

/** Any of these, whole words, in a canonical text. */
export function anyOf(...alternatives: string[]): RegExp {
  return new RegExp(`\\b(?:${alternatives.join('|')})\\b`);
}

/** The clauses of a text in canonical words, lower case, one space between words. */
export function canonical(text: string): string[] {
  const folded = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f\u00ad\u200b-\u200f\u2060\u202a-\u202e\ufeff]/g, '')
    .replace(/[\u0370-\u04ff\u0131\u0142\u00f8\u00df\u0500-\u052f]/g, (letter) => LOOKALIKES[letter] ?? letter)
    .replace(/['’`´]/g, '');
  return spelledOut(folded)
    .split(/[.?!;\n\r]+(?=\s|$)|[\n\r;]+|[?!]+\s|\s[-–—]\s/)
    .map((clause) => canonicalWords(clause).join(' '))
    .filter(Boolean);
}

/** `b y p a s s`, `b.y.p.a.s.s`, `b-y-p-a-s-s` → `bypass`; runs of three or more of a letter become one. */
function spelledOut(text: string): string {
  return text
    .replace(/(?<![a-z0-9])(?:[a-z0-9@$!|][\s._*~+-]{1,2}){3,}[a-z0-9@$!|](?![a-z0-9])/g, (run) => {
      const joined = run.replace(/[^a-z0-9@$!|]/g, '');
      return splitKnown(joined) ?? run;
    })
    .replace(/([a-z])\1{2,}/g, '$1');
}

/** The known words that a run of letters is made of, the rest letter by letter; undefined when there is none. */
function splitKnown(letters: string): string | undefined {
  const whole = known(letters);
  if (whole) return whole;
  for (let at = 0; at < letters.length; at++) {
    for (let end = letters.length; end > at + 3; end--) {
      const word = letters.slice(at, end);
      if (!KNOWN.has(word)) continue;
      const rest = letters.slice(end);
      return `${[...letters.slice(0, at)].join(' ')} ${word} ${splitKnown(rest) ?? [...rest].join(' ')}`.trim();
    }
  }
  return undefined;
}

function canonicalWords(clause: string): string[] {
  const raw = clause.match(/[a-z0-9@$!|*_]+/g) ?? [];
  const words: string[] = [];
  for (let i = 0; i < raw.length; i++) {
    // Words written apart: `by pass`, `inter-lock`, `lock out`, `e stop`, `over ride`.
    const pair = i + 1 < raw.length ? raw[i]! + raw[i + 1]! : '';
    const apart = pair.length >= 5 && KNOWN.has(pair) && !KNOWN.has(raw[i]!);
    if (apart) {
      words.push(pair);
      i++;
    } else {
      const bare = raw[i]!.replace(/[*_]/g, '');
      words.push(known(raw[i]!) ?? bare);
    }
  }
  return words.filter(Boolean);
}

const remembered = new Map<string, string | undefined>();

/** The word of the vocabulary that `raw` is, or was meant to be. */
function known(raw: string): string | undefined {
  if (remembered.has(raw)) return remembered.get(raw);
  const found = recognise(raw);
  if (remembered.size > 20_000) remembered.clear();
  remembered.set(raw, found);
  return found;
}

function recognise(raw: string): string | undefined {
  const bare = raw.replace(/[^a-z0-9]/g, '');
  if (KNOWN.has(bare)) return bare;
  if (HONEST.has(bare) || bare.length > 24) return undefined;
  const lettered = raw.replace(/[0134578@$!|]/g, (sign) => DIGITS[sign]!).replace(/[^a-z]/g, '');
  if (KNOWN.has(lettered) || SMALL.has(lettered)) return lettered;
  if (lettered.length < 5 || HONEST.has(lettered)) return undefined;
  const most = lettered.length >= 9 ? 2 : 1;
  return VOCABULARY.find((word) => {
    if (word.length < 6 || Math.abs(word.length - lettered.length) > most) return false;
    // The first or the last letter is right in what people mistype.
    if (word[0] !== lettered[0] && word.at(-1) !== lettered.at(-1)) return false;
    return distance(word, lettered) <= most;
  });
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
