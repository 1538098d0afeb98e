// The floor: the cards of what is to be made and of what is ready, in their order, and how many each station has.

import { arrange, find } from "./dom.js";
import { pendingWalkIns, withPending } from "./outbox.js";
import { drawAllDay, stationLinks } from "./panels.js";
import { TicketCard } from "./ticket-card.js";
import { idOf, inOrder } from "./tickets.js";

const isAt = (ticket, where) =>
  ticket.lines.some((line) => line.stations.some((row) => row.station === where && (row.state !== "done" || ticket.void)));

export class Floor {
  #cards = new Map();
  #clock;
  #station;
  #stations;
  #tickets;
  #outbox;
  #heights;
  settings = { hurry_after_seconds: 240, late_after_seconds: 480 };

  constructor({ clock, station, stations, tickets, outbox }) {
    this.#clock = clock;
    this.#station = station;
    this.#stations = stations;
    this.#tickets = tickets;
    this.#outbox = outbox;
    // A card's height in the grid's rows, and the gap below it.
    this.#heights = new ResizeObserver((entries) => {
      for (const { target } of entries) target.style.gridRowEnd = `span ${Math.ceil((target.offsetHeight + 16) / 8)}`;
    });
  }

  // Every ticket as it will be once what was done here has arrived.
  all() {
    const waiting = this.#outbox.all();
    const registered = pendingWalkIns(waiting).filter((ticket) => !this.#tickets.get(idOf(ticket)));
    return [...this.#tickets.all(), ...registered]
      .sort(inOrder)
      .map((ticket) => withPending(ticket, waiting))
      .filter(Boolean);
  }

  draw() {
    const all = this.all();
    const isReady = (ticket) => !this.#station && ticket.state === "ready";
    const making = all.filter((ticket) => (this.#station ? isAt(ticket, this.#station) : !isReady(ticket)));
    const ready = all.filter(isReady);
    const focused = document.activeElement?.closest?.("ticket-card");
    const before = [...find("#making").children].indexOf(focused);
    const wanted = new Set([...making, ...ready].map(idOf));
    for (const id of [...this.#cards.keys()]) if (!wanted.has(id)) this.#cards.delete(id);
    arrange(find("#making"), making.map((ticket, index) => this.#card(ticket, index < 9 ? index + 1 : null)));
    arrange(find("#ready"), ready.map((ticket) => this.#card(ticket, null)));
    find("#ready-side").hidden = Boolean(this.#station);
    find("#nothing").hidden = making.length > 0;
    this.#drawCounts(all);
    if (!find("#all-day").hidden) drawAllDay(find("#all-day"), all, this.#station);
    if (focused && !focused.isConnected) this.#refocus(before);
  }

  #card(ticket, number) {
    const id = idOf(ticket);
    let shown = this.#cards.get(id);
    if (!shown) {
      shown = new TicketCard();
      this.#heights.observe(shown);
      this.#cards.set(id, shown);
    }
    const context = { clock: this.#clock, settings: this.settings, station: this.#station, number };
    shown.show(ticket, { ...context, flag: this.#tickets.flags.get(id) });
    return shown;
  }

  #refocus(index) {
    const left = [...find("#making").children];
    (left[Math.min(Math.max(index, 0), left.length - 1)] ?? find("#making")).focus();
  }

  #drawCounts(all) {
    const count = (where) => all.filter((ticket) => (where ? isAt(ticket, where) : ticket.state !== "ready")).length;
    const links = stationLinks(this.#stations, this.#station, count);
    const nav = find("#stations");
    if (nav.textContent === links.map((link) => link.textContent).join("")) return;
    const at = document.activeElement?.dataset?.station;
    nav.replaceChildren(...links);
    if (at !== undefined) find(`a[data-station="${at}"]`, nav)?.focus();
  }

  // Ages go on by themselves.
  tick() {
    for (const shown of this.#cards.values()) shown.tick();
  }

  // Move the focus by one ticket, round and round.
  step(by) {
    const all = [...document.querySelectorAll("ticket-card")];
    if (!all.length) return;
    const at = all.indexOf(document.activeElement?.closest?.("ticket-card"));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  // The card of a number that it shows.
  numbered(number) {
    return find("#making").children[number - 1];
  }
}
