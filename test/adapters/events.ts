/** Reads a stream of server-sent events in tests: waits for the event wanted, fails when the stream ends before it. */

export interface SeenEvent {
  id: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: events of all kinds are read by tests, which say what they expect
  data: any;
}

export interface Events {
  /** The next event of that name. */
  next(name: string): Promise<SeenEvent>;
  until(wanted: (event: SeenEvent) => boolean): Promise<SeenEvent>;
  /** Settled when the server has ended the stream or `close` was called. */
  ended: Promise<void>;
  close(): void;
}

export async function openEvents(url: string, lastId?: string): Promise<Events> {
  const closing = new AbortController();
  const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
  const response = await fetch(url, { headers, signal: closing.signal });
  const seen: SeenEvent[] = [];
  let over = false;
  let wake = () => {};

  const read = async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      seen.push(...blocks.map(parse).filter((event) => event !== undefined));
      wake();
    }
  };
  const ended = read()
    .catch(() => {})
    .finally(() => {
      over = true;
      wake();
    });

  const until = async (wanted: (event: SeenEvent) => boolean): Promise<SeenEvent> => {
    for (;;) {
      for (let event = seen.shift(); event !== undefined; event = seen.shift()) if (wanted(event)) return event;
      if (over) throw new Error('the stream ended before the event came');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };

  return { next: (name) => until((event) => event.name === name), until, ended, close: () => closing.abort() };
}

/** Undefined for a comment (a heartbeat). */
function parse(block: string): SeenEvent | undefined {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
  );
  const data = fields.get('data');
  return data === undefined
    ? undefined
    : { id: fields.get('id') ?? '', name: fields.get('event') ?? '', data: JSON.parse(data) };
}
