/**
 * YAML with a memory of where everything stood, so that any complaint can name its line. It knows nothing of sheets or
 * registers.
 */
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod/v4';
import type { Problem } from './problem.ts';

export interface Located {
  value: unknown;
  /** Line of a path's key, or of the nearest parent that exists. */
  line(path: readonly PropertyKey[]): number;
}

/** Parses a text, or says what keeps it from being YAML. Never throws. */
export function parseYaml(text: string, file: string): { located: Located } | { problems: Problem[] } {
  const lines = new LineCounter();
  const problem = (line: number, field: string, message: string): Problem => ({
    file,
    line,
    field,
    level: 'error',
    message,
  });
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Its own comparison of every key with every other takes half of the time.
      uniqueKeys: false,
      logLevel: 'silent',
    });
    const faults = [...document.errors, ...document.warnings];
    if (faults.length > 0) {
      return {
        problems: faults.map((fault) => {
          const line = Math.max(1, lines.linePos(fault.pos[0]).line);
          return problem(line, keyOnLine(text, line), `${plain(fault.message)}; ${mendOf(fault.code)}`);
        }),
      };
    }
    const twice = keysTwice(document, lines);
    if (twice.length > 0) {
      return {
        problems: twice.map(({ line, key }) => problem(line, key, 'keys must be unique; keep one of the two')),
      };
    }
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return { located: { value, line: (path) => lineOfPath(document, lines, path) } };
  } catch (cause) {
    const message =
      cause instanceof RangeError ? 'is nested too deeply' : `cannot be parsed (${(cause as Error).message})`;
    return { problems: [problem(1, 'file', `${message}; docs/sheets.md shows the form`)] };
  }
}

/** Keys that a map has had before. */
function keysTwice(document: Document, lines: LineCounter): { line: number; key: string }[] {
  const found: { line: number; key: string }[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) found.push({ line: lineOfNode(key, lines) ?? 1, key: String(key.value) });
        seen.add(key.value);
      }
    },
  });
  return found;
}

/** Problems of a zod check, each at its line, in words. */
export function shapeProblems(error: z.ZodError, located: Located, file: string): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        file,
        line: located.line([...issue.path, key]),
        field: [...issue.path, key].join('.'),
        level: 'error',
        message:
          key.includes(' ') && valueAt(located.value, [...issue.path, key]) === null
            ? 'is not a field here but the rest of a text with a comma; quote that text'
            : 'is not a field here; take it out or mend its spelling',
      }));
    }
    return [
      {
        file,
        line: located.line(issue.path),
        field: issue.path.join('.') || 'file',
        level: 'error',
        message: issue.message,
      },
    ];
  });
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    value,
  );
}

function keyOnLine(text: string, line: number): string {
  const content = text.split('\n', line)[line - 1] ?? '';
  const key = /^\s*(?:-\s+)?["']?([^"':{}[\]]{1,60})["']?\s*:/.exec(content);
  return key ? key[1]!.trim() : 'file';
}

function plain(message: string): string {
  if (/call stack/i.test(message)) return 'is nested too deeply';
  return message
    .replace(/\s+/g, ' ')
    .slice(0, 160)
    .replace(/[.\s]+$/, '');
}

function mendOf(code: string): string {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'BAD_INDENT':
      return 'line it up with its neighbours';
    case 'MULTIPLE_DOCS':
      return 'one sheet a file: take out the --- lines';
    case 'TAG_RESOLVE_FAILED':
      return 'take out the ! tag or quote the text';
    case 'IMPOSSIBLE':
    case 'BAD_ALIAS':
      return 'write the value out';
    default:
      return 'quote texts that hold ": ", "#", quotes or brackets, and check the line above';
  }
}

function lineOfPath(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (!pair || !isPair(pair)) break;
      line = lineOfNode(pair.key, lines) ?? line;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      line = lineOfNode(node, lines) ?? line;
    } else break;
  }
  return line;
}

function lineOfNode(node: unknown, lines: LineCounter): number | undefined {
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
}
