// What opens over the tickets, and what is done from there: more about a ticket, recall, what comes later, keys, the store.

import { el, find } from "./dom.js";
import { drawMore, drawRecall, drawScheduled } from "./panels.js";

// The functions are bound: they are given to buttons and keys as they stand.
export class Dialogs {
  constructor({ api, station, session, clock, outbox, keys, doing, toast, tickets }) {
    const open = (id) => (find(id).showModal(), find(id));
    const close = (dialog, act) => () => (dialog.close(), act());

    this.rush = (ticket) =>
      ticket.kind === "order" &&
      outbox.push({
        kind: "rush",
        method: ticket.rush ? "DELETE" : "PUT",
        path: `${api}/queue/${ticket.order_id}/rush`,
        ticketId: ticket.order_id,
        label: `${ticket.code} urgent`,
      });

    const move = (ticket, kind, to, label, reason) =>
      outbox.push({
        kind,
        path: `/v1/orders/${ticket.order_id}/transitions`,
        body: reason ? { to, reason } : { to },
        ticketId: kind === "reject" ? ticket.order_id : undefined,
        label: `${ticket.code} ${label}`,
      });

    const sellOut = ({ item }) => {
      outbox.push({ kind: "sold_out", method: "PUT", path: `${api}/sold-out/item/${item.id}`, body: {}, label: `${item.name} sold out` });
      toast(`${item.name} is sold out here until further notice.`);
    };

    const reject = (ticket, reason) => {
      move(ticket, "reject", "rejected", "rejected", reason);
      toast(`${ticket.code} rejected.`);
    };

    this.openMore = (ticket) => {
      const dialog = find("#more");
      drawMore(dialog, ticket, {
        start: close(dialog, () => doing.touch({ kind: "start", position: null, ticket })),
        rush: close(dialog, () => this.rush(ticket)),
        soldOut: (line) => close(dialog, () => sellOut(line))(),
        reject: (reason) => close(dialog, () => reject(ticket, reason))(),
        noteCard: (number) => close(dialog, () => (doing.noteCard(ticket, number), toast("Loyalty card noted.")))(),
        cancel: close(dialog, () => doing.cancel(ticket)),
      });
      dialog.showModal();
    };

    this.openRecall = async () => {
      const dialog = find("#recall");
      const recall = (ticket) => close(dialog, () => doing.touch({ kind: "recall", position: null, ticket }))();
      const show = (all) => drawRecall(dialog, all, station, clock, recall);
      show(tickets());
      dialog.showModal();
      // Walk-ins that were handed over have left this screen; without a connection they can't be recalled now.
      const gone = await handedOver().catch(() => []);
      if (gone.length && dialog.open) show([...tickets(), ...gone]);
    };

    const handedOver = async () => {
      const answer = await session.fetch(`${api}/queue?view=recall&limit=100`);
      const { data } = await answer.json();
      return data.filter((ticket) => ticket.state === "picked_up");
    };

    this.openScheduled = async () => {
      const dialog = open("#scheduled");
      find(".content", dialog).replaceChildren(el("p", {}, "Looking…"));
      try {
        const answer = await session.fetch(`${api}/queue?view=scheduled&limit=100`);
        const { data } = await answer.json();
        drawScheduled(dialog, data, clock, (ticket) => close(dialog, () => move(ticket, "fire", "fired", "started"))());
      } catch {
        find(".content", dialog).replaceChildren(el("p", {}, "What comes later can't be shown while there is no connection."));
      }
    };

    this.openKeys = () => {
      const told = find("#keys .told");
      told.textContent = "";
      const rows = () => find("#keys ul").replaceChildren(...keys.rows((words) => (told.textContent = words)));
      rows();
      find("#keys-reset").onclick = () => (keys.reset(), rows(), (told.textContent = "All keys are as they came."));
      open("#keys");
    };

    this.openStore = () => open("#store");

    this.pauseOrdering = (minutes) => {
      const until = minutes ? new Date(clock.now() + minutes * 60000).toISOString() : null;
      find("#store").close();
      outbox.push({ kind: "pause", method: "PUT", path: `${api}/pause`, body: { until }, label: "Pause" });
      toast(until ? `No new orders until ${clock.time(until)}.` : "No new orders until further notice.");
    };

    this.resumeOrdering = () => {
      find("#store").close();
      outbox.push({ kind: "pause", method: "DELETE", path: `${api}/pause`, label: "Resume" });
      toast("Orders are taken again.");
    };
  }
}
