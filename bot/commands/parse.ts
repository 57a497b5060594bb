/** Which command a text is. Whatever is not plainly another one is a question. */

export type Command =
  | { name: 'ask'; question: string }
  | { name: 'flag'; reason: string }
  | { name: 'correct'; answer: string; rationale: string }
  | { name: 'rate'; value: 'up' | 'down' }
  | { name: 'undo'; target: string | null }
  | { name: 'status' }
  | { name: 'handover'; hours: number | null }
  | { name: 'help' };

export type CommandName = Command['name'];

/**
 * `flag REASON`, `correct: ANSWER` (the rationale after "because" or on the following lines), 👍 or 👎, `undo`, `undo ID`,
 * `status`, `handover`, `handover 12h`, `help`, `ask QUESTION`; a leading slash is allowed. "status of P-101?" and "help me with…" are questions.
 */
export function parseCommand(text: string): Command {
  const plain = text.trim().replace(/^\//, '');
  const word = plain.toLowerCase().replace(/[\s.!]+$/, '');
  if (word === 'status') return { name: 'status' };
  if (word === 'help' || word === '?' || word === 'help?') return { name: 'help' };
  const handover = /^handover(?:\s+(\d{1,3})\s*h(?:ours?)?)?$/.exec(word);
  if (handover) return { name: 'handover', hours: handover[1] === undefined ? null : Number(handover[1]) };
  const thumb = THUMBS.get(word.replace(/[\u{1f3fb}-\u{1f3ff}\ufe0f]/gu, ''));
  if (thumb) return { name: 'rate', value: thumb };
  const undo = /^undo(?:\s+([\w./:-]+))?$/i.exec(plain.replace(/[\s.!]+$/, ''));
  if (undo) return { name: 'undo', target: undo[1] ?? null };
  const flag = /^flag(?:\s*:\s*|\s+|$)(.*)$/is.exec(plain);
  if (flag) return { name: 'flag', reason: flag[1]!.trim() };
  const correct = /^correct(?:ion)?\s*:\s*(.*)$/is.exec(plain);
  if (correct) return { name: 'correct', ...splitRationale(correct[1]!.trim()) };
  const ask = /^ask(?:\s*:\s*|\s+)(.+)$/is.exec(plain);
  return { name: 'ask', question: (ask?.[1] ?? text).trim() };
}

/** As platforms write them; skin tones are left out before. */
const THUMBS: ReadonlyMap<string, 'up' | 'down'> = new Map([
  ...['👍', ':+1:', '+1', ':thumbsup:', 'thumbs up'].map((word) => [word, 'up'] as const),
  ...['👎', ':-1:', '-1', ':thumbsdown:', 'thumbs down'].map((word) => [word, 'down'] as const),
]);

/** "ANSWER because WHY", or the reason on the lines that follow. */
export function splitRationale(text: string): { answer: string; rationale: string } {
  const at = /\n|(?:,|;)?\s+because\s+/i.exec(text);
  if (!at) return { answer: text, rationale: '' };
  const rationale = text.slice(at.index + at[0].length).trim();
  return { answer: text.slice(0, at.index).trim(), rationale };
}
