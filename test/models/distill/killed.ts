/** A training process that is there to be killed: says each step, saves after each. */
import { train } from '../../../models/distill/train.ts';
import { tiny } from './tiny.ts';

await train({
  ...tiny,
  runFolder: process.argv[2]!,
  checkpointEveryS: 0,
  progressEveryS: 0,
  onEvent: (event) => event.kind === 'progress' && console.log(`step ${event.step}`),
});
