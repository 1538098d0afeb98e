// What staff do at the screen: sent through the outbox, and undone from here, the last thing first.

import { idOf } from "./tickets.js";
import { calledBy, whyNot } from "./words.js";

const WORDS = { bump: "bumped", start: "started", recall: "recalled" };
// Whose answer is the ticket itself, and after which the whole queue is read anew.
const ANSWERS_TICKET = new Set(["rush", "walk_in"]);
const MOVES_OTHERS = new Set(["fire", "reject"]);

const named = (ticket) => (ticket.kind === "walk_in" ? { walk_in_id: ticket.walk_in_id } : { order_id: ticket.order_id });

export class Doing {
  #done = []; // what can be undone, the last one last
  #api;
  #station;
  #outbox;
  #tickets;
  #toast;
  #ask;

  constructor({ api, station, outbox, tickets, toast, ask }) {
    this.#api = api;
    this.#station = station;
    this.#outbox = outbox;
    this.#tickets = tickets;
    this.#toast = toast;
    this.#ask = ask;
    outbox.addEventListener("done", ({ detail }) => this.#heardOf(detail));
    outbox.addEventListener("refused", ({ detail }) => this.#refused(detail));
  }

  // kind: bump, start, recall or hand_over, of a line or (with null) of the whole ticket.
  touch({ kind, position, ticket }) {
    const id = idOf(ticket);
    this.#tickets.unflag(id);
    if (kind === "hand_over") {
      const path = `/v1/orders/${ticket.order_id}/transitions`;
      const label = `${ticket.code} handed over`;
      this.#outbox.push({ kind, path, body: { to: "picked_up" }, ticketId: id, label });
      return this.#toast(`${label}.`);
    }
    const at = ticket.void ? null : this.#station;
    // A tap is about the lines that were shown: kept offline, it must not tick off what took their place.
    const body = { ...named(ticket), position, station: at, lines_since: ticket.lines_since };
    const label = `${calledBy(ticket)}${position ? ` line ${position}` : ""} ${WORDS[kind]}`;
    const item = { kind, path: `${this.#api}/${kind}s`, body, ticketId: id, position, station: at, label };
    const { key } = this.#outbox.push(item);
    this.#done.push({ key, label, ticket, bumpId: null, isWanted: false });
    return this.#toast(`${label}.`, true);
  }

  // body: what is sent; ticket: what it will look like until the service has answered.
  register(body, ticket) {
    const label = `${calledBy(ticket)} registered`;
    const path = `${this.#api}/walk-ins`;
    const { key } = this.#outbox.push({ kind: "walk_in", path, body, ticketId: body.id, ticket, label });
    this.#done.push({ key, label, ticket, isRegistration: true });
    this.#toast(`${label}.`, true);
  }

  cancel(ticket) {
    const path = `${this.#api}/walk-ins/${ticket.walk_in_id}`;
    const label = `${calledBy(ticket)} cancelled`;
    this.#outbox.push({ kind: "cancel", method: "DELETE", path, ticketId: ticket.walk_in_id, label });
    this.#toast(`${label}.`);
  }

  // Whose stars they are is asked of the service: a card that it doesn't know keeps nothing from being made.
  noteCard(ticket, number) {
    const path = `${this.#api}/walk-ins/${ticket.walk_in_id}/loyalty-card`;
    const label = `Loyalty card of ${calledBy(ticket)}`;
    this.#outbox.push({ kind: "card", method: "PUT", path, body: { number }, ticketId: ticket.walk_in_id, label, isOptional: true });
  }

  undo() {
    const last = this.#done.pop();
    if (!last) return this.#toast("There is nothing to undo.");
    if (this.#outbox.drop(last.key)) {
      if (last.isRegistration) this.#outbox.dropAll(idOf(last.ticket));
      return this.#toast(`Undone: ${last.label}.`);
    }
    if (last.isRegistration) return this.cancel(last.ticket);
    if (last.bumpId) return this.#sendUndo(last);
    last.isWanted = true; // as soon as its answer says what it was
    this.#done.push(last);
    return this.#toast(`Undoing: ${last.label}…`);
  }

  #sendUndo({ bumpId, ticket, label }) {
    const path = `${this.#api}/bumps/${bumpId}/undo`;
    this.#outbox.push({ kind: "undo", path, ticketId: idOf(ticket), label: `Undo: ${label}` });
    this.#toast(`Undone: ${label}.`);
  }

  #heardOf({ item, body }) {
    const apply = (row) => this.#tickets.apply(row, { mine: true });
    if (item.kind === "walk_in") apply({ walk_in_id: body.id, version: body.version, ticket: body.ticket });
    else if (item.kind === "rush") apply({ order_id: body.order_id, version: body.version, ticket: body });
    else if (item.kind === "hand_over") apply({ order_id: body.id, version: body.version, ticket: null });
    else if (item.kind === "cancel") this.#tickets.drop(item.ticketId);
    else if (body && "ticket" in body) apply(body);
    if (MOVES_OTHERS.has(item.kind)) this.#ask().catch(() => {});
    if (!ANSWERS_TICKET.has(item.kind)) this.#settle(item, body);
  }

  #settle(item, body) {
    const entry = this.#done.find(({ key }) => key === item.key);
    if (!entry) return;
    if (body.id === null) this.#forget(entry);
    else entry.bumpId = body.id;
    if (entry.isWanted && entry.bumpId) {
      this.#forget(entry);
      this.#sendUndo(entry);
    }
  }

  #refused({ item, body }) {
    const entry = this.#done.find(({ key }) => key === item.key);
    if (entry) this.#forget(entry);
    // What was done to a walk-in that was not taken has nothing to be done to.
    if (item.kind === "walk_in") this.#outbox.dropAll(item.ticketId);
    this.#toast(`${item.label}: not done. ${whyNot(body)}`);
    this.#ask(true).catch(() => {});
  }

  #forget(entry) {
    this.#done.splice(this.#done.indexOf(entry), 1);
  }
}
