/** What is looked up for Prometheus at each scrape: what the store holds and owes, how channels are, who serves. */
import type { Looked } from './metrics.ts';
import type { Database } from './store/database.ts';
import type { Adapter, Queue, Status, Store } from './types.ts';

export interface NumbersParts {
  database: Pick<Database, 'rows'>;
  store: Pick<Store, 'counts'>;
  queue: Pick<Queue, 'counts'>;
  adapters: readonly Adapter[];
  student: () => Status['student'];
}

export function numbersOf({ database, store, queue, adapters, student }: NumbersParts): Looked[] {
  const counted = async (sql: string, label: string) =>
    (await database.rows(sql)).map((row) => ({ value: Number(row.count), labels: { [label]: String(row.label) } }));
  return [
    {
      ...{ name: 'rounds_queue_jobs', help: 'Questions waiting and in work, of all processes', labels: ['state'] },
      read: async () => Object.entries(await queue.counts()).map(([state, value]) => ({ value, labels: { state } })),
    },
    {
      ...{ name: 'rounds_queue_given_up', help: 'Questions given up after failing again and again' },
      read: async () => [{ value: await one(database, "SELECT COUNT(*) AS count FROM jobs WHERE state = 'dead'") }],
    },
    {
      ...{ name: 'rounds_deliveries_waiting', help: 'Final replies that wait to be shown', labels: ['adapter'] },
      read: () =>
        counted(
          "SELECT kind AS label, COUNT(*) AS count FROM deliveries WHERE state = 'waiting' GROUP BY kind",
          'adapter',
        ),
    },
    {
      ...{
        name: 'rounds_replies_unshown',
        help: 'Final replies that their channel did not take, to be tried at the next start',
      },
      read: async () => [{ value: await one(database, 'SELECT COUNT(*) AS count FROM unshown') }],
    },
    {
      ...{
        name: 'rounds_store_rows',
        help: 'What the store holds: exchanges, flags and corrections in force, questions open to people',
      },
      labels: ['kind'],
      read: async () => Object.entries(await store.counts()).map(([kind, value]) => ({ value, labels: { kind } })),
    },
    {
      ...{ name: 'rounds_alerts', help: 'Alerts stored and not yet worked off, and cards open', labels: ['state'] },
      read: async () => [
        {
          labels: { state: 'stored' },
          value: await one(database, "SELECT COUNT(*) AS count FROM alert_log WHERE kind = 'alert'"),
        },
        {
          labels: { state: 'waiting' },
          value: await one(database, 'SELECT COUNT(*) AS count FROM alert_log WHERE handled = 0'),
        },
        {
          labels: { state: 'open' },
          value: await one(database, 'SELECT COUNT(*) AS count FROM alert_cards WHERE live = 1'),
        },
      ],
    },
    {
      ...{ name: 'rounds_alert_rejections', help: 'Deliveries of alerts that were turned away', labels: ['source'] },
      read: () =>
        counted('SELECT source AS label, SUM(count) AS count FROM alert_rejections GROUP BY source', 'source'),
    },
    {
      ...{ name: 'rounds_channel_up', help: '1 while the channel says that it is well', labels: ['adapter'] },
      read: async () =>
        adapters.map((adapter) => ({
          value: (adapter.health?.().ok ?? true) ? 1 : 0,
          labels: { adapter: adapter.name },
        })),
    },
    {
      ...{ name: 'rounds_student_info', help: 'The student that is chosen', labels: ['id', 'round'] },
      read: async () => {
        const chosen = student();
        return chosen ? [{ value: 1, labels: { id: chosen.id, round: String(chosen.round) } }] : [];
      },
    },
  ];
}

async function one(database: Pick<Database, 'rows'>, sql: string): Promise<number> {
  const [row] = await database.rows(sql);
  return Number(row!.count);
}
