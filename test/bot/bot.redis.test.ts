/** The door's own tests once more, with BullMQ on Redis. */
import { it } from 'vitest';
import { describeWith } from './services.ts';

process.env.TEST_QUEUE = 'redis';
if (process.env.TEST_REDIS_URL) await import('./bot.test.ts');
else describeWith(['TEST_REDIS_URL'], 'the door with BullMQ on Redis', () => it.skip('as bot.test.ts'));
