/**
 * First file of every worker thread: registers the TypeScript loader, then goes on with the file it was given. Plain
 * JavaScript because Node 20 does not apply an `--import` loader to a thread's own first file.
 */
import { register } from 'tsx/esm/api';

register();
await import(process.argv[2]);
