/** The stream of events from the bot. The browser reconnects by itself and says what it saw last; where it gives up, we do not. */

/** @param {{history(e): void, exchange(e): void, reply(e): void}} on  @param {(up: boolean) => void} connection */
export function openFeed(path, on, connection) {
  let source;
  let waitMs = 500;
  let timer;

  function open() {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(path);
    source.addEventListener('open', () => {
      waitMs = 500;
      connection(true);
    });
    source.addEventListener('error', () => {
      connection(false);
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, waitMs);
      waitMs = Math.min(waitMs * 2, 10_000);
    });
    for (const [name, handle] of Object.entries(on)) {
      source.addEventListener(name, (event) => handle(JSON.parse(event.data)));
    }
  }

  open();
  // A browser keeps six connections to one server: pages that nobody looks at give theirs up.
  let hidden;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => source.close(), 5 * 60_000);
    else if (source.readyState === EventSource.CLOSED) open();
  });
  addEventListener('online', open);
}
