/**
 * The same delivery twice, while the first is still on its way, waits for the first and shares its receipt. What was
 * stored before is recognised by the store; this only keeps two at once from being judged twice.
 */
import type { Receipt } from '../types.ts';
import type { DoorMiddleware } from './context.ts';

export function dedupe(): DoorMiddleware {
  const underway = new Map<string, Promise<Receipt | undefined>>();
  return async function dedupe(incoming, next) {
    const { message } = incoming;
    const key = JSON.stringify([message.place.adapter, message.id]);
    const first = underway.get(key);
    if (first) {
      const receipt = await first;
      if (receipt) {
        incoming.receipt = receipt.kind === 'accepted' ? { ...receipt, kind: 'duplicate' } : receipt;
        return;
      }
    }
    let settle: (receipt: Receipt | undefined) => void = () => {};
    underway.set(key, new Promise((resolve) => (settle = resolve)));
    try {
      await next();
    } finally {
      underway.delete(key);
      settle(incoming.receipt);
    }
  };
}
