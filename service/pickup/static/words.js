// How times, ages and amounts read.

const METHODS = { counter: "Counter", curbside: "Curbside", drive_through: "Drive-through", shelf: "Shelf", room: "Room" };
const STATIONS = { bar: "Bar", oven: "Oven", cold: "Cold", counter: "Counter" };

export const methodWord = (method) => METHODS[method] ?? method;
export const stationWord = (station) => STATIONS[station] ?? station;

export class Clock {
  // The server's clock, as far as its answers told; a tablet's own may be minutes off.
  #offset = 0;
  #format;

  constructor(timezone) {
    this.#format = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: timezone });
  }

  heard(date) {
    const at = Date.parse(date ?? "");
    if (Number.isNaN(at)) return;
    const offset = at + 500 - Date.now(); // the header has whole seconds
    if (Math.abs(offset - this.#offset) > 2000) this.#offset = offset;
  }

  now() {
    return Date.now() + this.#offset;
  }

  time(instant) {
    return this.#format.format(typeof instant === "string" ? Date.parse(instant) : instant);
  }

  secondsSince(instant) {
    return Math.max(0, Math.floor((this.now() - Date.parse(instant)) / 1000));
  }
}

export function duration(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${two(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

export function minutesInWords(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

export function money({ amount_minor: minor, currency }) {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.format(minor / 10 ** format.resolvedOptions().maximumFractionDigits);
}

// How staff call a ticket out among themselves.
export const calledBy = (ticket) => ticket.code ?? ticket.alias ?? "Walk-in";

// Colour is never alone: each level has its word.
export function urgency(ticket, settings, clock) {
  if (ticket.void) return { level: "void", word: "Void" };
  if (ticket.state === "ready") return { level: "ready", word: "Ready" };
  // An order is started when it is fired, a walk-in when those before it are done.
  const startedAt = ticket.kind === "walk_in" ? ticket.fire_at : ticket.fired_at;
  const age = startedAt ? clock.secondsSince(startedAt) : 0;
  const { window_ends_at: until } = ticket.promise;
  const overdue = until !== null && clock.now() > Date.parse(until);
  if (overdue || age >= settings.late_after_seconds) return { level: "late", word: "Late" };
  if (age >= settings.hurry_after_seconds) return { level: "hurry", word: "Hurry" };
  return { level: "calm", word: "On time" };
}

export function overrideWords({ avoided, kind, how, part }) {
  if (kind !== "allergen") return `Customer avoids ${part}: wants it this time`;
  const holds = how === "contains" ? "contains" : "may contain";
  return `Customer avoids ${avoided}: wants it this time (${part} ${holds} it)`;
}

export function lineName(line) {
  if (!line.item) return "Not on the menu";
  const size = line.size.name && line.size.name !== "One" ? ` ${line.size.name}` : "";
  return `${line.item.name}${size}`;
}

export function modifierName({ name, quantity, text }) {
  return `${quantity > 1 ? `${quantity} × ` : ""}${name}${text ? ` “${text}”` : ""}`;
}

// Why the service refused something: what it says of each field, else of the whole.
export const whyNot = (told) => Object.values(told?.errors ?? {}).flat().join(" ") || (told?.detail ?? "");
