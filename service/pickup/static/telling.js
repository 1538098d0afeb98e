// What the screen says by itself: whether it is live, what is kept while it isn't, what was just done, what is new.

import { el, find } from "./dom.js";

const STALE_MS = 12000;
const TOAST_MS = 8000;
const NEWS = { new: "New ticket", changed: "Changed", void: "Void" };

export class Telling {
  #clock;
  #outbox;
  #session;
  #heardAt;
  #isHeard = false;
  #timer = 0;

  constructor({ clock, outbox, session, heardAt }) {
    this.#clock = clock;
    this.#outbox = outbox;
    this.#session = session;
    this.#heardAt = heardAt;
  }

  heard(isHeard) {
    this.#isHeard = isHeard;
    if (isHeard) this.#heardAt = Date.now();
    this.drawLiveness();
  }

  drawLiveness() {
    const isLive = this.#isHeard && Date.now() - this.#heardAt < STALE_MS;
    const live = find("#live");
    const since = this.#heardAt ? this.#clock.time(this.#heardAt) : null;
    setText(live, isLive ? "Live" : since ? `Stale since ${since}, showing last known` : "Not connected yet");
    live.dataset.live = String(isLive);
    const isShown = !isLive && this.#session.isOpen && this.#heardAt !== null;
    find("#offline").hidden = !isShown;
    if (isShown) setText(find("#offline"), `${navigator.onLine ? "No answer from the service." : "Offline."} ${this.#kept()}`);
  }

  #kept() {
    const kept = this.#outbox.size;
    if (kept === 0) return "You can go on: what you bump is kept and sent later.";
    return `${kept} ${kept === 1 ? "thing is" : "things are"} kept here and will be sent.`;
  }

  // undo: { label, act } where it can be taken back.
  toast(words, undo = null) {
    const undoing = undo && el("button", { type: "button", on: { click: undo.act } }, undo.label);
    find("#toast").replaceChildren(el("span", {}, words), undoing ?? "");
    find("#toast").hidden = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      find("#toast").hidden = true;
    }, TOAST_MS);
  }

  news(kind, name) {
    find("#news").textContent = `${NEWS[kind]}: ${name}`;
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
