/** Who may import whom (docs/architecture.md): models nothing of ours but models, chains the models, adapters the seams. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const MAY: Record<string, RegExp> = {
  models: /^models\//,
  chains: /^(chains|models)\//,
  // A channel knows messages and replies, and the one error; besides, its own folder.
  adapters: /^(adapters\/|bot\/types\.ts$|models\/errors\.ts$)/,
  // files.ts knows nothing of models: hashes, and how a file is written whole.
  bot: /^(bot|chains\/types\.ts$|models\/(errors|files)\.ts$|models\/(student|teacher|knowledge)\/types\.ts$)/,
};
/** The wiring may import everything. */
const WIRING = /^bot\/(main\.ts|cli\.ts|serving\.ts|(?:cli|serving)\/.*)$/;
/** LangChain stays inside these. */
const LANGCHAIN = /^(chains|models\/teacher)\//;

const files = Object.keys(MAY).flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(folder, file)),
);

it.each(Object.keys(MAY))('%s has files to look at', (folder) => {
  expect(files.filter((file) => file.startsWith(`${folder}/`)).length).toBeGreaterThan(0);
});

it.each(files)('%s', (file) => {
  const allowed = WIRING.test(file) ? /./ : MAY[file.split('/')[0]!]!;
  const source = readFileSync(join(ROOT, file), 'utf8');
  for (const [, specifier] of source.matchAll(
    /(?:^|\n)(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/g,
  )) {
    if (specifier?.startsWith('.')) expect(relative(ROOT, join(ROOT, dirname(file), specifier))).toMatch(allowed);
    if (/^(@langchain\/|langchain$)/.test(specifier ?? '')) expect(file).toMatch(LANGCHAIN);
  }
});
