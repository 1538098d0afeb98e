// What opens beside and above the tickets: all-day counts, the recall list, what comes later, more about a ticket.

import { el, find } from "./dom.js";
import { calledBy, duration, lineName, methodWord, modifierName, stationWord } from "./words.js";

const RECALLABLE = 50;

const isMadeAt = (line, station) => !station || line.stations.some((row) => row.station === station);

// How much of everything is still to be made, the most first. What is made alike is counted together, whoever chose it;
// what comes with the item unless someone chooses otherwise isn't said.
export function allDay(tickets, station) {
  const counts = new Map();
  for (const ticket of tickets.filter((each) => !each.void)) {
    for (const line of ticket.lines) {
      const isOpen = line.stations.some((row) => row.state !== "done" && (!station || row.station === station));
      if (!isOpen || !line.item) continue;
      const key = JSON.stringify([lineName(line), line.without, line.modifiers.map(modifierName)]);
      const chosen = line.modifiers.filter((each) => each.is_chosen).map(modifierName);
      const count = counts.get(key) ?? { name: lineName(line), without: line.without, chosen, quantity: 0 };
      count.chosen = count.chosen.filter((name) => chosen.includes(name));
      count.quantity += line.quantity;
      counts.set(key, count);
    }
  }
  return [...counts.values()]
    .map(({ without, chosen, ...count }) => ({ ...count, modifiers: [...without.map((name) => `no ${name}`), ...chosen].join(", ") }))
    .sort((one, other) => other.quantity - one.quantity || one.name.localeCompare(other.name));
}

export function drawAllDay(panel, tickets, station) {
  const counts = allDay(tickets, station);
  const rows = counts.map(({ name, modifiers, quantity }) =>
    el(
      "li",
      {},
      el("span", { class: "quantity" }, String(quantity)),
      el("span", {}, el("strong", {}, name), modifiers && el("small", {}, modifiers)),
    ),
  );
  const list = rows.length ? el("ul", {}, rows) : el("p", {}, "Nothing to make.");
  find(".content", panel).replaceChildren(list);
}

const lastDone = (ticket, station) =>
  ticket.lines
    .flatMap((line) => line.stations)
    .filter((row) => row.state === "done" && (!station || row.station === station))
    .map((row) => row.done_at ?? ticket.ready_at ?? "")
    .sort()
    .pop();

// The tickets that were bumped last (at the station), the latest first.
export function recallable(tickets, station) {
  return tickets
    .filter((ticket) => !ticket.void)
    .map((ticket) => [lastDone(ticket, station), ticket])
    .filter(([at]) => at !== undefined)
    .sort(([one], [other]) => (one < other ? 1 : one > other ? -1 : 0))
    .slice(0, RECALLABLE)
    .map(([at, ticket]) => ({ at, ticket }));
}

export function drawRecall(dialog, tickets, station, clock, onRecall) {
  const rows = recallable(tickets, station).map(({ at, ticket }) => {
    const lines = ticket.lines.filter((line) => isMadeAt(line, station)).map((line) => `${line.quantity} × ${lineName(line)}`);
    const recall = { click: () => onRecall(ticket) };
    return el(
      "li",
      {},
      el(
        "span",
        {},
        el("strong", {}, el("bdi", {}, ticket.alias ?? calledBy(ticket)), ticket.alias && ` ${ticket.code ?? "walk-in"}`),
        el("small", {}, `${at ? `bumped ${duration(clock.secondsSince(at))} ago · ` : ""}${lines.join(", ")}`),
      ),
      el("button", { type: "button", on: recall, "aria-label": `Recall ${calledBy(ticket)}` }, "Recall"),
    );
  });
  const list = rows.length ? el("ul", {}, rows) : el("p", {}, "Nothing was bumped that is still here.");
  find(".content", dialog).replaceChildren(list);
}

export function drawScheduled(dialog, tickets, clock, onStart) {
  const rows = tickets.map((ticket) =>
    el(
      "li",
      {},
      el(
        "span",
        {},
        el("strong", {}, ticket.due_at
            ? `Starts ${clock.time(ticket.fire_at)} · due ${clock.time(ticket.due_at)}`
            : `Waits for its customer until ${clock.time(ticket.fire_at)}`),
        el(
          "small",
          {},
          el("bdi", {}, ticket.alias ?? ticket.code),
          ` · ${methodWord(ticket.method)} · ${ticket.lines.map((line) => `${line.quantity} × ${lineName(line)}`).join(", ")}`,
        ),
      ),
      ticket.next_actions.includes("fired") &&
        el("button", { type: "button", on: { click: () => onStart(ticket) }, "aria-label": `Start ${ticket.code} now` }, "Start now"),
    ),
  );
  const list = rows.length ? el("ul", {}, rows) : el("p", {}, "Nothing is waiting for its time.");
  find(".content", dialog).replaceChildren(list);
}

const REASONS = ["Something is sold out", "A machine is broken", "The customer asked", "It can't be made safely"];

// What each line comes with that nobody chose: a ticket doesn't say it, whoever makes the item for the first time asks.
function asItComes(ticket) {
  const rows = ticket.lines.map((line) => [line, line.modifiers.filter((each) => !each.is_chosen).map(modifierName)]);
  const told = rows.filter(([, names]) => names.length).map(([line, names]) =>
    el("li", {}, el("span", {}, el("strong", {}, lineName(line)), el("small", {}, names.join(", ")))),
  );
  return told.length ? [el("h3", {}, "As it comes"), el("ul", { id: "as-it-comes" }, told)] : [];
}

function cardOf(note) {
  const number = el("input", { id: "card-number", autofocus: true, maxlength: "40", autocomplete: "off", autocapitalize: "characters", spellcheck: "false" });
  const form = el("form", { class: "acts" }, number, el("button", {}, "Note the card"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (number.value.trim()) note(number.value.trim());
  });
  return [el("label", { for: "card-number" }, "Loyalty card, if they show one"), form];
}

// does: { start, rush, soldOut(line), reject(reason), cancel, noteCard(number) }
export function drawMore(dialog, ticket, does) {
  const act = (label, action, look = "") => el("button", { type: "button", class: look, on: { click: action } }, label);
  const sold = ticket.lines.filter((line) => line.item);
  const soldOut = sold.map((line) => act(`${line.item.name} is sold out`, () => does.soldOut(line)));
  const reasons = el(
    "select",
    { id: "reject-reason" },
    REASONS.map((reason) => el("option", {}, reason)),
  );
  const rejects = ticket.next_actions.includes("rejected");
  find("h2", dialog).textContent = ticket.code ? `Ticket ${ticket.code}` : `Walk-in${ticket.alias ? ` “${ticket.alias}”` : ""}`;
  find(".content", dialog).replaceChildren(
    el(
      "div",
      { class: "acts" },
      act("Start on it", does.start),
      ticket.kind === "order" && act(ticket.rush ? "Not urgent any more" : "Urgent", does.rush),
      ticket.next_actions.includes("cancelled") && act("They went: cancel it", does.cancel, "danger"),
    ),
    ...(ticket.kind === "walk_in" ? cardOf(does.noteCard) : []),
    ...asItComes(ticket),
    ...(sold.length ? [el("h3", {}, "Sold out here"), el("div", { class: "acts" }, soldOut)] : []),
    ...(rejects
      ? [
          el("h3", {}, "Can't be made"),
          el("label", { for: "reject-reason" }, "Why, as the customer will read it"),
          reasons,
          el("div", { class: "acts" }, act("Reject the order", () => does.reject(reasons.value), "danger")),
        ]
      : []),
  );
}

export const stationLinks = (stations, chosen, counts) =>
  ["", ...stations].map((station) => {
    const query = station ? `?station=${station}` : location.pathname;
    const isHere = station === (chosen ?? "");
    const label = station ? stationWord(station) : "All";
    const count = counts(station || null);
    return el(
      "a",
      { href: query, "aria-current": isHere ? "page" : null, data: { station } },
      label,
      el("span", { class: "count" }, ` ${count}`),
    );
  });
