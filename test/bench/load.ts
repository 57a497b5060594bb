/** What `npm run load:channels` measures of a platform. No code. */

export interface Load {
  events: number;
  /** From the event's leaving the platform to its acknowledgement, as the platform counts it. */
  acknowledgedP99Ms: number;
  /** Where the platform acknowledges only some events: the first reply to the others. */
  firstReplyP99Ms?: number;
  /** Events with their final reply when the measuring ended. */
  answered: number;
  /** Events whose reply says how many are before them, or what is being done. */
  toldToWait: number;
  /** Events with neither. */
  lost: number;
  /** Events with more than one reply, replies with no event. */
  duplicated: number;
  rateLimitViolations: number;
}

/** Sends `events` events over `overMs` to the whole bot on the platform's local peer. */
export type Loader = (options: { events: number; overMs: number }) => Promise<Load>;
