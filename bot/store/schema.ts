/**
 * The store's tables as numbered migrations, each applied in one transaction. A migration that has been released is
 * never edited: a new one is added. It does not know who runs them.
 */

export interface Migration {
  version: number;
  name: string;
  statements: string[];
}

/** Marks a file as a store of Rounds (`PRAGMA application_id`): "Rnds". */
export const APPLICATION_ID = 0x526e6473;

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: 'exchanges, jobs, marks, traces, audit',
    statements: [
      `CREATE TABLE exchanges (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        adapter TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        message_id TEXT NOT NULL,
        message TEXT NOT NULL,
        reply TEXT NOT NULL,
        post_id TEXT,
        state TEXT NOT NULL CHECK (state IN ('received', 'working', 'done')),
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        UNIQUE (adapter, message_id)
      )`,
      'CREATE INDEX exchanges_channel ON exchanges (adapter, channel, seq)',
      'CREATE INDEX exchanges_thread ON exchanges (adapter, channel, thread, seq)',
      "CREATE INDEX exchanges_unfinished ON exchanges (seq) WHERE state <> 'done'",
      // The work that a message is owed, written with it in one transaction. Times are milliseconds since 1970.
      `CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        exchange_id TEXT NOT NULL,
        thread TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
        deliveries INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        run_at INTEGER NOT NULL,
        lease TEXT,
        lease_until INTEGER,
        error TEXT
      )`,
      "CREATE INDEX jobs_waiting ON jobs (thread, seq) WHERE state = 'waiting'",
      `CREATE TABLE flags (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        exchange_id TEXT NOT NULL,
        author TEXT NOT NULL,
        reason TEXT NOT NULL,
        created_at TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX flags_exchange ON flags (exchange_id)',
      // seq is the reader's cursor: it rises when a correction is withdrawn, so it is a column of its own.
      `CREATE TABLE corrections (
        seq INTEGER NOT NULL UNIQUE,
        id TEXT NOT NULL UNIQUE,
        exchange_id TEXT NOT NULL,
        question TEXT NOT NULL,
        options TEXT,
        answer TEXT NOT NULL,
        rationale TEXT NOT NULL,
        replaced TEXT NOT NULL,
        topic TEXT NOT NULL,
        author TEXT NOT NULL,
        created_at TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX corrections_exchange ON corrections (exchange_id)',
      `CREATE TABLE traces (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        exchange_id TEXT NOT NULL,
        trace TEXT NOT NULL
      )`,
      `CREATE TABLE open_questions (
        exchange_id TEXT PRIMARY KEY,
        question TEXT NOT NULL,
        topic TEXT NOT NULL,
        reason TEXT NOT NULL,
        created_at TEXT NOT NULL
      )`,
      `CREATE TABLE audit (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        target TEXT NOT NULL,
        before TEXT NOT NULL,
        after TEXT NOT NULL,
        allowed INTEGER NOT NULL
      )`,
      `PRAGMA application_id = ${APPLICATION_ID}`,
    ],
  },
  {
    version: 2,
    name: 'whose question an exchange is, and where it was posted',
    statements: [
      // Of questions asked before this version the author stays empty: a person's own list begins with it.
      "ALTER TABLE exchanges ADD COLUMN author TEXT NOT NULL DEFAULT ''",
      'CREATE INDEX exchanges_author ON exchanges (author, seq)',
      'CREATE INDEX exchanges_post ON exchanges (adapter, post_id)',
    ],
  },
  {
    version: 3,
    name: 'thumbs',
    statements: [
      `CREATE TABLE ratings (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        exchange_id TEXT NOT NULL,
        author_id TEXT NOT NULL,
        author TEXT NOT NULL,
        value TEXT NOT NULL CHECK (value IN ('up', 'down')),
        created_at TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX ratings_exchange ON ratings (exchange_id)',
    ],
  },
  {
    version: 4,
    name: 'what is done at set times',
    statements: [
      // Times are milliseconds since 1970.
      `CREATE TABLE schedules (
        name TEXT PRIMARY KEY,
        due INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'done')),
        holder TEXT NOT NULL,
        lease_until INTEGER NOT NULL
      )`,
    ],
  },
  {
    version: 5,
    name: 'reviews',
    statements: [
      // What a person with the role decided; the items themselves are read off the log.
      `CREATE TABLE decisions (
        item TEXT PRIMARY KEY,
        decision TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
        reviewer TEXT NOT NULL,
        at TEXT NOT NULL
      )`,
      // Traces that a sheet contradicts, as a round found them.
      `CREATE TABLE doubts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        doubt TEXT NOT NULL
      )`,
    ],
  },
  {
    version: 6,
    name: 'alerts: the log of what came in, alarms, cards, activations',
    statements: [
      // Stored once, then worked off by the desk.
      `CREATE TABLE alert_log (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('alert', 'act')),
        at TEXT NOT NULL,
        entry TEXT NOT NULL,
        handled INTEGER NOT NULL DEFAULT 0
      )`,
      'CREATE INDEX alert_log_unhandled ON alert_log (seq) WHERE handled = 0',
      `CREATE TABLE alarms (
        id TEXT PRIMARY KEY,
        live INTEGER NOT NULL,
        alarm TEXT NOT NULL
      )`,
      'CREATE INDEX alarms_live ON alarms (id) WHERE live = 1',
      // record: as the desk keeps it; card: as people see it.
      `CREATE TABLE alert_cards (
        id TEXT PRIMARY KEY,
        adapter TEXT NOT NULL,
        channel TEXT NOT NULL,
        posted INTEGER NOT NULL,
        live INTEGER NOT NULL,
        opened_at TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        record TEXT NOT NULL,
        card TEXT NOT NULL
      )`,
      'CREATE INDEX alert_cards_channel ON alert_cards (adapter, channel, opened_at)',
      'CREATE INDEX alert_cards_time ON alert_cards (opened_at)',
      'CREATE INDEX alert_cards_changed ON alert_cards (adapter, updated_at)',
      'CREATE INDEX alert_cards_live ON alert_cards (ended_at) WHERE live = 0',
      // One row: who works off the log. Times are milliseconds since 1970.
      `CREATE TABLE alert_desk (
        id INTEGER PRIMARY KEY,
        epoch INTEGER NOT NULL,
        holder TEXT NOT NULL,
        lease_until INTEGER NOT NULL,
        state TEXT NOT NULL
      )`,
      `CREATE TABLE alarm_activations (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        alarm_id TEXT NOT NULL,
        channel TEXT NOT NULL,
        announced INTEGER NOT NULL
      )`,
      'CREATE INDEX alarm_activations_at ON alarm_activations (at)',
      `CREATE TABLE alert_rejections (
        source TEXT NOT NULL,
        reason TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_at TEXT NOT NULL,
        PRIMARY KEY (source, reason)
      )`,
    ],
  },
  {
    version: 7,
    name: 'final replies that another process shows',
    statements: [
      // The process that received an exchange: it posted the reply and shows its progress.
      "ALTER TABLE exchanges ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
      // As jobs; kind is the adapter, thread the channel.
      `CREATE TABLE deliveries (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        exchange_id TEXT NOT NULL,
        thread TEXT NOT NULL,
        owner TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
        deliveries INTEGER NOT NULL DEFAULT 0,
        failures INTEGER NOT NULL DEFAULT 0,
        run_at INTEGER NOT NULL,
        lease TEXT,
        lease_until INTEGER,
        error TEXT
      )`,
      "CREATE INDEX deliveries_waiting ON deliveries (thread, seq) WHERE state = 'waiting'",
    ],
  },
  {
    version: 8,
    name: 'calls of teachers, and where people were asked',
    statements: [
      // micros: millionths of the currency of TEACHER_PRICE.
      'CREATE TABLE teacher_days (day TEXT PRIMARY KEY, tokens BIGINT NOT NULL, micros BIGINT NOT NULL)',
      `CREATE TABLE teacher_calls (
        id TEXT PRIMARY KEY,
        day TEXT NOT NULL,
        at TEXT NOT NULL,
        teacher TEXT NOT NULL,
        destination TEXT NOT NULL,
        tokens BIGINT NOT NULL,
        micros BIGINT NOT NULL,
        outcome TEXT NOT NULL
      )`,
      'CREATE INDEX teacher_calls_day ON teacher_calls (day)',
      // A question put before people: the exchange that waits, and the post under which they answer.
      `CREATE TABLE asked_people (
        exchange_id TEXT PRIMARY KEY,
        adapter TEXT NOT NULL,
        channel TEXT NOT NULL,
        post_id TEXT NOT NULL,
        at TEXT NOT NULL
      )`,
      'CREATE INDEX asked_people_post ON asked_people (adapter, post_id)',
    ],
  },
  {
    version: 9,
    name: 'alarms: when they changed last, so that old ones can be forgotten',
    statements: [
      "ALTER TABLE alarms ADD COLUMN card_id TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE alarms ADD COLUMN updated_at TEXT NOT NULL DEFAULT ''",
      // Of those that are there already it is only known that they changed no later than the log says.
      "UPDATE alarms SET updated_at = (SELECT COALESCE(MAX(at), '') FROM alert_log)",
      'CREATE INDEX alarms_old ON alarms (updated_at) WHERE live = 0',
    ],
  },
  {
    version: 10,
    name: 'final replies that could not be shown',
    statements: ['CREATE TABLE unshown (exchange_id TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL)'],
  },
  {
    version: 11,
    name: 'alerts: the newest end of what is said again and again',
    // seq: of the log.
    statements: ['CREATE TABLE alert_ends (alarm_id TEXT PRIMARY KEY, seq INTEGER NOT NULL)'],
  },
];
