#!/usr/bin/env node
// The `rounds` command without a build: tsx reads the TypeScript as it is, on Node 20 and on newer ones.
import { register } from 'tsx/esm/api';

register();
const { rounds } = await import('./cli.ts');
await rounds(process.argv.slice(2));
