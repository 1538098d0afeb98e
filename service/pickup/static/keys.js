// Keys: a keyboard, or a bump bar that types them. Every one can be given another key, and is kept on this screen.

import { el } from "./dom.js";
import { read, write } from "./tickets.js";

const KEPT = "sayso.keys";

export const ACTIONS = {
  next: ["Next ticket", "ArrowRight"],
  previous: ["Ticket before", "ArrowLeft"],
  nextLine: ["Next line", "ArrowDown"],
  previousLine: ["Line before", "ArrowUp"],
  bump: ["Bump the ticket", "Enter"],
  start: ["Start on the ticket", "s"],
  undo: ["Undo", "u"],
  rush: ["Urgent or not", "x"],
  more: ["More about the ticket", "o"],
  walkIn: ["Walk-in", "w"],
  recall: ["Recall list", "r"],
  allDay: ["All-day counts", "a"],
  scheduled: ["What comes later", "l"],
  mute: ["Mute or unmute", "m"],
  keys: ["These keys", "k"],
};

const named = (key) => (key.length === 1 ? key.toUpperCase() : key.replace("Arrow", "Arrow "));

export class Keys {
  #map = { ...Object.fromEntries(Object.entries(ACTIONS).map(([name, [, key]]) => [name, key])), ...read(KEPT) };

  key(name) {
    return named(this.#map[name]);
  }

  // { digit: 1..9 } or { action } of a key that was pressed, null for one that means nothing here.
  meaning(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    const action = Object.keys(this.#map).find((name) => this.#map[name].toLowerCase() === event.key.toLowerCase());
    if (action) return { action };
    return /^[1-9]$/.test(event.key) ? { digit: Number(event.key) } : null;
  }

  set(name, key) {
    const taken = Object.keys(this.#map).find((other) => other !== name && this.#map[other] === key);
    if (taken) return `${named(key)} is already for “${ACTIONS[taken][0]}”.`;
    if (["Tab", "Escape", "Shift", "Control", "Alt", "Meta"].includes(key)) return `${named(key)} can't be used.`;
    this.#map[name] = key;
    write(KEPT, this.#map);
    return null;
  }

  reset() {
    localStorage.removeItem(KEPT);
    this.#map = Object.fromEntries(Object.entries(ACTIONS).map(([name, [, key]]) => [name, key]));
  }

  // The rows of the dialog in which keys are changed.
  rows(onTold) {
    return Object.entries(ACTIONS).map(([name, [label]]) => {
      const button = el("button", { type: "button", class: "key", data: { action: name } }, this.key(name));
      button.setAttribute("aria-label", `${label}: ${this.key(name)}. Press to change.`);
      button.addEventListener("click", () => this.#listen(name, button, onTold));
      return el("li", {}, el("span", {}, label), button);
    });
  }

  #listen(name, button, onTold) {
    button.textContent = "Press a key…";
    const take = (event) => {
      event.preventDefault();
      event.stopPropagation();
      const refused = event.key === "Escape" ? "Left as it was." : this.set(name, event.key);
      button.textContent = this.key(name);
      button.setAttribute("aria-label", `${ACTIONS[name][0]}: ${this.key(name)}. Press to change.`);
      onTold(refused ?? `“${ACTIONS[name][0]}” is now ${this.key(name)}.`);
    };
    button.addEventListener("keydown", take, { once: true, capture: true });
  }
}
