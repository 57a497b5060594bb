/**
 * The peer's rate limits, as Discord documents them: a bucket a route and channel with `X-RateLimit-*` headers on every
 * answer, one global bucket a second, and a 429 with `retry_after` for whoever goes on. Whoever sends again before
 * `retry_after` has passed is written down.
 */

export interface Limits {
  /** Requests a second over all routes; the callbacks of interactions do not count. */
  globalPerSecond: number;
  /** Requests per `windowMs` of each bucket, by its name; `*` for every other. */
  buckets: Readonly<Record<string, { limit: number; windowMs: number }>>;
}

export const DISCORD_LIMITS: Limits = {
  globalPerSecond: 50,
  buckets: {
    'POST /channels/:id/messages': { limit: 5, windowMs: 5000 },
    'PATCH /channels/:id/messages/:id': { limit: 5, windowMs: 5000 },
    'POST /channels/:id/typing': { limit: 5, windowMs: 5000 },
    'POST /channels/:id/messages/:id/threads': { limit: 50, windowMs: 300_000 },
    webhook: { limit: 5, windowMs: 2000 },
    '*': { limit: 50, windowMs: 1000 },
  },
};

export interface Verdict {
  headers: Record<string, string>;
  /** Set when the request is turned away. */
  refused?: { message: string; retry_after: number; global: boolean };
}

export function rateLimits(limits: Limits) {
  const buckets = new Map<string, { left: number; resetAt: number; closedUntil: number }>();
  const broken: string[] = [];
  let global = { left: limits.globalPerSecond, resetAt: 0 };

  /** `name`: the route's bucket; `major`: what it is kept apart by. */
  function take(name: string, major: string, interaction: boolean): Verdict {
    const now = Date.now();
    const { limit, windowMs } = limits.buckets[name] ?? limits.buckets['*']!;
    const key = `${name} ${major}`;
    let bucket = buckets.get(key);
    if (!bucket || (bucket.resetAt <= now && bucket.closedUntil <= now)) {
      bucket = { left: limit, resetAt: now + windowMs, closedUntil: 0 };
      buckets.set(key, bucket);
    }
    if (global.resetAt <= now) global = { left: limits.globalPerSecond, resetAt: now + 1000 };
    if (!interaction && global.left <= 0) {
      broken.push(`${key}: more than ${limits.globalPerSecond} requests a second`);
      return refuse((global.resetAt - now) / 1000, 'global', {});
    }
    if (!interaction) global.left -= 1;
    const headers = {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Bucket': `peer-${name.replace(/\W+/g, '-').toLowerCase()}`,
    };
    const until = Math.max(bucket.closedUntil, bucket.left > 0 ? 0 : bucket.resetAt);
    if (until > now) {
      broken.push(`${key}: ${bucket.closedUntil > now ? 'before retry_after had passed' : 'bucket empty'}`);
      return refuse((until - now) / 1000, 'user', headers);
    }
    bucket.left -= 1;
    return {
      headers: {
        ...headers,
        'X-RateLimit-Remaining': String(bucket.left),
        'X-RateLimit-Reset': String(bucket.resetAt / 1000),
        'X-RateLimit-Reset-After': ((bucket.resetAt - now) / 1000).toFixed(3),
      },
    };
  }

  /** From now on the bucket answers 429 for so long, whatever was left: as Discord does of its own accord. */
  function close(name: string, major: string, forMs: number): Verdict {
    const { limit } = limits.buckets[name] ?? limits.buckets['*']!;
    const until = Date.now() + forMs;
    buckets.set(`${name} ${major}`, { left: limit, resetAt: until, closedUntil: until });
    return refuse(forMs / 1000, 'shared', {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Bucket': `peer-${name.replace(/\W+/g, '-').toLowerCase()}`,
    });
  }

  return { take, close, broken };
}

function refuse(seconds: number, scope: 'user' | 'global' | 'shared', headers: Record<string, string>): Verdict {
  const after = Math.max(0.001, seconds);
  return {
    headers: {
      ...headers,
      'Retry-After': String(Math.ceil(after * 1000) / 1000),
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': String(Date.now() / 1000 + after),
      'X-RateLimit-Reset-After': after.toFixed(3),
      'X-RateLimit-Scope': scope,
      ...(scope === 'global' ? { 'X-RateLimit-Global': 'true' } : {}),
    },
    refused: { message: 'You are being rate limited.', retry_after: after, global: scope === 'global' },
  };
}
