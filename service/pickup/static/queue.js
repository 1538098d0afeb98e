// The queue's screen: what it knows (tickets), how it hears (stream), what was done here (outbox), put together.

import { arrange, el, find } from "./dom.js";
import { Dialogs } from "./dialogs.js";
import { Keys } from "./keys.js";
import { Outbox, withPending } from "./outbox.js";
import { drawAllDay, stationLinks } from "./panels.js";
import { Session, SignedOut } from "./session.js";
import { Sounds, Wakefulness } from "./sound.js";
import { Stream } from "./stream.js";
import { TicketCard } from "./ticket-card.js";
import { Tickets } from "./tickets.js";
import { Clock, stationWord } from "./words.js";

const { storeId, timezone, stations } = document.body.dataset;
const KEPT = `sayso.queue.${storeId}`;
const API = `/v1/stores/${storeId}`;
const STATIONS = stations.split(",").filter(Boolean);
const STALE_MS = 12000;

const station = new URLSearchParams(location.search).get("station");
const session = new Session();
const clock = new Clock(timezone);
const tickets = new Tickets(KEPT);
const outbox = new Outbox(`${KEPT}.outbox`, (path, options) => session.fetch(path, options));
const sounds = new Sounds();
const wakefulness = new Wakefulness();
const keys = new Keys();
const dialogs = new Dialogs({ api: API, station, session, clock, outbox, keys, touch, toast, tickets: () => view().all });
const done = []; // what can be undone, the last one last
const cards = new Map();

let settings = { hurry_after_seconds: 240, late_after_seconds: 480 };
let heardAt = tickets.keptAt;
let isHeard = false;
let etag = null;
let toastTimer = 0;

// ---- hearing

async function ask(force = false) {
  const askedAt = tickets.step;
  const found = [];
  let cursor = null;
  let first = null;
  do {
    const page = `${API}/queue?limit=100${cursor ? `&cursor=${cursor}` : ""}`;
    const known = !cursor && etag && !force ? { "If-None-Match": etag } : {};
    const answer = await session.fetch(page, { headers: known });
    clock.heard(answer.headers.get("Date"));
    if (answer.status === 304) return;
    if (answer.status === 403) return refuse();
    if (!answer.ok) throw new Error(`The queue answers ${answer.status}.`);
    first ??= answer.headers.get("ETag");
    const { data, next_cursor: next } = await answer.json();
    found.push(...data);
    cursor = next;
  } while (cursor);
  etag = first;
  tickets.replace(found, askedAt);
}

const stream = new Stream({
  request: (options) => session.fetch(`${API}/queue/events`, options),
  ask,
  onEvent: async (kind, data) => {
    if (kind === "ticket") tickets.apply(data);
    else if (kind === "check" && !tickets.agreesWith(data) && !outbox.size) await ask(true);
  },
  onHeard: (ok) => {
    isHeard = ok;
    if (ok) {
      heardAt = Date.now();
      outbox.flush();
    }
    drawLiveness();
  },
});

async function refuse() {
  await session.signOut();
  find("#sign-in-trouble").textContent = "This account doesn't work at this store.";
}

// ---- doing

function touch({ kind, position, ticket }) {
  if (kind === "more") return dialogs.openMore(ticket);
  tickets.unflag(ticket.order_id);
  if (kind === "hand_over") {
    const path = `/v1/orders/${ticket.order_id}/transitions`;
    outbox.push({ kind, path, body: { to: "picked_up" }, orderId: ticket.order_id, label: `${ticket.code} handed over` });
    return toast(`${ticket.code} handed over.`);
  }
  const at = ticket.void ? null : station;
  const body = { order_id: ticket.order_id, position, station: at };
  const words = { bump: "bumped", start: "started", recall: "recalled" };
  const item = { kind, path: `${API}/${kind}s`, body, orderId: ticket.order_id, position, station: at };
  const label = `${ticket.code}${position ? ` line ${position}` : ""} ${words[kind]}`;
  const { key } = outbox.push({ ...item, label });
  done.push({ key, label, orderId: ticket.order_id, bumpId: null, isWanted: false });
  toast(`${label}.`, true);
}

function undo() {
  const last = done.pop();
  if (!last) return toast("There is nothing to undo.");
  if (outbox.drop(last.key)) return toast(`Undone: ${last.label}.`);
  if (last.bumpId) return sendUndo(last);
  last.isWanted = true; // as soon as its answer says what it was
  done.push(last);
  return toast(`Undoing: ${last.label}…`);
}

function sendUndo({ bumpId, orderId, label }) {
  outbox.push({ kind: "undo", path: `${API}/bumps/${bumpId}/undo`, orderId, label: `Undo: ${label}` });
  toast(`Undone: ${label}.`);
}

outbox.addEventListener("done", ({ detail: { item, body } }) => {
  if (body && "ticket" in body) tickets.apply(body, { mine: true });
  if (item.kind === "rush") tickets.apply({ order_id: body.order_id, version: body.version, ticket: body }, { mine: true });
  if (item.kind === "hand_over") tickets.apply({ order_id: body.id, version: body.version, ticket: null }, { mine: true });
  if (["fire", "reject"].includes(item.kind)) ask().catch(() => {});
  const entry = done.find(({ key }) => key === item.key);
  if (!entry) return;
  if (body.id === null) done.splice(done.indexOf(entry), 1);
  else entry.bumpId = body.id;
  if (entry.isWanted && entry.bumpId) {
    done.splice(done.indexOf(entry), 1);
    sendUndo(entry);
  }
});

outbox.addEventListener("refused", ({ detail: { item, body } }) => {
  const index = done.findIndex(({ key }) => key === item.key);
  if (index >= 0) done.splice(index, 1);
  toast(`${item.label}: not done. ${body?.detail ?? ""}`);
  ask(true).catch(() => {});
});

// ---- showing

const isAt = (ticket, where) =>
  ticket.lines.some((line) => line.stations.some((row) => row.station === where && (row.state !== "done" || ticket.void)));

function view() {
  const shown = tickets.all().map((ticket) => withPending(ticket, outbox.all())).filter(Boolean);
  if (station) return { all: shown, making: shown.filter((ticket) => isAt(ticket, station)), ready: [] };
  const making = shown.filter((ticket) => ticket.state !== "ready");
  return { all: shown, making, ready: shown.filter((ticket) => ticket.state === "ready") };
}

function draw() {
  const { all, making, ready } = view();
  const focused = document.activeElement?.closest?.("ticket-card");
  const before = [...find("#making").children].indexOf(focused);
  const wanted = new Set([...making, ...ready].map((ticket) => ticket.order_id));
  for (const id of [...cards.keys()]) if (!wanted.has(id)) cards.delete(id);
  arrange(find("#making"), making.map((ticket, index) => card(ticket, index < 9 ? index + 1 : null)));
  arrange(find("#ready"), ready.map((ticket) => card(ticket, null)));
  find("#ready-side").hidden = Boolean(station);
  find("#nothing").hidden = making.length > 0;
  drawCounts(all);
  if (!find("#all-day").hidden) drawAllDay(find("#all-day"), all, station);
  if (focused && !focused.isConnected) refocus(before);
  drawLiveness();
}

// A card's height in the grid's rows, and the gap below it.
const heights = new ResizeObserver((entries) => {
  for (const { target } of entries) target.style.gridRowEnd = `span ${Math.ceil((target.offsetHeight + 16) / 8)}`;
});

function card(ticket, number) {
  let shown = cards.get(ticket.order_id);
  if (!shown) {
    shown = new TicketCard();
    heights.observe(shown);
    cards.set(ticket.order_id, shown);
  }
  shown.show(ticket, { clock, settings, station, number, flag: tickets.flags.get(ticket.order_id) });
  return shown;
}

function refocus(index) {
  const left = [...find("#making").children];
  (left[Math.min(Math.max(index, 0), left.length - 1)] ?? find("#making")).focus();
}

function drawCounts(all) {
  const count = (where) =>
    all.filter((ticket) => (where ? isAt(ticket, where) : ticket.state !== "ready")).length;
  const links = stationLinks(STATIONS, station, count);
  const nav = find("#stations");
  if (nav.textContent !== links.map((link) => link.textContent).join("")) {
    const at = document.activeElement?.dataset?.station;
    nav.replaceChildren(...links);
    if (at !== undefined) find(`a[data-station="${at}"]`, nav)?.focus();
  }
}

function drawLiveness() {
  const isLive = isHeard && Date.now() - heardAt < STALE_MS;
  const live = find("#live");
  const since = heardAt ? clock.time(heardAt) : null;
  const words = isLive ? "Live" : since ? `Stale since ${since}, showing last known` : "Not connected yet";
  if (live.textContent !== words) live.textContent = words;
  live.dataset.live = String(isLive);
  const banner = find("#offline");
  const kept = outbox.size;
  const told = isLive
    ? ""
    : `${navigator.onLine ? "No answer from the service." : "Offline."} ${kept === 0 ? "You can go on: what you bump is kept and sent later." : `${kept} ${kept === 1 ? "thing is" : "things are"} kept here and will be sent.`}`;
  const isShown = !isLive && session.isOpen && heardAt !== null;
  banner.hidden = !isShown;
  if (isShown && banner.textContent !== told) banner.textContent = told;
}

function toast(words, canUndo = false) {
  const undoing = el("button", { type: "button", on: { click: undo } }, `Undo (${keys.key("undo")})`);
  find("#toast").replaceChildren(el("span", {}, words), canUndo ? undoing : "");
  find("#toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    find("#toast").hidden = true;
  }, 8000);
}

tickets.addEventListener("change", draw);
outbox.addEventListener("change", draw);
tickets.addEventListener("news", ({ detail: { kind, ticket } }) => {
  const concerns = !station || ticket.lines.some((line) => line.stations.some((row) => row.station === station));
  if (!concerns) return;
  if (sounds.play(kind)) document.body.dataset.played = `${kind} ${ticket.code}`;
  const words = { new: "New ticket", changed: "Changed", void: "Void" };
  find("#news").textContent = `${words[kind]}: ${ticket.code}`;
});
setInterval(() => {
  for (const shown of cards.values()) shown.tick();
  drawLiveness();
}, 1000);
// Whatever the browser says of the network: begin anew and see, since a connection that is there may be dead.
for (const change of ["online", "offline"]) {
  addEventListener(change, () => {
    isHeard = false;
    stream.stop();
    if (session.isOpen) stream.start();
    drawLiveness();
  });
}

// ---- this screen

function toggleAllDay() {
  const panel = find("#all-day");
  panel.hidden = !panel.hidden;
  find("#all-day-button").setAttribute("aria-expanded", String(!panel.hidden));
  draw();
}

function toggleMute() {
  sounds.mute(!sounds.isMuted);
  drawSound();
}

async function toggleShift() {
  if (sounds.isOn) await sounds.close();
  else await sounds.open();
  await wakefulness.keep(sounds.isOn);
  drawSound();
}

function drawSound() {
  find("#shift").textContent = sounds.isOn ? "End shift" : "Start shift";
  find("#shift").dataset.on = String(sounds.isOn);
  find("#mute").textContent = sounds.isMuted ? "Unmute" : "Mute";
  find("#mute").setAttribute("aria-pressed", String(sounds.isMuted));
}

// ---- keys

function step(by) {
  const all = [...document.querySelectorAll("ticket-card")];
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest?.("ticket-card"));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function digit(number) {
  const wanted = find("#making").children[number - 1];
  if (!wanted) return;
  if (document.activeElement === wanted) touch({ kind: "bump", position: null, ticket: wanted.ticket });
  else wanted.focus();
}

const ACTS = {
  next: () => step(1),
  previous: () => step(-1),
  nextLine: (chosen) => chosen?.moveLine(1),
  previousLine: (chosen) => chosen?.moveLine(-1),
  bump: (chosen) => chosen && touch({ kind: "bump", position: null, ticket: chosen.ticket }),
  start: (chosen) => chosen && touch({ kind: "start", position: null, ticket: chosen.ticket }),
  rush: (chosen) => chosen && dialogs.rush(chosen.ticket),
  more: (chosen) => chosen && dialogs.openMore(chosen.ticket),
  undo,
  recall: dialogs.openRecall,
  allDay: toggleAllDay,
  scheduled: dialogs.openScheduled,
  mute: toggleMute,
  keys: dialogs.openKeys,
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || !session.isOpen) return;
  if (find("dialog[open]") || event.target.closest("input, select, textarea")) return;
  const meaning = keys.meaning(event);
  if (!meaning) return;
  const chosen = document.activeElement?.closest?.("ticket-card") ?? null;
  // On a button its own key presses it; Enter on a line bumps that line.
  if (meaning.action === "bump" && event.target.closest("button, a")) return;
  event.preventDefault();
  if (meaning.digit) digit(meaning.digit);
  else ACTS[meaning.action](chosen);
});

// ---- beginning

function showPage() {
  find("#sign-in").hidden = session.isOpen;
  find("#work").hidden = !session.isOpen;
  if (!session.isOpen) find("#email").focus();
}

async function begin() {
  showPage();
  if (!session.isOpen) return;
  draw();
  stream.start();
  outbox.flush();
  try {
    const answer = await session.fetch(`${API}/queue/settings`);
    if (answer.ok) settings = await answer.json();
    draw();
  } catch (error) {
    if (error instanceof SignedOut) showPage();
  }
}

session.addEventListener("ended", () => {
  stream.stop();
  showPage();
});
find("#sign-in form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(event.target));
  const trouble = find("#sign-in-trouble");
  trouble.textContent = "";
  try {
    trouble.textContent = (await session.signIn(email, password)) ?? "";
  } catch {
    trouble.textContent = "There is no connection now.";
  }
  if (session.isOpen) {
    event.target.reset();
    await begin();
    find("#making").focus({ preventScroll: true });
  }
});

document.addEventListener("touch", ({ detail }) => touch(detail));
const CLICKS = {
  "#shift": toggleShift,
  "#mute": toggleMute,
  "#all-day-button": toggleAllDay,
  "#recall-button": dialogs.openRecall,
  "#scheduled-button": () => (find("#store").close(), dialogs.openScheduled()),
  "#keys-button": () => (find("#store").close(), dialogs.openKeys()),
  "#store-button": dialogs.openStore,
  "#undo-button": undo,
  "#resume": dialogs.resumeOrdering,
  "#sign-out": () => (find("#store").close(), session.signOut()),
};
for (const [selector, listener] of Object.entries(CLICKS)) find(selector).addEventListener("click", listener);
for (const button of document.querySelectorAll("[data-pause]")) {
  button.addEventListener("click", () => dialogs.pauseOrdering(Number(button.dataset.pause)));
}
document.title = `${station ? stationWord(station) : "All stations"} · ${document.title}`;
drawSound();
begin();
