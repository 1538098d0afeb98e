// <ticket-card>: one order, or walk-in, on the screen. It shows what it is given and tells what was touched ("touch" events).

import { el, find } from "./dom.js";
import { calledBy, duration, lineName, methodWord, minutesInWords, money, overrideWords, stationWord, urgency } from "./words.js";

const ARMED_MS = 4000;

export class TicketCard extends HTMLElement {
  #shown = "";
  #ticket;
  #context;

  connectedCallback() {
    this.setAttribute("role", "group");
    this.tabIndex = -1;
  }

  get ticket() {
    return this.#ticket;
  }

  // context: { clock, settings, station, number, flag, isHandover }
  show(ticket, context) {
    this.#ticket = ticket;
    this.#context = context;
    const signature = JSON.stringify([ticket, context.station, context.number, context.flag]);
    if (signature !== this.#shown) {
      this.#shown = signature;
      this.#draw();
    }
    this.tick();
  }

  // What changes by itself: the age, and what it means.
  tick() {
    const { clock, settings, flag } = this.#context;
    const ticket = this.#ticket;
    const { level, word } = urgency(ticket, settings, clock);
    this.dataset.level = level;
    this.dataset.flag = flag ?? "";
    const since = ticket.void?.at ?? ticket.ready_at ?? ticket.fired_at;
    const seconds = since ? clock.secondsSince(since) : 0;
    setText(find(".age", this), duration(seconds));
    setText(find(".word", this), word);
    const about = [ticket.code ?? "Walk-in", ticket.alias, ticket.rush && "urgent", word, minutesInWords(seconds), flag];
    const label = about.filter(Boolean).join(", ");
    if (this.getAttribute("aria-label") !== label) this.setAttribute("aria-label", label);
  }

  #draw() {
    const focused = this.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    this.dataset.kind = this.#ticket.kind;
    this.replaceChildren(this.#head(), ...this.#notices(), this.#lines(), this.#foot());
    if (focused) find(`[data-part="${CSS.escape(focused)}"]`, this)?.focus();
  }

  #head() {
    const { clock, number } = this.#context;
    const ticket = this.#ticket;
    return el(
      "header",
      {},
      el(
        "div",
        { class: "who" },
        number && el("span", { class: "number", "aria-hidden": "true" }, String(number)),
        el("h3", { class: nameSize(ticket.alias) }, el("bdi", {}, ticket.alias ?? calledBy(ticket))),
      ),
      el("span", { class: "age" }),
      el(
        "p",
        { class: "how" },
        ticket.alias && ticket.code && el("strong", { class: "code" }, ticket.code),
        ticket.kind === "walk_in" && ticket.alias && el("strong", { class: "walk-in" }, "Walk-in"),
        ticket.arrived_at && el("strong", { class: "arrived" }, "Here now"),
        ticket.kind === "order" && el("span", {}, methodWord(ticket.method)),
        el("span", {}, ticket.state === "ready" ? toPay(ticket) : dueAt(ticket, clock)),
      ),
      el("span", { class: "word" }),
    );
  }

  #notices() {
    const ticket = this.#ticket;
    const flag = this.#context.flag;
    return [
      ticket.isPending && el("p", { class: "notice pending" }, "Not sent yet"),
      ticket.rush && el("p", { class: "notice rush" }, "Urgent"),
      ticket.void && el("p", { class: "notice void" }, `Void: stop. ${ticket.void.reason ?? ""}`.trim()),
      flag === "changed" && el("p", { class: "notice changed" }, "Changed: read it again"),
      flag === "new" && el("p", { class: "notice new" }, "New"),
    ].filter(Boolean);
  }

  #lines() {
    const { station } = this.#context;
    const isHere = (line) => !station || line.struck_at || line.stations.some((row) => row.station === station);
    const here = this.#ticket.lines.filter(isHere);
    const elsewhere = this.#ticket.lines.filter((line) => !here.includes(line));
    return el(
      "div",
      { class: "lines" },
      here.map((line) => this.#line(line)),
      elsewhere.length > 0 &&
        el("p", { class: "elsewhere" }, "With it: ", elsewhere.map((line) => alsoAt(line)).join(", ")),
    );
  }

  #line(line) {
    if (line.struck_at) {
      const name = el("span", { class: "item" }, `${line.quantity} × ${lineName(line)}`);
      return el("div", { class: "line struck" }, name, el("span", { class: "state" }, "Taken out: don't make it"));
    }
    const { station } = this.#context;
    const rows = station ? line.stations.filter((row) => row.station === station) : line.stations;
    const others = station ? line.stations.filter((row) => row.station !== station) : [];
    const isDone = rows.every((row) => row.state === "done");
    const isStarted = !isDone && rows.some((row) => row.state !== "waiting");
    const state = isDone ? "done" : isStarted ? "started" : "waiting";
    const content = [
      el("span", { class: "item" }, el("span", { class: "quantity" }, `${line.quantity} × `), lineName(line)),
      !this.#ticket.void && this.#startsLater(rows),
      modifiers(line),
      line.note && el("span", { class: "note" }, el("bdi", {}, `“${line.note}”`)),
      overrides(line),
      allergens(line),
      station
        ? others.length > 0 && el("span", { class: "also" }, `also at: ${others.map(stationState).join(", ")}`)
        : el("span", { class: "also" }, rows.map(stationState).join(", ")),
      state !== "waiting" && el("span", { class: "state" }, isDone ? "✓ done" : "started"),
    ];
    if (this.#ticket.void) return el("div", { class: "line", data: { state } }, content);
    const kind = isDone ? "recall" : "bump";
    return el(
      "button",
      {
        type: "button",
        class: "line",
        data: { state, part: `line-${line.position}` },
        "aria-pressed": String(isDone),
        on: { click: () => this.#touch(kind, line.position) },
      },
      content,
    );
  }

  // Parts are begun at different times, so that they are ready together.
  #startsLater(rows) {
    const { clock } = this.#context;
    const later = rows.filter((row) => row.state === "waiting" && row.starts_at && Date.parse(row.starts_at) > clock.now() + 30000);
    const said = later.map((row) => `${stationWord(row.station)} from ${clock.time(row.starts_at)}`);
    return said.length > 0 && el("span", { class: "later" }, said.join(", "));
  }

  #foot() {
    const ticket = this.#ticket;
    if (ticket.void) return el("footer", {}, this.#button("bump", "Seen: take it off", "primary"));
    if (ticket.state === "ready") return el("footer", {}, this.#handOver(), this.#button("recall", "Recall"));
    return el("footer", {}, this.#button("bump", "Bump", "primary"), this.#button("more", "More"));
  }

  #button(kind, label, look = "") {
    const touch = { click: () => this.#touch(kind, null) };
    return el("button", { type: "button", class: look, data: { part: kind }, on: touch }, label);
  }

  // Handing over can't be undone and takes the payment: it asks for a second tap.
  #handOver() {
    const { amount_minor: due } = this.#ticket.to_pay;
    const label = "Hand over";
    const button = el("button", { type: "button", class: "primary", data: { part: "hand_over" } }, label);
    button.addEventListener("click", () => {
      if (button.dataset.armed) return this.#touch("hand_over", null);
      button.dataset.armed = "1";
      button.textContent = due ? `${money(this.#ticket.to_pay)} paid? Tap again` : "Tap again: handed over";
      setTimeout(() => {
        delete button.dataset.armed;
        button.textContent = label;
      }, ARMED_MS);
    });
    return button;
  }

  #touch(kind, position) {
    const detail = { kind, position, ticket: this.#ticket, card: this };
    this.dispatchEvent(new CustomEvent("touch", { detail, bubbles: true }));
  }

  // Move the focus among the card's lines; from above the first or below the last one back to the card.
  moveLine(by) {
    const lines = [...this.querySelectorAll("button.line")];
    const at = lines.indexOf(document.activeElement) + by;
    (lines[document.activeElement === this && by < 0 ? lines.length - 1 : at] ?? this).focus();
  }
}

// What was chosen, and what is left out. What comes with the item unless someone chooses otherwise is no news to who
// makes it; "More" tells it.
function modifiers(line) {
  const shown = line.modifiers.filter((modifier) => modifier.is_chosen).map((modifier) =>
    el(
      "span",
      { class: "modifier chosen", data: { depth: String(modifier.depth) } },
      modifier.quantity > 1 ? `${modifier.quantity} × ` : "",
      modifier.name,
      modifier.text && el("bdi", { class: "text" }, ` “${modifier.text}”`),
    ),
  );
  const without = line.without.map((name) => el("span", { class: "modifier without" }, `No ${name}`));
  return shown.length + without.length > 0 && el("span", { class: "modifiers" }, without, shown);
}

function allergens(line) {
  if (!line.contains.length && !line.may_contain.length) return null;
  const said = [
    line.contains.length && `Contains ${line.contains.join(", ")}`,
    line.may_contain.length && `may contain ${line.may_contain.join(", ")}`,
  ];
  return el("span", { class: "allergens" }, said.filter(Boolean).join("; "));
}

// Never hidden, also on a line that is done: whoever hands it over reads it, too.
function overrides(line) {
  const said = (line.overrides ?? []).map((each) => el("strong", { class: "override" }, overrideWords(each)));
  return said.length > 0 && el("span", { class: "overrides" }, said);
}

const nameSize = (alias) => ((alias?.length ?? 0) > 13 ? "longest" : (alias?.length ?? 0) > 8 ? "long" : null);
const toPay = ({ to_pay: due }) => (due.amount_minor ? `${money(due)} to pay` : "paid");
const dueAt = (ticket, clock) => (ticket.due_at ? `${ticket.kind === "walk_in" ? "about" : "due"} ${clock.time(ticket.due_at)}` : "");
const stationState = (row) => `${stationWord(row.station)}${row.state === "done" ? " ✓" : ""}`;
const alsoAt = (line) => `${line.quantity} × ${lineName(line)} (${line.stations.map(stationState).join(", ")})`;

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

customElements.define("ticket-card", TicketCard);
