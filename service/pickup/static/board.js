// The ready board. Its link's token stands after # in the address, and it is sent as a header: so no log and no referrer has it.

import { arrange, el, find } from "./dom.js";
import { Stream } from "./stream.js";
import { Clock } from "./words.js";

const TURN_MS = 8000; // where not all fit, the next ones are shown
const FRESH_MS = 10000;
const STALE_MS = 15000;

const token = location.hash.slice(1);
const clock = new Clock(document.body.dataset.timezone);
const withToken = { "Board-Token": token };
const seen = new Map(); // code of a ready order → when it was first shown here

let board = { walk_ins: 0, preparing: [], ready: [] };
let heardAt = 0;
let isEnded = token === "";
let turn = 0;

const stream = new Stream({
  request: (options) => fetch("/v1/board/events", { ...options, headers: { ...options.headers, ...withToken }, cache: "no-store" }),
  ask: async () => {
    const answer = await fetch("/v1/board", { headers: withToken, cache: "no-store" });
    clock.heard(answer.headers.get("Date"));
    if (answer.status === 404) return end();
    if (!answer.ok) throw new Error(`The board answers ${answer.status}.`);
    return take(await answer.json());
  },
  onEvent: (kind, data) => kind === "board" && take(data),
  onHeard: (ok) => {
    if (ok && !isEnded) heardAt = Date.now();
    draw();
  },
});

function take(document) {
  board = document;
  draw();
}

function end() {
  isEnded = true;
  stream.stop();
  board = { walk_ins: 0, preparing: [], ready: [] };
  draw();
}

function draw() {
  const ready = board.ready.filter((entry) => Date.parse(entry.clears_at) > clock.now());
  for (const { code } of ready) if (!seen.has(code)) seen.set(code, Date.now());
  for (const code of [...seen.keys()]) if (!ready.some((entry) => entry.code === code)) seen.delete(code);
  fill(find("#ready"), ready, "Nothing is waiting.");
  fill(find("#preparing"), board.preparing, board.walk_ins ? "" : "Nothing is being made.", atTheCounter(board.walk_ins));
  tell();
}

// Who ordered at the counter waits there and needs no name here; how many they are belongs to how long all others wait.
const atTheCounter = (count) => (count ? `and ${count} who ordered at the counter` : "");

function fill(section, entries, nothing, also = "") {
  const list = find("ul", section);
  const more = find(".more", section);
  const fits = Math.max(1, Math.floor(list.clientHeight / lineHeight(section)));
  const turns = Math.max(1, Math.ceil(entries.length / fits));
  const from = (turn % turns) * fits;
  const shown = entries.slice(from, from + fits);
  const known = new Map([...list.children].map((line) => [line.dataset.entry, line]));
  arrange(list, shown.map((entry) => known.get(keyOf(entry)) ?? line(entry)));
  for (const each of list.children) {
    const since = seen.get(each.dataset.code);
    each.classList.toggle("fresh", section.id === "ready" && Date.now() - since < FRESH_MS);
  }
  const place = entries.length === 0 ? nothing : turns > 1 ? `${(turn % turns) + 1} of ${turns}` : "";
  more.textContent = [place, also].filter(Boolean).join(", ");
}

const keyOf = ({ code, alias }) => JSON.stringify([code, alias]);

function line(entry) {
  return el(
    "li",
    { class: (entry.alias?.length ?? 0) > 12 ? "long" : null, data: { entry: keyOf(entry), code: entry.code } },
    entry.alias && el("bdi", {}, entry.alias),
    el("span", { class: "code" }, entry.code),
  );
}

function lineHeight(section) {
  const [share, portrait] = section.id === "ready" ? [10, 7] : [6.5, 5];
  return (innerHeight / 100) * (innerHeight > innerWidth ? portrait : share) * 1.25;
}

function tell() {
  const isStale = heardAt > 0 && Date.now() - heardAt > STALE_MS;
  const words = isEnded
    ? "This board's link has ended. Ask a manager for a new one."
    : isStale
      ? `As of ${clock.time(heardAt)}: there is no connection now`
      : "";
  if (find("#told").textContent !== words) find("#told").textContent = words;
  find("#clock").textContent = clock.time(clock.now());
}

setInterval(draw, 1000);
setInterval(() => {
  turn += 1;
  draw();
}, TURN_MS);
addEventListener("online", () => {
  stream.stop();
  if (!isEnded) stream.start();
});
if (!isEnded) stream.start();
draw();
