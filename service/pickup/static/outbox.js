// What was done here, sent in its order, each under a key of its own: kept while the network is down, sent again
// until it is answered, and done once however often it arrives.

import { pause } from "./stream.js";
import { idOf, read, write } from "./tickets.js";

const RETRY_MS = 2000;
const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504]);

export class Outbox extends EventTarget {
  #items;
  #key;
  #request;
  #sending = null;
  #inFlight = null;

  constructor(key, request) {
    super();
    this.#key = key;
    this.#request = request;
    this.#items = read(key) ?? [];
  }

  get size() {
    return this.#items.length;
  }

  all() {
    return this.#items;
  }

  // item: { path, method, body, kind, ticketId, position, station, label, ticket, isOptional }
  push(item) {
    const kept = { key: crypto.randomUUID(), method: "POST", body: null, ...item };
    this.#items.push(kept);
    this.#changed();
    this.flush();
    return kept;
  }

  // Take back what was not sent yet; false where it is too late for that.
  drop(key) {
    const index = this.#items.findIndex((item) => item.key === key);
    if (index < 0 || this.#items[index] === this.#inFlight) return false;
    this.#items.splice(index, 1);
    this.#changed();
    return true;
  }

  // Take back all that was not sent yet and is about the ticket.
  dropAll(ticketId) {
    this.#items = this.#items.filter((item) => item.ticketId !== ticketId || item === this.#inFlight);
    this.#changed();
  }

  flush() {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #send() {
    while (this.#items.length) {
      const [item] = this.#items;
      this.#inFlight = item;
      const outcome = await this.#attempt(item);
      this.#inFlight = null;
      if (outcome === "signed out") return;
      if (outcome === "again") await pause(RETRY_MS);
      else {
        this.#items.shift();
        this.dispatchEvent(new CustomEvent(outcome.ok ? "done" : "refused", { detail: { item, body: outcome.body } }));
        this.#changed();
      }
    }
  }

  async #attempt(item) {
    try {
      const headers = { "Idempotency-Key": item.key };
      if (item.body) headers["Content-Type"] = "application/json";
      const body = item.body && JSON.stringify(item.body);
      const answer = await this.#request(item.path, { method: item.method, headers, body });
      // What is optional doesn't keep the rest waiting until it may be tried again.
      if (AGAIN.has(answer.status) && !(item.isOptional && answer.status === 429)) return "again";
      const text = await answer.text();
      const told = text ? JSON.parse(text) : null;
      if (answer.status === 409 && told?.type === "/problems/still-running") return "again";
      return { ok: answer.ok, body: told };
    } catch (error) {
      return error.constructor.name === "SignedOut" ? "signed out" : "again";
    }
  }

  #changed() {
    write(this.#key, this.#items);
    this.dispatchEvent(new Event("change"));
  }
}

const AFTER = { bump: "done", start: "started", recall: "waiting" };
const LEAVES = new Set(["hand_over", "reject", "cancel"]);
const FROM = { bump: ["waiting", "started"], start: ["waiting"], recall: ["done"] };

// The walk-ins registered here that the service doesn't know yet.
export const pendingWalkIns = (items) => items.filter(({ kind }) => kind === "walk_in").map(({ ticket }) => ticket);

// The ticket as it will be once what was done here has arrived; null where it will have left the queue.
export function withPending(ticket, items) {
  let shown = ticket;
  for (const item of items) {
    if (!shown) return null;
    if (item.ticketId !== idOf(ticket)) continue;
    if (LEAVES.has(item.kind) || (item.kind === "bump" && shown.void)) return null;
    if (item.kind === "rush") shown = { ...shown, rush: item.method === "PUT" };
    if (item.kind in AFTER) shown = touched(shown, item);
  }
  return shown;
}

function touched(ticket, { kind, position, station }) {
  const lines = ticket.lines.map((line) => ({
    ...line,
    stations: line.stations.map((row) =>
      (position === null || line.position === position) &&
      (station === null || row.station === station) &&
      FROM[kind].includes(row.state)
        ? { ...row, state: AFTER[kind] }
        : row,
    ),
  }));
  const isDone = lines.every((line) => line.stations.every((row) => row.state === "done"));
  if (isDone && ticket.kind === "walk_in") return null;
  return { ...ticket, lines, state: isDone ? "ready" : ticket.state === "ready" ? "in_preparation" : ticket.state };
}
