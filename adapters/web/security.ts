/**
 * What keeps other web pages out of a server that trusts everyone at this machine. A page elsewhere can make a browser
 * send requests here (cross-site request forgery) or point a name of its own at 127.0.0.1 (DNS rebinding): so the name
 * asked for and the page asking are checked before anything else. Knows nothing of what the routes do.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import type { MiddlewareHandler } from 'hono';

/** Everything comes from this server; trusted types make `innerHTML` an error rather than a hole. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export const securityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  c.header('X-Content-Type-Options', 'nosniff');
  c.header('X-Frame-Options', 'DENY');
  c.header('Referrer-Policy', 'no-referrer');
  c.header('Cross-Origin-Opener-Policy', 'same-origin');
  c.header('Cross-Origin-Resource-Policy', 'same-origin');
  c.header('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
};

/** Refuses a request that names a host we are not, or that another site's page has made. */
export function sameMachine(bound: string, allowed: readonly string[]): MiddlewareHandler {
  const names = new Set([bound, ...allowed].map(bare));
  return async function sameMachine(c, next) {
    const host = c.req.header('host') ?? '';
    if (!isOurs(nameIn(host), bound, names)) {
      return c.json(
        { notice: 'this address is not one of this bot: open it by the address it printed at its start' },
        403,
      );
    }
    const origin = c.req.header('origin');
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
      return c.json({ notice: 'requests from other sites are refused' }, 403);
    }
    const site = c.req.header('sec-fetch-site');
    const navigation = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate' && c.req.path === '/';
    if (site !== undefined && site !== 'same-origin' && site !== 'none' && !navigation) {
      return c.json({ notice: 'requests from other sites are refused' }, 403);
    }
    await next();
  };
}

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

/**
 * A rebinding page has a name, never a number: so a server that listens beyond loopback answers to any IP address, to
 * its own host name and to the names allowed; one on loopback only to loopback's.
 */
function isOurs(name: string | undefined, bound: string, names: ReadonlySet<string>): boolean {
  if (name === undefined) return false;
  if (names.has(name) || isLoopback(name)) return true;
  return !isLoopback(bound) && (isIP(name) !== 0 || name === hostname().toLowerCase());
}

function nameIn(host: string): string | undefined {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return bare(new URL(`http://${host}`).hostname);
}

const bare = (host: string) => host.toLowerCase().replace(/^\[|\]$/g, '');
