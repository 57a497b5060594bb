/**
 * How commands speak: results on stdout (lines for people, one JSON object with --json), the rest on stderr. It knows no
 * command.
 */
import { open, rename, rm } from 'node:fs/promises';
import { BadInput } from '../../models/errors.ts';

export interface Output {
  json?: boolean;
}

/** The result: `lines` for a person, or the object with --json. */
export function print(output: Output, result: object, lines: readonly string[]): void {
  process.stdout.write(output.json ? `${JSON.stringify(result)}\n` : lines.map((line) => `${line}\n`).join(''));
}

/** One line that is overwritten on a terminal, and now and then a plain line elsewhere. */
export function progressLine(everyMs = 10_000): { show(line: string): void; end(): void } {
  const terminal = process.stderr.isTTY;
  let last = 0;
  let shown = false;
  return {
    show(line) {
      const now = performance.now();
      if (now - last < (terminal ? 100 : everyMs) && shown) return;
      last = now;
      shown = true;
      process.stderr.write(terminal ? `\r\u001b[2K${line.slice(0, (process.stderr.columns ?? 120) - 1)}` : `${line}\n`);
    },
    end() {
      if (terminal && shown) process.stderr.write('\r\u001b[2K');
    },
  };
}

/** `=====>    ` of ten or more places. */
export function bar(share: number, width = 24): string {
  const done = Math.round(Math.max(0, Math.min(1, share)) * width);
  return `[${'='.repeat(done)}${' '.repeat(width - done)}]`;
}

/** Writes lines to FILE, whole or not at all; `-` is stdout. Gives their number. */
export async function writeLines(file: string, lines: AsyncIterable<string> | Iterable<string>): Promise<number> {
  let count = 0;
  if (file === '-') {
    for await (const line of lines) {
      process.stdout.write(`${line}\n`);
      count++;
    }
    return count;
  }
  const part = `${file}.${process.pid}.part`;
  try {
    const handle = await open(part, 'w');
    try {
      for await (const line of lines) {
        await handle.write(`${line}\n`);
        count++;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    return count;
  } catch (error) {
    await rm(part, { force: true });
    const code = (error as NodeJS.ErrnoException).code;
    if (!code) throw error;
    throw new BadInput(`${file} cannot be written (${code}): name another file`, { cause: error });
  }
}

/** A whole number above 0, for an option's value. */
export function wholeNumber(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1) throw new BadInput(`${name} is "${text}": give a whole number above 0`);
    return value;
  };
}

export function positive(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isFinite(value) || value <= 0) throw new BadInput(`${name} is "${text}": give a number above 0`);
    return value;
  };
}

/** A share of at most a half. */
export function upToHalf(name: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!(value >= 0 && value <= 0.5)) throw new BadInput(`${name} is "${text}": give a number from 0 to 0.5`);
    return value;
  };
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
