// The queue's screen, put together: what it knows (tickets), how it hears (stream), what was done here (outbox, doing),
// what it shows (floor, telling) and what opens over that (dialogs).

import { Dialogs } from "./dialogs.js";
import { find } from "./dom.js";
import { Doing } from "./doing.js";
import { Floor } from "./floor.js";
import { Keys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Session, SignedOut } from "./session.js";
import { Sounds, Wakefulness } from "./sound.js";
import { Stream } from "./stream.js";
import { Telling } from "./telling.js";
import { Tickets } from "./tickets.js";
import { WalkInForm } from "./walk-in.js";
import { calledBy, Clock, stationWord } from "./words.js";

const { storeId, timezone, stations } = document.body.dataset;
const KEPT = `sayso.queue.${storeId}`;
const API = `/v1/stores/${storeId}`;
const STATIONS = stations.split(",").filter(Boolean);

const station = new URLSearchParams(location.search).get("station");
const session = new Session();
const clock = new Clock(timezone);
const tickets = new Tickets(KEPT);
const outbox = new Outbox(`${KEPT}.outbox`, (path, options) => session.fetch(path, options));
const sounds = new Sounds();
const wakefulness = new Wakefulness();
const keys = new Keys();
const floor = new Floor({ clock, station, stations: STATIONS, tickets, outbox });
const telling = new Telling({ clock, outbox, session, heardAt: tickets.keptAt });
const doing = new Doing({ api: API, station, outbox, tickets, toast, ask });
const dialogs = new Dialogs({ api: API, station, session, clock, outbox, keys, doing, toast, tickets: () => floor.all() });
const walkIn = new WalkInForm({ api: API, kept: `${KEPT}.menu`, stations: STATIONS, session, clock, doing });
let etag = null;

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
    telling.heard(ok);
    if (ok) outbox.flush();
  },
});

async function refuse() {
  await session.signOut();
  find("#sign-in-trouble").textContent = "This account doesn't work at this store.";
}

// ---- showing

function toast(words, canUndo = false) {
  telling.toast(words, canUndo ? { label: `Undo (${keys.key("undo")})`, act: () => doing.undo() } : null);
}

function draw() {
  floor.draw();
  telling.drawLiveness();
}

tickets.addEventListener("change", draw);
outbox.addEventListener("change", draw);
tickets.addEventListener("news", ({ detail: { kind, ticket } }) => {
  const concerns = !station || ticket.lines.some((line) => line.stations.some((row) => row.station === station));
  if (!concerns) return;
  if (sounds.play(kind)) document.body.dataset.played = `${kind} ${calledBy(ticket)}`;
  telling.news(kind, calledBy(ticket));
});
setInterval(() => {
  floor.tick();
  telling.drawLiveness();
}, 1000);
// Whatever the browser says of the network: begin anew and see, since a connection that is there may be dead.
for (const change of ["online", "offline"]) {
  addEventListener(change, () => {
    stream.stop();
    if (session.isOpen) stream.start();
    telling.heard(false);
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
  const had = document.activeElement === find("#shift");
  drawSound();
  if (had) find("#mute").focus(); // in its place
}

// Without a shift nothing sounds: there is nothing to mute yet, and afterwards little reason to end it.
function drawSound() {
  find("#shift").hidden = sounds.isOn;
  find("#mute").hidden = !sounds.isOn;
  find("#end-shift").hidden = !sounds.isOn;
  find("#mute").textContent = sounds.isMuted ? "Unmute" : "Mute";
  find("#mute").setAttribute("aria-pressed", String(sounds.isMuted));
}

// ---- keys

function touch(detail) {
  if (detail.kind === "more") dialogs.openMore(detail.ticket);
  else doing.touch(detail);
}

function digit(number) {
  const wanted = floor.numbered(number);
  if (!wanted) return;
  if (document.activeElement === wanted) touch({ kind: "bump", position: null, ticket: wanted.ticket });
  else wanted.focus();
}

const ACTS = {
  next: () => floor.step(1),
  previous: () => floor.step(-1),
  nextLine: (chosen) => chosen?.moveLine(1),
  previousLine: (chosen) => chosen?.moveLine(-1),
  bump: (chosen) => chosen && touch({ kind: "bump", position: null, ticket: chosen.ticket }),
  start: (chosen) => chosen && touch({ kind: "start", position: null, ticket: chosen.ticket }),
  rush: (chosen) => chosen && dialogs.rush(chosen.ticket),
  more: (chosen) => chosen && dialogs.openMore(chosen.ticket),
  walkIn: () => walkIn.open(),
  undo: () => doing.undo(),
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
  walkIn.load();
  try {
    const answer = await session.fetch(`${API}/queue/settings`);
    if (answer.ok) floor.settings = await answer.json();
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
const fromStore = (act) => () => (find("#store").close(), act());
const CLICKS = {
  "#shift": toggleShift,
  "#end-shift": fromStore(toggleShift),
  "#mute": toggleMute,
  "#walk-in-button": () => walkIn.open(),
  "#all-day-button": toggleAllDay,
  "#recall-button": dialogs.openRecall,
  "#scheduled-button": fromStore(dialogs.openScheduled),
  "#keys-button": fromStore(dialogs.openKeys),
  "#store-button": dialogs.openStore,
  "#undo-button": () => doing.undo(),
  "#resume": dialogs.resumeOrdering,
  "#sign-out": fromStore(() => session.signOut()),
};
for (const [selector, listener] of Object.entries(CLICKS)) find(selector).addEventListener("click", listener);
for (const button of document.querySelectorAll("[data-pause]")) {
  button.addEventListener("click", () => dialogs.pauseOrdering(Number(button.dataset.pause)));
}
document.title = `${station ? stationWord(station) : "All stations"} · ${document.title}`;
drawSound();
begin();
