/** Keys, tokens and passwords: by the forms that their makers give them, by the word before them, or by their look. */
import { matches, type Span } from './span.ts';

const FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  // JSON web tokens: three parts in base64url, the first two beginning with {"
  /\beyJ[\w-]{6,}\.[\w-]{6,}(?:\.[\w-]+)?/g,
  /\b(?:AKIA|ASIA|AROA|AIDA|AGPA)[0-9A-Z]{16}\b/g,
  /\bxox[abeoprs]-[\w-]{8,}/g,
  /\bxapp-\d-[\w-]{8,}/g,
  /\bgh[oprsu]_[A-Za-z0-9]{20,}\b/g,
  /\bgithub_pat_\w{20,}\b/g,
  /\bglpat-[\w-]{16,}/g,
  /\bnpm_[A-Za-z0-9]{30,}\b/g,
  /\bhf_[A-Za-z0-9]{20,}\b/g,
  /\bsk-(?:[a-z]+-)*[\w-]{16,}/g,
  /\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}\b/g,
  /\bAIza[\w-]{30,}/g,
  /\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
  /\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}/g,
  /\bhttps:\/\/(?:hooks\.slack\.com|(?:\w+\.)?discord(?:app)?\.com\/api)\/\S+/g,
  /\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|sig)=(?<what>[\w+/%=-]{16,})/g,
  /\bBearer\s+(?<what>(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*)/gi,
  /\bBasic\s+(?<what>(?=[A-Za-z+/]*\d|[A-Za-z0-9+/]*=)[A-Za-z0-9+/]{12,}=*)/g,
  // scheme://user:password@host
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/(?<what>[^\s/:@]*:[^\s/@]+)@/gi,
];

const PASSWORD =
  'pass(?:word|wort|wörter|wd|phrase|code)s?|kennwort|pwd|mot de passe|mdp|login|zugangscode|zugangsdaten';
const KEY =
  'secret|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|client[-_ ]?secret|(?:auth|access|api|refresh)[-_ ]?token|token|schlüssel|clé';
/** `password: x`, `api_key=x`, `"token": "x"`. */
const ASSIGNED = new RegExp(
  `(?<![\\p{L}\\d])(?:[\\w-]*?(?:${PASSWORD}|${KEY})|pass|pw)["']?\\s*(?::|=)\\s*["'„“»]?(?<what>[^\\s"'“”«»,;]{4,})`,
  'giu',
);
/** `the password is x`, `das Passwort lautet x`, `Passwort x`. */
const SPOKEN = new RegExp(
  `(?<![\\p{L}\\d])(?:${PASSWORD})(?:\\s+(?:\\p{L}+\\s+){0,4}?(?:is|was|now|ist|lautet|est|war)(?:\\s+(?:now|still|jetzt|set to))?)?\\s+["'„“»]?(?<what>[^\\s"'“”«»,;]{4,})`,
  'giu',
);
const PIN = /\b(?:PIN|Pin-?[Cc]ode|TAN|OTP)\b\s*(?:code|is|ist|est|:|=)?\s*(?<what>\d{4,8})\b/g;
/** Long, of capitals, small letters and digits mixed: nobody writes so by hand. */
const RANDOM = /(?<![\w+/=-])[A-Za-z0-9+_-]{24,}={0,2}(?![\w+/=-])|(?<![\w+/=])[A-Za-z0-9+/]{36,}={0,2}(?![\w+/=])/g;
const HEX = /(?<![\w-])(?:0x)?[0-9a-f]{32,}(?![\w-])/gi;

export function secretsIn(text: string): Span[] {
  return [
    ...FORMS.flatMap((form) => matches(text, form, 'SECRET')),
    ...matches(
      text,
      ASSIGNED,
      'SECRET',
      ({ groups }) => !/^(?:\[|<|\*{3,}|null$|none$|true$|false$)/i.test(groups!.what!),
    ),
    // "the password is wrong" tells no password: one has a digit, a sign or a capital within.
    ...matches(text, SPOKEN, 'SECRET', ({ groups }) => /\d|[^\p{L}\d.?!)]|.\p{Lu}/u.test(groups!.what!)),
    ...matches(text, PIN, 'SECRET'),
    ...matches(text, RANDOM, 'SECRET', ([token]) => looksRandom(token)),
    ...matches(text, HEX, 'SECRET', ([token]) => /\d/.test(token) && /[a-f]/i.test(token)),
  ];
}

function looksRandom(token: string): boolean {
  const digits = token.match(/\d/g)?.length ?? 0;
  return digits >= 3 && /[a-z]/.test(token) && /[A-Z]/.test(token) && bitsPerCharacter(token) > 3.5;
}

/** Shannon entropy of the characters. */
function bitsPerCharacter(token: string): number {
  const counts = new Map<string, number>();
  for (const char of token) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / token.length) * Math.log2(count / token.length);
  return bits;
}
