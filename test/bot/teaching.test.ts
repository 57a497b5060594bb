/** What leaves for a teacher is on disk before it leaves, and the day's limit holds over restarts and between processes. */
import { describe, expect, it } from 'vitest';
import type { Database } from '../../bot/store/database.ts';
import { openPostgres } from '../../bot/store/postgres.ts';
import { sqlStore } from '../../bot/store/store.ts';
import { teachingLedger } from '../../bot/store/teaching.ts';
import type { AuditEntry } from '../../bot/types.ts';
import { memoryLedger } from '../../models/teacher/ledger.ts';
import type { Ledger } from '../../models/teacher/types.ts';
import { openDatabase } from './database.ts';
import { afterwards, temporaryFolder } from './fixture.ts';
import { describeWith, temporarySchema } from './services.ts';

const departure = (id: string) => ({
  id,
  teacher: 'openai:x',
  destination: 'https://api.openai.com',
  text: '[{"role":"user","content":"ask [PERSON_1]"}]',
  taken: { PERSON: 1 },
});
const tokens = (n: number, micros = 0) => ({ tokens: n, micros });
const LIMIT = { tokens: 1000, micros: 500 };

function ledgerContract(name: string, make: (clock: () => Date) => Promise<Ledger>): void {
  describe(`ledger ${name}`, () => {
    it('books up to the limit and not past it, in tokens and in money', async () => {
      const ledger = await make(() => new Date('2026-11-21T23:00:00Z'));
      expect(await ledger.book(departure('a'), tokens(600, 100), LIMIT)).toEqual({ kind: 'booked' });
      expect(await ledger.book(departure('b'), tokens(401), LIMIT)).toMatchObject({
        kind: 'over',
        spent: { tokens: 600 },
      });
      expect(await ledger.book(departure('c'), tokens(100, 401), LIMIT)).toMatchObject({ kind: 'over' });
      expect(await ledger.book(departure('d'), tokens(400, 400), LIMIT)).toEqual({ kind: 'booked' });
      expect(await ledger.book(departure('e'), tokens(1), LIMIT)).toMatchObject({ kind: 'over' });
      expect(await ledger.book(departure('f'), tokens(1), {})).toEqual({ kind: 'booked' });
    });

    it('puts what it did cost in place of what was booked, and counts calls and failures', async () => {
      const ledger = await make(() => new Date('2026-11-21T23:00:00Z'));
      await ledger.book(departure('a'), tokens(900, 90), LIMIT);
      await ledger.book(departure('b'), tokens(100, 10), LIMIT);
      await ledger.settle('a', tokens(50, 5), 'answered');
      expect(await ledger.today()).toEqual({ tokens: 150, micros: 15, calls: 2, failures: 0 });
      await ledger.settle('b', tokens(0), '429: too many requests');
      expect(await ledger.today()).toEqual({ tokens: 50, micros: 5, calls: 2, failures: 1 });
    });

    it('begins anew with the day', async () => {
      let now = new Date('2026-11-21T23:59:00Z');
      const ledger = await make(() => now);
      await ledger.book(departure('a'), tokens(1000), LIMIT);
      now = new Date('2026-11-22T00:01:00Z');
      expect(await ledger.book(departure('b'), tokens(1000), LIMIT)).toEqual({ kind: 'booked' });
      // Of yesterday, but it ends today.
      await ledger.settle('a', tokens(1), 'answered');
      expect(await ledger.today()).toMatchObject({ tokens: 1000, calls: 1 });
    });
  });
}

function durableLedger(open: (again: boolean) => Promise<Database>): void {
  it('keeps both over a restart: what was spent, and what left and was held back, as audit entries', async () => {
    const clock = () => new Date('2026-11-21T12:00:00Z');
    const first = await open(false);
    const ledger = teachingLedger(first, clock);
    await ledger.book(departure('a'), tokens(700), LIMIT);
    expect((await ledger.book(departure('b'), tokens(700), LIMIT)).kind).toBe('over');
    const again = await open(true);
    expect((await teachingLedger(again, clock).book(departure('c'), tokens(301), LIMIT)).kind).toBe('over');
    const entries: AuditEntry[] = [];
    for await (const entry of sqlStore({ database: again }).export('audit')) entries.push(entry as AuditEntry);
    expect(entries).toMatchObject([
      {
        what: 'sent to teacher',
        target: 'openai:x at https://api.openai.com',
        before: 'held back: 1 PERSON',
        after: departure('a').text,
        at: '2026-11-21T12:00:00.000Z',
      },
    ]);
  });

  it('lets no two at once pass the limit together', async () => {
    const databases = [await open(false), await open(true)];
    const booked = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        teachingLedger(databases[i % 2]!).book(departure(`${i}`), tokens(100), LIMIT),
      ),
    );
    expect(booked.filter(({ kind }) => kind === 'booked')).toHaveLength(10);
  });
}

ledgerContract('in memory', async (clock) => memoryLedger(clock));

const embedded = async (dataDir: string): Promise<Database> => {
  const database = await openDatabase({ dataDir });
  afterwards(() => database.close());
  return database;
};
ledgerContract('on libsql', async (clock) => teachingLedger(await embedded(await temporaryFolder()), clock));
describe('durable ledger on libsql', () => {
  let folder = '';
  durableLedger(async (again) => {
    if (!again) folder = await temporaryFolder();
    return embedded(folder);
  });
});

describeWith(['TEST_DATABASE_URL'], 'on PostgreSQL', () => {
  let url = '';
  const open = async (again: boolean): Promise<Database> => {
    if (!again) url = await temporarySchema();
    const database = await openPostgres({ url });
    afterwards(() => database.close());
    return database;
  };
  ledgerContract('on PostgreSQL', async (clock) => teachingLedger(await open(false), clock));
  durableLedger(open);
});
