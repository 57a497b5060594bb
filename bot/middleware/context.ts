/** What flows through the door's middleware: one message on its way to the store. No code. */
import type { Command } from '../commands/parse.ts';
import type { Middleware } from '../compose.ts';
import type { Message, Receipt, Role } from '../types.ts';

export interface Incoming {
  readonly message: Message;
  /** What the text asks for. */
  readonly command: Command;
  readonly roles: readonly Role[];
  /** Set by whoever ends the way; without one the message is turned away. */
  receipt?: Receipt;
  /** What the audit log shall keep of this message. */
  readonly notes: AuditNote[];
}

export interface AuditNote {
  what: string;
  target: string;
  before: string;
  after: string;
  allowed: boolean;
}

export type DoorMiddleware = Middleware<Incoming>;
