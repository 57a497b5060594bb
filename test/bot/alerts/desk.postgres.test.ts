/** The alert desk's and the handover's own tests once more, as a plant of several processes has them: PostgreSQL, and BullMQ on Redis. */
import { it } from 'vitest';
import { describeWith } from '../services.ts';

process.env.TEST_STORE = 'postgres';
process.env.TEST_QUEUE = 'redis';
if (process.env.TEST_DATABASE_URL && process.env.TEST_REDIS_URL) {
  await import('./desk.test.ts');
  await import('./handover.test.ts');
} else {
  describeWith(['TEST_DATABASE_URL', 'TEST_REDIS_URL'], 'alerts on PostgreSQL and Redis', () =>
    it.skip('as desk.test.ts and handover.test.ts'),
  );
}
