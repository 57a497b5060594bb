/** The door's own tests once more, with store and BullMQ on PostgreSQL. */
import { it } from 'vitest';
import { describeWith } from './services.ts';

process.env.TEST_STORE = 'postgres';
process.env.TEST_QUEUE = 'postgres';
if (process.env.TEST_DATABASE_URL) await import('./bot.test.ts');
else describeWith(['TEST_DATABASE_URL'], 'the door on PostgreSQL', () => it.skip('as bot.test.ts'));
