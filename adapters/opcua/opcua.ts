/**
 * Alarms and conditions of an OPC UA server (Part 9), by a subscription to its events: read only. Acknowledging and
 * shelving call the server's methods, and only where the configuration allows it; nothing else is ever written or called.
 * After a lost connection the server is asked for all conditions that it retains.
 */
import { OPCUACertificateManager } from 'node-opcua-certificate-manager';
import {
  AttributeIds,
  acknowledgeCondition,
  type ClientSession,
  type ClientSubscription,
  callConditionRefresh,
  constructEventFilter,
  DataType,
  MessageSecurityMode,
  OPCUAClient,
  ofType,
  resolveNodeId,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
  UserTokenType,
  type Variant,
} from 'node-opcua-client';
import type { Alert, AlertDoor, AlertSource, Priority } from '../../bot/types.ts';
import { NotYet, RoundsError } from '../../models/errors.ts';
import { alertOf } from '../shared/alert.ts';

export interface OpcuaOptions {
  name: string;
  /** `opc.tcp://server:4840` */
  endpoint: string;
  user?: string | undefined;
  password?: string | undefined;
  security: 'None' | 'Sign' | 'SignAndEncrypt';
  /** What is watched: a node that notifies of events. `i=2253` is the server itself. */
  node: string;
  /** Least severity (1–1000) of each priority; below is low. */
  severities: { critical: number; high: number; medium: number };
  acknowledge: boolean;
  shelve: boolean;
  /** Folder of our certificate (`own`) and of those of servers: `trusted/certs`, and `rejected` where nobody has looked yet. */
  certificates: string;
  /** Tries of the first connection. Default 3. */
  connectRetries?: number;
  /** Until it is tried again to connect. Default 10,000. */
  retryMs?: number;
  logger?: { warn(details: object, message: string): void };
}

/** What is asked of every event; paths of Part 9's types. */
const FIELDS = [
  'EventId',
  'EventType',
  'SourceName',
  'SourceNode',
  'Time',
  'Message',
  'Severity',
  'ConditionId',
  'ConditionName',
  'BranchId',
  'Retain',
  'EnabledState.Id',
  'ActiveState.Id',
  'SuppressedState.Id',
  'OutOfServiceState.Id',
] as const;
type Field = (typeof FIELDS)[number];
type Event = ReadonlyMap<Field, unknown>;

const STORE_RETRY_MS = 1000;
/** What the server retains comes with the notifications after a refresh: half a second each. */
const REFRESH_MS = 10_000;
/** Trust is given while we wait; what stands in the configuration must be mended there. */
const REFUSED = /BadUserAccessDenied|BadIdentityToken|BadSecurityMode|BadSecurityPolicy/;
/** Methods of Part 9's ShelvedStateMachineType. */
const SHELVING = { TimedShelve: 'ns=0;i=2949', Unshelve: 'ns=0;i=2947' };

export function opcuaSource(options: OpcuaOptions): AlertSource {
  const { name, endpoint, logger, retryMs = 10_000 } = options;
  let client: OPCUAClient | undefined;
  let session: ClientSession | undefined;
  let subscription: ClientSubscription | undefined;
  let trouble: string | null = 'not connected yet';
  let stopping = false;
  let retry: NodeJS.Timeout | undefined;
  /** It could not connect at the start, and tries for as long as it takes. */
  let waiting = false;
  /** Of each condition, what acknowledging needs: its node and its newest event. */
  const newest = new Map<string, { conditionId: string; eventId: Buffer }>();
  /** By then the server has told of all that it retains. Milliseconds since 1970. */
  let knowsAllAt = Number.POSITIVE_INFINITY;
  /** Events are stored one after the other, in the order in which they came. */
  let storing = Promise.resolve();

  async function connect(door: AlertDoor): Promise<void> {
    const opened = OPCUAClient.create({
      applicationName: 'Rounds',
      clientName: `rounds-${name}`,
      securityMode: MessageSecurityMode[options.security],
      securityPolicy: options.security === 'None' ? SecurityPolicy.None : SecurityPolicy.Basic256Sha256,
      // A server that nobody has vouched for may be anyone.
      clientCertificateManager: new OPCUACertificateManager({
        rootFolder: options.certificates,
        automaticallyAcceptUnknownCertificate: options.security === 'None',
      }),
      endpointMustExist: false,
      keepSessionAlive: true,
      connectionStrategy: { initialDelay: 500, maxDelay: 10_000, maxRetry: options.connectRetries ?? 3 },
    });
    client = opened;
    opened.on('connection_lost', () => {
      trouble = 'the connection to the server was lost: trying again';
    });
    opened.on('connection_reestablished', () => {
      trouble = null;
      void refresh();
    });
    await opened.connect(endpoint);
    session = await opened.createSession(
      options.user === undefined
        ? { type: UserTokenType.Anonymous }
        : { type: UserTokenType.UserName, userName: options.user, password: options.password ?? '' },
    );
    session.on('session_restored', () => void refresh());
    subscription = await session.createSubscription2({
      requestedPublishingInterval: 500,
      requestedLifetimeCount: 1000,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 1000,
      publishingEnabled: true,
      priority: 1,
    });
    const item = await subscription.monitor(
      { nodeId: resolveNodeId(options.node), attributeId: AttributeIds.EventNotifier },
      {
        samplingInterval: 0,
        discardOldest: false,
        queueSize: 10_000,
        filter: constructEventFilter([...FIELDS], ofType(resolveNodeId('ConditionType'))),
      },
      TimestampsToReturn.Both,
    );
    item.on('changed', (values: Variant[]) => {
      const event: Event = new Map(FIELDS.map((field, i) => [field, values[i]?.value as unknown]));
      const alert = alertOfEvent(event);
      if (alert) storing = storing.then(() => store(door, alert));
    });
    trouble = null;
    await refresh();
  }

  /** The server tells again of every condition that it retains. */
  async function refresh(): Promise<void> {
    if (!session || !subscription) return;
    knowsAllAt = Number.POSITIVE_INFINITY;
    try {
      await callConditionRefresh(session, subscription.subscriptionId);
    } catch (error) {
      if (!/BadNothingToDo/.test(String(error))) {
        logger?.warn({ error, source: name }, '[opcua] the server does not tell of conditions that were there before');
      }
    }
    knowsAllAt = Date.now() + REFRESH_MS;
  }

  async function store(door: AlertDoor, alert: Alert): Promise<void> {
    while (!stopping) {
      try {
        await door.handleAlerts([alert]);
        return;
      } catch (error) {
        trouble = `alerts cannot be stored (${(error as Error).message}): trying again`;
        await new Promise((resolve) => setTimeout(resolve, STORE_RETRY_MS));
      }
    }
  }

  function alertOfEvent(event: Event): Alert | undefined {
    const conditionId = textOf(event.get('ConditionId'));
    // Branches are earlier turns that still want a hand; the condition itself says what is the case now.
    if (!conditionId || conditionId === 'ns=0;i=0' || !isNull(event.get('BranchId'))) return undefined;
    const eventId = event.get('EventId');
    const condition = textOf(event.get('ConditionName')) || 'condition';
    if (Buffer.isBuffer(eventId)) newest.set(fingerprintOf(conditionId, condition), { conditionId, eventId });
    const time = event.get('Time');
    return alertOf({
      source: name,
      id: Buffer.isBuffer(eventId) ? `${conditionId}/${eventId.toString('hex')}` : undefined,
      fingerprint: `${conditionId}/${condition}`,
      // Some servers give the browse name with its namespace.
      tag: textOf(event.get('SourceName')).replace(/^\d+:/, ''),
      condition,
      priority: priorityOfSeverity(Number(event.get('Severity') ?? 0)),
      status: statusOf(event),
      text: textOf(event.get('Message')),
      at: time instanceof Date ? time.toISOString() : undefined,
    });
  }

  function priorityOfSeverity(severity: number): Priority {
    const { critical, high, medium } = options.severities;
    if (severity >= critical) return 'critical';
    if (severity >= high) return 'high';
    return severity >= medium ? 'medium' : 'low';
  }

  /** As alertOf makes a fingerprint of what is given. */
  function fingerprintOf(conditionId: string, condition: string): string {
    return alertOf({
      ...{ source: name, fingerprint: `${conditionId}/${condition}`, tag: '', condition: 'x' },
      ...{ priority: 'low', status: 'normal' },
    }).fingerprint;
  }

  /** What calling a method of a condition needs. Throws a NotYet while the server is away or has not told of it yet. */
  function conditionOf(fingerprint: string): { session: ClientSession; conditionId: string; eventId: Buffer } {
    if (!session || trouble !== null) throw new NotYet(`[${name}] ${trouble ?? 'not connected'}`);
    const known = newest.get(fingerprint);
    if (known) return { session, ...known };
    const unknown = `[${name}] the condition is not known`;
    if (Date.now() < knowsAllAt) throw new NotYet(`${unknown} yet`);
    throw new RoundsError('opcua', `${unknown} any more`);
  }

  /** Whether it was carried out is not known where there is no answer: twice does no harm. */
  function unanswered(cause: Error): never {
    throw new NotYet(`[${name}] the server gives no answer: ${cause.message.split('\n')[0]}`, { cause });
  }

  async function acknowledge(fingerprint: string, comment: string): Promise<void> {
    const { session, conditionId, eventId } = conditionOf(fingerprint);
    const status = await acknowledgeCondition(session, conditionId, eventId, comment).catch(unanswered);
    // It was acknowledged there before.
    if (status.isGood() || status.equals(StatusCodes.BadConditionBranchAlreadyAcked)) return;
    // Its newer event is on its way to us.
    if (status.equals(StatusCodes.BadEventIdUnknown)) throw new NotYet(`[${name}] the condition has just changed`);
    throw new RoundsError('opcua', `[${name}] the server does not take the acknowledgement: ${status.name}`);
  }

  /** `minutes` null: takes it off the shelf. */
  async function shelve(fingerprint: string, minutes: number | null): Promise<void> {
    const { session, conditionId } = conditionOf(fingerprint);
    const method = await shelvingOf(session, conditionId, minutes === null ? 'Unshelve' : 'TimedShelve').catch(
      unanswered,
    );
    const inputArguments = minutes === null ? [] : [{ dataType: DataType.Double, value: minutes * 60_000 }];
    const [result] = await session.call([{ ...method, inputArguments }]).catch(unanswered);
    const status = result?.statusCode;
    // Its time was over there already, or it lies on the shelf since the call before whose answer was lost.
    const done = minutes === null ? StatusCodes.BadConditionNotShelved : StatusCodes.BadConditionAlreadyShelved;
    if (status?.isGood() || status?.equals(done)) return;
    throw new RoundsError('opcua', `[${name}] the server does not shelve: ${status?.name ?? 'no answer'}`);
  }

  return {
    name,
    alone: true,

    async start(door) {
      if (!waiting) stopping = false;
      try {
        await connect(door);
      } catch (cause) {
        await client?.disconnect().catch(() => {});
        trouble = explained(cause as Error, options.certificates);
        // A server that refuses us is said at the start; one that is away is waited for.
        const refused = REFUSED.test(String(cause));
        if (refused && !waiting) throw new RoundsError('opcua', `[${name}] ${endpoint}: ${trouble}`, { cause });
        logger?.warn({ error: cause, source: name }, `[opcua] ${trouble}`);
        // A wrong password that is tried for ever may lock the account.
        if (refused || stopping) return;
        waiting = true;
        retry = setTimeout(() => void this.start(door), retryMs);
      }
    },

    async stop() {
      stopping = true;
      waiting = false;
      clearTimeout(retry);
      await subscription?.terminate().catch(() => {});
      await session?.close().catch(() => {});
      await client?.disconnect().catch(() => {});
      subscription = undefined;
      session = undefined;
      client = undefined;
    },

    problem: () => (trouble === null ? null : `[${name}] ${trouble}`),
    ...(options.acknowledge ? { acknowledge: (fingerprint, _by, comment) => acknowledge(fingerprint, comment) } : {}),
    ...(options.shelve
      ? {
          shelve: (fingerprint, minutes) => shelve(fingerprint, minutes),
          unshelve: (fingerprint) => shelve(fingerprint, null),
        }
      : {}),
  };
}

function statusOf(event: Event): Alert['status'] {
  if (event.get('EnabledState.Id') === false || event.get('OutOfServiceState.Id') === true) return 'out of service';
  if (event.get('SuppressedState.Id') === true) return 'suppressed';
  // A condition that is no alarm has no active state: it is the case while it is retained.
  return (event.get('ActiveState.Id') ?? event.get('Retain')) === true ? 'active' : 'normal';
}

/** The condition's own shelving method, or the type's on the condition where the server shows no more of it (Part 9, 5.8.17). */
async function shelvingOf(
  session: ClientSession,
  conditionId: string,
  method: keyof typeof SHELVING,
): Promise<{ objectId: string; methodId: string }> {
  const child = async (nodeId: string, name: string) => {
    const { references } = await session.browse({ nodeId, resultMask: 63 });
    return references?.find(({ browseName }) => browseName.name === name)?.nodeId.toString();
  };
  const state = await child(conditionId, 'ShelvingState');
  if (!state) return { objectId: conditionId, methodId: SHELVING[method] };
  return { objectId: state, methodId: (await child(state, method)) ?? SHELVING[method] };
}

/** Texts, localized texts and node ids. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object' && 'text' in value) return String(value.text ?? '');
  return String(value);
}

function isNull(branch: unknown): boolean {
  const text = textOf(branch);
  return text === '' || text === 'ns=0;i=0';
}

function explained(error: Error, certificates: string): string {
  const { message } = error;
  if (/BadUserAccessDenied|BadIdentityToken/.test(message)) return 'the server refuses user and password: check them';
  if (/server Certificate verification failed/.test(message)) {
    return `the server's certificate is not trusted: see that it is the server's own, then move it from ${certificates}/rejected to ${certificates}/trusted/certs`;
  }
  if (/BadCertificate|BadSecurity/.test(message)) {
    return 'the server does not trust our certificate: trust it there, or mend security (None, Sign, SignAndEncrypt)';
  }
  if (/ECONNREFUSED|ENOTFOUND|aborted|timeout/i.test(message))
    return `no answer (${message.split('\n')[0]}): check the address`;
  return message.split('\n')[0] ?? 'error';
}
