/**
 * Where people and machines can be reached, and numbers that stand for a person: mail, telephone, post, network, bank,
 * personnel. Readings, part numbers, dates, clauses and versions are not among them, however much they look alike.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { matches, type Span } from './span.ts';

export function contactsIn(text: string): Span[] {
  return [...mailIn(text), ...networkIn(text), ...numbersIn(text), ...phonesIn(text), ...postIn(text)];
}

// ------------------------------------------------------------------------------------------------ mail, handles

const MAIL = /(?<![\p{L}\d._%+-])[\p{L}\d][\p{L}\d._%+-]*@(?:[\p{L}\d-]+\.)+\p{L}{2,}/gu;
const MAIL_SPELLED =
  /(?<![\p{L}\d._%+-])[\p{L}\d][\p{L}\d._%+-]*\s?[([{]\s?(?:at|ät|@)\s?[)\]}]\s?[\p{L}\d-]+(?:\s?(?:\.|[([{]\s?(?:dot|punkt|point|\.)\s?[)\]}])\s?[\p{L}\d-]+)+/giu;
/** Slack's and Discord's way to name a person, and @first.last. */
const MENTION = /<[@!#][!&]?\w+(?:\|[^>]*)?>|(?<![\p{L}\d@])@\p{L}[\p{L}\d-]*[._][\p{L}\d._-]*[\p{L}\d]/gu;

function mailIn(text: string): Span[] {
  return [
    ...matches(text, MAIL, 'EMAIL'),
    ...matches(text, MAIL_SPELLED, 'EMAIL'),
    ...matches(text, MENTION, 'PERSON'),
  ];
}

// ------------------------------------------------------------------------------------------------ network

const LINK =
  /\b(?:https?|ftps?|sftp|ssh|rdp|smb|opc\.tcp|mqtts?|wss?|postgres(?:ql)?|redis|ldaps?|file|s3):\/\/[^\s<>"')\]]+/gi;
/** \\server\share */
const SHARE = /\\\\[\w.-]+(?:\\[^\s\\"']+)+/g;
const INTERNAL_HOST =
  /(?<![\w.@-])(?:[a-z0-9-]+\.)+(?:local|localdomain|lan|intern|internal|intranet|corp|home|domain)(?::\d+)?\b/gi;
const QUAD = /(?<![\w.-])(?<what>\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?:[/:]\d{1,5})?(?![\w-]|\.\d)/g;
/** Four numbers with points that are no address. */
const NUMBERED =
  /(?:\bv|version|firmware|fw|release|rev\.?|build|step|schritt|item|point|figure|table|clause|section|chapter|kapitel|abschnitt|ziffer|§|iso|din|en|iec|api)\s*[-:]?\s*[\d.]*$/i;
const COLONS = /(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?:%\w+)?(?![\w:])/gi;
const MAC =
  /(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])|(?<![\w.])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![\w.])/gi;
/** The user's name in a path. */
const HOME = /(?:\b[a-z]:\\(?:users|dokumente und einstellungen)\\|\/(?:home|users)\/)(?<what>[^\s\\/"']+)/gi;

function networkIn(text: string): Span[] {
  return [
    ...matches(text, LINK, 'NETWORK'),
    ...matches(text, SHARE, 'NETWORK'),
    ...matches(text, INTERNAL_HOST, 'NETWORK'),
    ...matches(
      text,
      QUAD,
      'NETWORK',
      ({ groups, index }) => isIPv4(groups!.what!) && !NUMBERED.test(text.slice(0, index)),
    ),
    ...matches(text, COLONS, 'NETWORK', ([found]) => isIPv6(found) && found.length > 3),
    ...matches(text, MAC, 'NETWORK'),
    ...matches(text, HOME, 'PERSON'),
  ];
}

// ------------------------------------------------------------------------------------------------ bank, personnel

const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g;
const CARD = /(?<![\d.,-])\d{4}(?:[ -]?\d{4}){2}(?:[ -]?\d{1,7})(?![\d.,]?\d)/g;
const PERSONAL_NUMBER =
  /\b(?:(?:employee|staff|personnel|badge|payroll|clock)\s*(?:no|nr|number|id|#)?|personal-?(?:nummer|nr)|ausweis-?(?:nummer|nr)|(?:numéro de )?matricule|social security(?: number| no)?|ssn|passport(?: number| no)?|reisepass(?:nummer)?|(?:sozialversicherungs|steuer)(?:-?nummer|-?nr|-?id))\s*[.:#]*\s*(?:is\s+|ist\s+|est\s+)?(?<what>[A-Z]{0,3}[-\d][\dA-Z /-]{2,14}\d)(?!\s*(?:rpm|bar|mm|kw|°))/gi;

function numbersIn(text: string): Span[] {
  return [
    ...matches(text, IBAN, 'NUMBER', ([found]) => isIban(found)),
    ...matches(text, CARD, 'NUMBER', ([found]) => isCard(found)),
    ...matches(text, PERSONAL_NUMBER, 'NUMBER'),
  ];
}

/** ISO 13616: the country to the end, letters as numbers, modulo 97. */
function isIban(written: string): boolean {
  const plain = written.replace(/ /g, '');
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const char of plain.slice(4) + plain.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Luhn's sum, as every card has it. */
function isCard(written: string): boolean {
  const digits = written.replace(/\D/g, '');
  if (digits.length < 13 || digits.length > 19 || !/^[3-6]/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

// ------------------------------------------------------------------------------------------------ telephone

const SEPARATED = String.raw`(?:[ .\/-]|\s?\(\d{1,4}\)\s?)?`;
/** +49 711 123-45, 0033 1 23 45 67 89 */
const INTERNATIONAL = new RegExp(
  String.raw`(?<![\w.,+-])(?:\+|00)[1-9]\d{0,2}${SEPARATED}(?:\(0\)\s?)?\d{1,5}(?:[ .\/-]?\d{1,5}){1,5}(?![\w]|[.,]\d)`,
  'g',
);
/** 0711/123456, (0711) 12 34-56, 01 23 45 67 89, 0171 2345678, 020 7946 0958 */
const TRUNK =
  /(?<![\w.,+-])(?:\(0[1-9]\d{0,4}\)\s?\d[\d -]{3,11}\d|0[1-9]\d{1,4}\s?[/-]\s?\d[\d -]{3,11}\d|0[1-9](?:[ .]\d{2}){4}|0[1-9]\d{1,4} \d{3,4}[ -]?\d{2,5}|0[1-9]\d{8,10})(?![\w]|[.,]\d)/g;
/** (555) 123-4567, 555-123-4567, 555.123.4567 */
const NORTH_AMERICAN = /(?<![\w.,+/-])(?:1[-. ])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[-. ])\d{3}[-. ]\d{4}(?![\w]|[-.,]\d)/g;
/** Digits after a word that announces a telephone: of an extension two are enough. */
const CALLED =
  /(?<![\p{L}\d])(?:tel(?:efon|ephone|éphone)?|phone|call|dial|fon|fax|mobil|mobile|handy|cell phone|pager|whatsapp|rufnummer|anrufen|rufbereitschaft|hotline)(?:\s?(?:no|nr|number|nummer|unter|me on|us on|on|at|him on|her on))?\s?[.:#]*\s*(?<what>[+(]?\d[\d ()./-]{2,18}\d)(?![\w]|[.,]\d)/giu;
const EXTENSION =
  /(?<![\p{L}\d])(?:ext(?:ension)?|durchwahl|dw|nebenstelle)\s?(?:is|ist)?\s?[.:#]*\s*(?<what>-?\d{2,6})(?![\w]|[.,]\d)/giu;

/** A number that is a reading has its unit behind it. */
const UNIT =
  /^\s?(?:rpm|1\/min|bar|mbar|psi|k?pa|mm|cm|m\b|m³|l\b|°|k\b|hz|khz|kw|mw|w\b|kv|v\b|ma\b|a\b|nm|kg|t\b|h\b|hours|stunden|s\b|min|%|ppm|db|µ)/i;

function phonesIn(text: string): Span[] {
  const free = ([found]: RegExpMatchArray, index: number): boolean => !UNIT.test(text.slice(index + found!.length));
  const enough = (found: string): boolean => {
    const digits = found.replace(/\D/g, '').length;
    return digits >= 7 && digits <= 15;
  };
  const fits = (match: RegExpMatchArray): boolean => enough(match[0]) && free(match, match.index!) && !isDate(match[0]);
  return [
    ...matches(text, INTERNATIONAL, 'PHONE', fits),
    ...matches(text, TRUNK, 'PHONE', fits),
    ...matches(text, NORTH_AMERICAN, 'PHONE', fits),
    ...[CALLED, EXTENSION].flatMap((pattern) =>
      matches(text, pattern, 'PHONE', (match) => !isDate(match.groups!.what!) && free(match, match.index!)),
    ),
  ];
}

/** 03-11-2026, 2026-11-03, 03.11.2026 */
function isDate(found: string): boolean {
  return /^\(?\d{1,2}[-./ ]\d{1,2}[-./ ](?:\d{2}|\d{4})\)?$|^\d{4}[-./]\d{1,2}[-./]\d{1,2}/.test(found.trim());
}

// ------------------------------------------------------------------------------------------------ post

const NUMBER = String.raw`\d{1,4}\s?[a-zA-Z]?(?:\s?[-/]\s?\d{1,4}\s?[a-z]?)?`;
const TOWN = String.raw`(?:,?\s+(?:in\s+)?(?:[A-Z]{1,2}-)?\d{4,5}\s+\p{Lu}[\p{L}-]+(?:\s(?:am|an der|bei|im|a\.?d\.?|sur|sous|les?)\s\p{Lu}[\p{L}-]+)?)?`;
const POST: readonly RegExp[] = [
  // Hauptstraße 12a, Lange Gasse 4; but not a Walzstraße, which rolls steel
  new RegExp(
    String.raw`(?<![\p{L}\d-])(?:\p{Lu}[\p{L}-]*[ -]){0,2}(?!(?:Fertigungs|Walz|Produktions|Montage|Transfer|Press|Lackier|Gieß)s?tr)\p{Lu}[\p{L}-]*(?:stra(?:ß|ss)e|str\.|gasse|allee|chaussee)\s${NUMBER}(?![\p{L}\d])${TOWN}`,
    'gu',
  ),
  new RegExp(
    String.raw`(?<![\p{L}\d])(?:Am|An der|Im|Zum|Zur|Auf dem)\s(?:\p{Lu}[\p{L}-]+\s){1,2}\d{1,3}[a-z]?(?![\p{L}\d]|\s?(?:mm|bar|kw|rpm|°|%|V\b|h\b))${TOWN}`,
    'gu',
  ),
  // A Ring, Weg or Platz may be a part of a machine: only with its town.
  new RegExp(
    String.raw`(?<![\p{L}\d-])\p{Lu}[\p{L}-]*(?:weg|ring|platz|ufer|damm|hof|berg)\s${NUMBER},?\s(?:[A-Z]{1,2}-)?\d{4,5}\s\p{Lu}[\p{L}-]+`,
    'gu',
  ),
  // 12 rue de la Paix, 75002 Paris
  new RegExp(
    String.raw`(?<![\p{L}\d])\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:rue|avenue|av\.|boulevard|bd|chemin|impasse|allée|quai|route|cours)\s(?:(?:de|du|des|la|le|les|l'|d')\s?)*\p{Lu}[\p{L}'-]+(?:\s(?:(?:de|du|des|la|le|les)\s)*\p{Lu}[\p{L}'-]+)*${TOWN}`,
    'gu',
  ),
  // 221B Baker Street, 350 Fifth Avenue, NY 10118
  /(?<![\p{L}\d.-])\d{1,5}[A-Z]?\s(?:(?:North|South|East|West|N\.|S\.|E\.|W\.)\s)?(?:[\p{Lu}\d][\p{L}\d'.-]*\s){1,3}(?:Street|St\.|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln\.?|Drive|Dr\.|Boulevard|Blvd\.?|Court|Ct\.|Square|Way|Close|Crescent|Terrace|Parkway|Pkwy|Highway|Hwy)(?![\p{L}])(?:,?\s(?:Suite|Apt\.?|Floor|Unit)\s\w+)?(?:,\s\p{Lu}[\p{L} ]+?(?=,|\s[A-Z]{2}\b|\s\d))?(?:,?\s[A-Z]{2}\s\d{5}(?:-\d{4})?|,?\s[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})?/gu,
  /(?<![\p{L}\d])(?:P\.?\s?O\.?\s?Box|Postfach|Boîte postale|BP)\s\d[\d ]{1,8}\d/gu,
  // D-70173 Stuttgart
  /(?<![\p{L}\d-])(?:D|DE|A|AT|CH|F|FR|B|BE|L|LU|NL)-\d{4,5}\s\p{Lu}[\p{L}-]{2,}/gu,
];

function postIn(text: string): Span[] {
  return POST.flatMap((pattern) => matches(text, pattern, 'ADDRESS'));
}
