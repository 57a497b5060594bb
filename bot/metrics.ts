/**
 * What Prometheus is told of this process: what came in and what was answered, how fast and how sure, and at each scrape
 * what the store owes. Labels are of our own making, never a person's text; nothing here can be read back into a question.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger } from './logger.ts';
import type { Answer, Reply } from './types.ts';

/** What the bot tells of itself. */
export type Observed =
  | { kind: 'received'; adapter: string; result: 'accepted' | 'duplicate' | 'rejected' }
  /** `ms`: since the message was stored. */
  | { kind: 'answered'; adapter: string; reply: Reply; ms: number }
  | { kind: 'shown'; adapter: string; what: 'post' | 'update'; ok: boolean; ms: number };

export interface Metrics {
  observe(event: Observed): void;
  /** The exposition text. What cannot be read at this moment is left out and logged. */
  text(): Promise<{ contentType: string; body: string }>;
}

/** Numbers that are looked up at each scrape, by the metric's name. */
export interface Looked {
  name: string;
  help: string;
  labels?: readonly string[];
  read(): Promise<{ value: number; labels?: Record<string, string> }[]>;
}

const ANSWER_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120];
const SHOW_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 30];
const CONFIDENCE = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

export function createMetrics({ looked, logger }: { looked: readonly Looked[]; logger: Logger }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const received = new Counter({
    ...{ name: 'rounds_messages_total', help: 'Messages by channel and what became of them', registers },
    labelNames: ['adapter', 'result'],
  });
  const answered = new Counter({
    ...{ name: 'rounds_answers_total', help: 'Final replies by outcome and who answered', registers },
    labelNames: ['adapter', 'outcome', 'by'],
  });
  const answerSeconds = new Histogram({
    ...{ name: 'rounds_answer_seconds', help: 'From a stored message to its final reply', registers },
    ...{ labelNames: ['outcome'], buckets: ANSWER_SECONDS },
  });
  const confidence = new Histogram({
    ...{ name: 'rounds_answer_confidence', help: 'Calibrated confidence of answers', registers },
    ...{ labelNames: ['by'], buckets: CONFIDENCE },
  });
  const showSeconds = new Histogram({
    ...{ name: 'rounds_channel_seconds', help: 'How long a channel took to take a reply', registers },
    ...{ labelNames: ['adapter', 'what', 'ok'], buckets: SHOW_SECONDS },
  });
  for (const { name, help, labels = [], read } of looked) {
    const gauge = new Gauge({
      ...{ name, help, registers, labelNames: [...labels] },
      async collect() {
        gauge.reset();
        try {
          for (const { value, labels: of = {} } of await read()) gauge.set(of, value);
        } catch (error) {
          logger.warn({ error, metric: name }, 'a metric could not be read');
        }
      },
    });
  }

  return {
    observe(event) {
      if (event.kind === 'received') received.inc({ adapter: event.adapter, result: event.result });
      else if (event.kind === 'shown') {
        const { adapter, what, ok, ms } = event;
        showSeconds.observe({ adapter, what, ok: String(ok) }, ms / 1000);
      } else {
        const { answer } = event.reply;
        const outcome = answer?.outcome ?? 'notice';
        const by = answer ? answererOf(answer) : 'rounds';
        answered.inc({ adapter: event.adapter, outcome, by });
        answerSeconds.observe({ outcome }, event.ms / 1000);
        if (answer && outcome === 'answered') confidence.observe({ by }, answer.confidence);
      }
    },
    text: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

/** `student`, `person`, `rule`, a teacher by its provider: whole model names would make ever new series. */
function answererOf({ answeredBy }: Answer): string {
  return answeredBy.split(':', 1)[0] ?? answeredBy;
}
