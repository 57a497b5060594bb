/** The page's own files, read once at the start: what is not in the folder cannot be asked for. Knows nothing of what is in them. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Context } from 'hono';

export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  type: string;
  etag: string;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
};

/** File name → file. */
export async function readAssets(folder: URL): Promise<Map<string, Asset>> {
  const assets = new Map<string, Asset>();
  for (const name of await readdir(folder)) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const body = new Uint8Array(await readFile(new URL(name, folder)));
    assets.set(name, { body, type, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"` });
  }
  return assets;
}

/** Answers with the file, 304 when the browser has it, 404 when there is none. */
export function sendAsset(c: Context, asset: Asset | undefined): Response {
  if (asset === undefined) return c.json({ notice: 'there is no such file' }, 404);
  const headers = { ETag: asset.etag, 'Cache-Control': 'no-cache' };
  if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers);
  return c.body(asset.body, 200, { ...headers, 'Content-Type': asset.type });
}
