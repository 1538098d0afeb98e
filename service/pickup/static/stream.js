// Following the store: server-sent events by fetch (EventSource can't send a token), and asking every few seconds
// where the stream is down. Whatever is missed, the answer to the next question heals.

const POLL_MS = 5000;
const SILENCE_MS = 20000; // the stream sends a check every 5 s
const LONGEST_WAIT_MS = 30000;

// Gives { id, event, data } of a text/event-stream, piece by piece.
export class Events {
  #rest = "";

  *read(text) {
    const blocks = (this.#rest + text.replaceAll("\r\n", "\n")).split("\n\n");
    this.#rest = blocks.pop();
    for (const block of blocks) {
      const event = { id: null, event: "message", data: "" };
      for (const line of block.split("\n")) {
        const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (name === "data") event.data += event.data ? `\n${value}` : value;
        else if (name in event) event[name] = value;
      }
      if (event.data) yield event;
    }
  }
}

export class Stream {
  #request;
  #onEvent;
  #ask;
  #onHeard;
  #lastId = null;
  #isUp = false;
  #running = null;

  // request(path options) → Response; onEvent({event, data}); ask() reads the whole; onHeard(ok) after each contact.
  constructor({ request, onEvent, ask, onHeard }) {
    this.#request = request;
    this.#onEvent = onEvent;
    this.#ask = ask;
    this.#onHeard = onHeard;
  }

  start() {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#poll(this.#running.signal);
    this.#follow(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#isUp = false;
  }

  async #poll(signal) {
    while (!signal.aborted) {
      if (!this.#isUp) await this.#heard(this.#ask());
      await pause(POLL_MS, signal);
    }
  }

  async #heard(asking) {
    try {
      await asking;
      this.#onHeard(true);
    } catch {
      this.#onHeard(false);
    }
  }

  async #follow(signal) {
    let wait = 1000;
    while (!signal.aborted) {
      try {
        await this.#listen(signal, () => {
          wait = 1000;
        });
      } catch {
        // Told by the next question, which fails too where the network is down.
      }
      this.#isUp = false;
      await pause(wait * (0.75 + Math.random() / 2), signal);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    }
  }

  async #listen(signal, onFirst) {
    const cut = new AbortController();
    signal.addEventListener("abort", () => cut.abort(), { once: true });
    const headers = { Accept: "text/event-stream", ...(this.#lastId && { "Last-Event-ID": this.#lastId }) };
    const answer = await this.#request({ headers, signal: cut.signal });
    if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      await answer.body?.cancel();
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = new Events();
    let silence = setTimeout(() => cut.abort(), SILENCE_MS);
    try {
      // What happened between the last answer and the stream's first event is in neither.
      if (!this.#lastId) await this.#heard(this.#ask());
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(() => cut.abort(), SILENCE_MS);
        this.#isUp = true;
        onFirst();
        this.#onHeard(true);
        for (const event of events.read(value)) await this.#take(event);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  async #take(event) {
    if (event.id) this.#lastId = event.id;
    if (event.event === "reset" || event.event === "resync") await this.#heard(this.#ask());
    else await this.#onEvent(event.event, JSON.parse(event.data));
  }
}

export function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
