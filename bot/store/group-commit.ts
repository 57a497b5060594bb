/**
 * Writes that come in the same turn of the event loop go to disk in one transaction: one wait for the disk instead of one
 * each, which is what counts when hundreds of messages come at once. Each write is whole or not at all, and resolves when
 * it is on disk; one that fails takes no other with it. It does not know what is written.
 */
import { LibsqlBatchError } from '@libsql/client';
import type { Statement } from './database.ts';

interface Pending {
  statements: Statement[];
  resolve: (changed: number[]) => void;
  reject: (error: unknown) => void;
}

/** Statements of one transaction: a longer one would keep what comes in waiting. */
const MOST = 200;

/** `commit`: all in one transaction; the number of rows that each changed. */
export function groupCommit(commit: (statements: Statement[]) => Promise<number[]>) {
  const pending: Pending[] = [];
  let due = false;

  function write(...statements: Statement[]): Promise<number[]> {
    return new Promise((resolve, reject) => {
      pending.push({ statements, resolve, reject });
      if (!due) setImmediate(() => void flush());
      due = true;
    });
  }

  /** Resolves when what waits is on disk, or its writers know why not. */
  async function flush(): Promise<void> {
    while (pending.length > 0) await together(next());
    due = false;
  }

  function next(): Pending[] {
    let count = 0;
    const fits = pending.findIndex(({ statements }, i) => {
      count += statements.length;
      return i > 0 && count > MOST;
    });
    return pending.splice(0, fits < 0 ? pending.length : fits);
  }

  async function together(group: Pending[]): Promise<void> {
    if (group.length === 0) return;
    try {
      const changed = await commit(group.flatMap(({ statements }) => statements));
      let from = 0;
      for (const { statements, resolve } of group) {
        resolve(changed.slice(from, from + statements.length));
        from += statements.length;
      }
    } catch (error) {
      const culprit = culpritOf(group, error);
      // Nothing was written: where one statement is at fault, its write alone fails.
      for (const one of culprit ? [culprit] : group) one.reject(error);
      if (culprit) await together(group.filter((one) => one !== culprit));
    }
  }

  return { write, flush };
}

function culpritOf(group: readonly Pending[], error: unknown): Pending | undefined {
  if (!(error instanceof LibsqlBatchError)) return undefined;
  let behind = 0;
  return group.find(({ statements }) => {
    behind += statements.length;
    return error.statementIndex < behind;
  });
}
