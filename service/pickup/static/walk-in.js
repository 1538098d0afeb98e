// The form of walk-ins: who orders at the counter, and what. What is registered without a connection is kept and sent
// later, like all else; the menu is the last one that was read.

import { el, find } from "./dom.js";
import { read, write } from "./tickets.js";
import { stationWord } from "./words.js";

const SECONDS = [0, 30, 60, 90, 120, 180, 300];

const isThere = ({ availability }) => availability.is_available;
const inWords = (seconds) => (seconds ? `${seconds} s` : "–");
const choices = ({ options }) => options.filter((option) => option.kind === "choice" && isThere(option));
const defaults = (group) => new Set(choices(group).filter((option) => option.default_quantity > 0));
// What the line has of the group: what was chosen, else what the item comes with.
const chosenOf = (line, group) => line.chosen.get(group) ?? defaults(group);
const isMissing = (line, group) => chosenOf(line, group).size < group.min;

export class WalkInForm {
  #api;
  #kept;
  #stations;
  #session;
  #clock;
  #doing;
  #menu;
  #etag = null;
  #lines = []; // { item, size, quantity, note, chosen: Map(group → Set of options), details }
  #dialog = find("#walk-in");

  constructor({ api, kept, stations, session, clock, doing }) {
    this.#api = api;
    this.#kept = kept;
    this.#stations = stations;
    this.#session = session;
    this.#clock = clock;
    this.#doing = doing;
    this.#menu = read(kept);
    find("#walk-in-find").addEventListener("input", () => this.#drawMenu());
    find("#walk-in-find").addEventListener("keydown", (event) => this.#addFirst(event));
    // A scanner ends with Enter, which would register what was chosen so far.
    find("#walk-in-card").addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
    find("form", this.#dialog).addEventListener("submit", (event) => this.#submit(event));
    find("#walk-in-close").addEventListener("click", () => this.#dialog.close());
  }

  async load() {
    try {
      const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
      const answer = await this.#session.fetch(`${this.#api}/menu`, { headers });
      if (answer.status !== 200) return;
      this.#etag = answer.headers.get("ETag");
      const { categories, items } = await answer.json();
      this.#menu = { categories, items };
      write(this.#kept, this.#menu);
    } catch {
      return; // there may be one from before
    }
    if (this.#dialog.open) this.#drawMenu();
  }

  open() {
    this.#lines = [];
    find("form", this.#dialog).reset();
    find("#walk-in-trouble").textContent = "";
    find("#walk-in-seconds").replaceChildren(...this.#stations.map((station) => secondsOf(station)));
    this.#drawMenu();
    this.#drawLines();
    this.#dialog.showModal();
    find("#walk-in-find").focus();
    this.load();
  }

  // ---- the menu

  #found() {
    const wanted = find("#walk-in-find").value.trim().toLocaleLowerCase();
    const items = (this.#menu?.items ?? []).filter(isThere);
    return items.filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  }

  #drawMenu() {
    const found = this.#found();
    const headed = (this.#menu?.categories ?? []).map((category) => {
      const items = found.filter((item) => item.category_id === category.id);
      const buttons = items.map((item) => el("button", { type: "button", on: { click: () => this.#add(item) } }, item.name));
      return items.length > 0 && el("section", {}, el("h3", {}, category.name), el("div", { class: "acts" }, buttons));
    });
    const why = this.#menu ? "Nothing on the menu is called that." : "The menu isn't known here yet: say the seconds below.";
    find("#walk-in-menu").replaceChildren(...(found.length ? headed.filter(Boolean) : [el("p", {}, why)]));
  }

  #addFirst(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const [first] = this.#found();
    if (!first || !event.target.value.trim()) return;
    this.#add(first);
    event.target.value = "";
    this.#drawMenu();
  }

  // ---- what was chosen

  #add(item) {
    const again = this.#lines.find((line) => line.item.id === item.id && !line.chosen.size && !line.note);
    const size = item.sizes.find((each) => each.is_default && isThere(each)) ?? item.sizes.find(isThere);
    if (again) again.quantity += 1;
    else this.#lines.push({ item, size, quantity: 1, note: "", chosen: new Map(), details: null });
    this.#drawLines();
    find("#walk-in-lines").children[again ? this.#lines.indexOf(again) : this.#lines.length - 1].scrollIntoView({ block: "nearest" });
  }

  #drawLines() {
    const rows = this.#lines.map((line, index) => this.#line(line, index));
    const list = rows.length ? rows : [el("li", { class: "nothing" }, "Choose from the menu.")];
    const at = this.#dialog.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    find("#walk-in-lines").replaceChildren(...list);
    if (at) (find(`[data-part="${CSS.escape(at)}"]`, this.#dialog) ?? find("#walk-in-find")).focus();
  }

  #line(line, index) {
    const name = line.item.name;
    const change = (act) => () => (act(), this.#drawLines());
    const less = change(() => (line.quantity > 1 ? (line.quantity -= 1) : this.#lines.splice(index, 1)));
    const more = change(() => (line.quantity = Math.min(50, line.quantity + 1)));
    const button = (part, label, words, click) =>
      el("button", { type: "button", class: "round", "aria-label": label, data: { part: `${part}-${index}` }, on: { click } }, words);
    return el(
      "li",
      {},
      el(
        "div",
        { class: "row" },
        el("strong", {}, el("span", { class: "quantity" }, `${line.quantity} × `), name),
        button("less", line.quantity > 1 ? `One ${name} less` : `Remove ${name}`, "−", less),
        button("more", `One ${name} more`, "+", more),
      ),
      line.item.sizes.filter(isThere).length > 1 && this.#sizes(line, index),
      this.#options(line, index),
    );
  }

  #options(line, index) {
    const missing = line.item.groups.filter((group) => isMissing(line, group));
    const chosen = [...line.chosen.values()].flatMap((options) => [...options].map(({ name }) => name));
    const told = missing.length ? `choose ${missing.map(({ name }) => name).join(", ")}` : [...chosen, line.note].filter(Boolean).join(", ");
    const note = el("input", { type: "text", maxlength: "140", value: line.note, placeholder: "Note", "aria-label": `Note for ${line.item.name}` });
    note.addEventListener("input", () => (line.note = note.value));
    const isOpen = Boolean(line.details?.open); // asked, not remembered: its toggle event comes late
    line.details = el(
      "details",
      { open: isOpen || missing.length > 0 },
      el("summary", { data: { part: `options-${index}` } }, "Options and note", told && el("small", {}, told)),
      line.item.groups.map((group) => this.#group(line, group, index)),
      note,
    );
    return line.details;
  }

  #sizes(line, index) {
    const choices = line.item.sizes.filter(isThere).map((size) =>
      this.#chip(size.name, size === line.size, `size-${index}-${size.id}`, () => (line.size = size)),
    );
    return el("div", { class: "chips", role: "group", "aria-label": `Size of ${line.item.name}` }, choices);
  }

  // Options of the first level; what goes with an option stays as it comes, and anything else is for the note.
  #group(line, group, index) {
    const options = choices(group);
    if (!options.length) return null;
    const chips = options.map((option) =>
      this.#chip(option.name, chosenOf(line, group).has(option), `option-${index}-${option.id}`, () => toggle(line, group, option)),
    );
    const id = `walk-in-${index}-${group.id}`;
    return el("div", { class: "group" }, el("span", { id }, group.name), el("div", { class: "chips", role: "group", "aria-labelledby": id }, chips));
  }

  #chip(words, isOn, part, act) {
    const click = () => (act(), this.#drawLines());
    return el("button", { type: "button", class: "chip", "aria-pressed": String(isOn), data: { part }, on: { click } }, words);
  }

  // ---- registering

  #submit(event) {
    event.preventDefault();
    const seconds = Object.fromEntries(
      [...find("#walk-in-seconds").querySelectorAll("select")].map((each) => [each.name, Number(each.value)]).filter(([, each]) => each),
    );
    const missing = this.#lines.flatMap((line) =>
      line.item.groups.filter((group) => isMissing(line, group)).map((group) => `${line.item.name}: ${group.name}`),
    );
    if (missing.length) return this.#trouble(`Choose first: ${missing.join(", ")}.`);
    if (!this.#lines.length && !Object.keys(seconds).length) return this.#trouble("Choose something to make.");
    const label = find("#walk-in-label").value.trim() || null;
    const id = crypto.randomUUID();
    const body = { id, label, lines: this.#lines.map(asked), work_seconds: seconds };
    const card = find("#walk-in-card").value.trim();
    const expected = this.#expected(id, label, seconds);
    this.#dialog.close();
    this.#doing.register(body, expected);
    if (card) this.#doing.noteCard(expected, card);
  }

  #trouble(words) {
    find("#walk-in-trouble").textContent = words;
  }

  // The ticket as far as it is known here: where it is made, and when, only the service says.
  #expected(id, label, seconds) {
    const now = new Date(this.#clock.now()).toISOString();
    const lines = this.#lines.map(expectedLine);
    if (Object.keys(seconds).length) lines.push({ ...NOTHING, quantity: 1, item: null, size: null });
    return {
      ...{ kind: "walk_in", order_id: null, walk_in_id: id, code: null, alias: label, version: 0, state: "fired" },
      ...{ method: "counter", rush: false, arrived_at: null, fire_at: now, fired_at: now, due_at: null, ready_at: null },
      ...{ promise: { window_starts_at: null, window_ends_at: null }, void: null, to_pay: null },
      lines: lines.map((line, index) => ({ ...line, position: index + 1 })),
      next_actions: ["in_preparation", "picked_up", "cancelled"],
      isPending: true,
    };
  }
}

const NOTHING = {
  ...{ refunded_quantity: 0, struck_at: null, modifiers: [], without: [], note: null, contains: [], may_contain: [], overrides: [] },
  stations: [{ station: "", state: "waiting", starts_at: null, started_at: null, done_at: null }],
};

function toggle(line, group, option) {
  const was = chosenOf(line, group);
  const now = group.max === 1 ? new Set() : new Set(was);
  if (was.has(option)) now.delete(option);
  else now.add(option);
  if (now.size < group.min || (group.max !== null && now.size > group.max)) return;
  line.chosen.set(group, now);
}

function expectedLine({ item, size, quantity, chosen, note }) {
  const modifiers = [...chosen].flatMap(([group, options]) =>
    [...options].map(({ name }) => ({ name, group: group.name, quantity: 1, text: null, is_chosen: true, depth: 0 })),
  );
  const made = { item: { id: item.id, name: item.name }, size: { name: size.name, is_chosen: !size.is_default } };
  return { ...NOTHING, ...made, quantity, modifiers, note: note.trim() || null };
}

function asked({ item, size, quantity, chosen, note }) {
  const modifiers = [...chosen].flatMap(([group, options]) => {
    // Where none is left of what it comes with, that must be said.
    const without = options.size ? [] : [...defaults(group)].map(({ id }) => ({ option_id: id, quantity: 0 }));
    return [...[...options].map(({ id }) => ({ option_id: id })), ...without];
  });
  return { item_id: item.id, size_id: size.is_default ? null : size.id, quantity, modifiers, note: note.trim() || null };
}

function secondsOf(station) {
  const amounts = SECONDS.map((seconds) => el("option", { value: String(seconds) }, inWords(seconds)));
  const id = `walk-in-${station}`;
  return el("div", {}, el("label", { for: id }, stationWord(station)), el("select", { id, name: station }, amounts));
}
