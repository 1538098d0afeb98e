// What this screen knows of the queue. A ticket is taken only where its version is newer than the one known, so
// events may come twice, late or in any order; what was missed is found by the check and read anew.

const SAVE_MS = 500;
const NEW_MS = 20000;

// What a ticket, or a row of the feed, is of: an order or a walk-in.
export const idOf = ({ order_id: orderId, walk_in_id: walkInId }) => orderId ?? walkInId;

export class Tickets extends EventTarget {
  #tickets = new Map(); // id → ticket
  #versions = new Map(); // id → newest version known, also of tickets that left
  #stamps = new Map(); // id → when it was last taken, in steps of this screen
  #step = 0;
  #key;
  #saving = null;
  #isKnown = false;
  flags = new Map(); // id → "new" or "changed": until someone touches the ticket

  constructor(key) {
    super();
    this.#key = key;
    const kept = read(key);
    this.keptAt = kept?.at ?? null;
    for (const ticket of kept?.tickets ?? []) {
      this.#tickets.set(idOf(ticket), ticket);
      this.#versions.set(idOf(ticket), ticket.version);
    }
    for (const [id, flag] of kept?.flags ?? []) if (flag !== "new") this.flags.set(id, flag);
    this.#isKnown = kept !== null;
  }

  // In the order to start on them, urgent ones first.
  all() {
    return [...this.#tickets.values()].sort(inOrder);
  }

  get(id) {
    return this.#tickets.get(id);
  }

  sums() {
    let versions = 0;
    for (const ticket of this.#tickets.values()) versions += ticket.version;
    return { tickets: this.#tickets.size, versions };
  }

  agreesWith(check) {
    const own = this.sums();
    return own.tickets === check.tickets && own.versions === check.versions;
  }

  // A row of the feed, or of the answer to what was done here ({ mine: true }: no news to whoever did it).
  apply({ version, ticket, ...row }, { mine = false } = {}) {
    const id = idOf(row);
    if (version <= (this.#versions.get(id) ?? 0)) return;
    this.#set(id, version, ticket, mine);
    this.#changed();
  }

  // It has left, as its answer said without a version: one more than was known.
  drop(id) {
    if (this.#tickets.has(id)) this.#set(id, this.#versions.get(id) + 1, null, true);
    this.#changed();
  }

  get step() {
    return this.#step;
  }

  // The whole queue as it was asked for at the step: what was taken since is newer than it.
  replace(tickets, askedAt) {
    const listed = new Set();
    for (const ticket of tickets) {
      const id = idOf(ticket);
      listed.add(id);
      const known = this.#versions.get(id) ?? 0;
      const isMissing = !this.#tickets.has(id);
      const isNewer = (this.#stamps.get(id) ?? 0) > askedAt;
      if (ticket.version > known || (isMissing && !isNewer)) this.#set(id, ticket.version, ticket, false);
    }
    for (const id of [...this.#tickets.keys()]) {
      if (!listed.has(id) && (this.#stamps.get(id) ?? 0) <= askedAt) this.#set(id, this.#versions.get(id), null, false);
    }
    this.#isKnown = true;
    this.#changed();
  }

  unflag(id, flag = this.flags.get(id)) {
    if (this.flags.get(id) === flag && this.flags.delete(id)) this.#changed();
  }

  #set(id, version, ticket, mine) {
    const before = this.#tickets.get(id);
    this.#step += 1;
    this.#stamps.set(id, this.#step);
    this.#versions.set(id, version);
    if (ticket) this.#tickets.set(id, ticket);
    else {
      this.#tickets.delete(id);
      this.flags.delete(id);
    }
    if (this.#isKnown && ticket && !mine) this.#tell(before, ticket);
  }

  #tell(before, ticket) {
    let kind = null;
    if (!before && !ticket.void && ticket.state !== "ready") kind = "new";
    else if (before && ticket.void && !before.void) kind = "void";
    else if (before && content(before) !== content(ticket)) kind = "changed";
    if (!kind) return;
    if (kind !== "void") this.flags.set(idOf(ticket), kind);
    if (kind === "new") setTimeout(() => this.unflag(idOf(ticket), "new"), NEW_MS);
    this.dispatchEvent(new CustomEvent("news", { detail: { kind, ticket } }));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    this.#saving ??= setTimeout(() => {
      this.#saving = null;
      const kept = { at: Date.now(), tickets: [...this.#tickets.values()], flags: [...this.flags] };
      write(this.#key, kept);
    }, SAVE_MS);
  }
}

// What a ticket asks to be made: anything else of it may change without a word.
function content(ticket) {
  return JSON.stringify([
    ticket.method,
    ticket.alias,
    ticket.lines.map(({ stations, ...line }) => [line, stations.map((row) => row.station)]),
  ]);
}

export const inOrder = (one, other) =>
  other.rush - one.rush || compare(one.fire_at, other.fire_at) || compare(idOf(one), idOf(other));
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

export function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

export function write(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A full disk must not stop the bar.
  }
}
