/**
 * `npm run load:channels [-- --events N --seconds S --only NAME]`: 500 events in ten seconds on each platform while the
 * student works. The last line is one JSON object with the figures of each. Exit 1 when an acknowledgement took a second
 * or more (99th percentile), an event was lost or answered twice, or a rate limit of the peer was broken.
 */
import { parseArgs } from 'node:util';
import type { Load, Loader } from './load.ts';
import { loadDiscord } from './load-discord.ts';
import { loadSlack } from './load-slack.ts';

const LOADERS: Record<string, Loader> = { slack: loadSlack, discord: loadDiscord };
const ACKNOWLEDGED_WITHIN_MS = 1000;

const { values } = parseArgs({
  options: { events: { type: 'string' }, seconds: { type: 'string' }, only: { type: 'string' } },
});
const names = Object.keys(LOADERS).filter((name) => values.only === undefined || name === values.only);
const [events, seconds] = [Number(values.events ?? 500), Number(values.seconds ?? 10)];
if (names.length === 0 || !(events >= 1) || !(seconds > 0)) {
  process.stderr.write(`load:channels: give --events N, --seconds S, --only ${Object.keys(LOADERS).join('|')}\n`);
  process.exit(2);
}

const figures: Record<string, Load> = {};
for (const name of names) {
  process.stderr.write(`${name}: ${events} events in ${seconds} s …\n`);
  figures[name] = await LOADERS[name]!({ events, overMs: seconds * 1000 });
}
const kept = Object.values(figures).every(
  ({ acknowledgedP99Ms, lost, duplicated, rateLimitViolations }) =>
    acknowledgedP99Ms < ACKNOWLEDGED_WITHIN_MS && lost + duplicated + rateLimitViolations === 0,
);
process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(kept ? 0 : 1);
