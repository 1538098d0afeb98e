// Who is signed in on this screen, and requests in their name. Tokens stay in this tab (sessionStorage).

const KEPT = "sayso.session";

export class SignedOut extends Error {}

export class Session extends EventTarget {
  #tokens = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  #refreshing = null;

  get isOpen() {
    return this.#tokens !== null;
  }

  // Returns null, or why it was refused.
  async signIn(email, password) {
    const answer = await fetch("/v1/sessions", this.#json({ email, password, device_name: "Queue screen" }));
    const body = await answer.json();
    if (!answer.ok) return body.detail ?? "That didn't work.";
    this.#keep(body);
    return null;
  }

  async signOut() {
    const tokens = this.#tokens;
    this.#keep(null);
    if (!tokens) return;
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    await fetch("/v1/sessions/current", { method: "DELETE", headers }).catch(() => {});
  }

  // Like fetch; a token that has run out is refreshed once. Throws SignedOut where nobody is signed in any more.
  async fetch(path, options = {}) {
    if (!this.#tokens) throw new SignedOut();
    const used = this.#tokens.access_token;
    const answer = await this.#send(path, options);
    if (answer.status !== 401) return answer;
    if (this.#tokens?.access_token === used) await this.#refresh();
    if (!this.#tokens) throw new SignedOut();
    return this.#send(path, options);
  }

  #send(path, options) {
    const headers = { ...options.headers, Authorization: `Bearer ${this.#tokens.access_token}` };
    return fetch(path, { ...options, headers, cache: "no-store" });
  }

  // Once for all who wait: a refresh token works once.
  #refresh() {
    this.#refreshing ??= this.#renew().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #renew() {
    const answer = await fetch("/v1/sessions/refresh", this.#json({ refresh_token: this.#tokens.refresh_token }));
    if (answer.ok) this.#keep(await answer.json());
    else if (answer.status < 500 && answer.status !== 429) this.#keep(null);
    else throw new TypeError("The session can't be renewed now.");
  }

  #json(body) {
    return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  }

  #keep(tokens) {
    const wasOpen = this.isOpen;
    this.#tokens = tokens;
    if (tokens) sessionStorage.setItem(KEPT, JSON.stringify(tokens));
    else sessionStorage.removeItem(KEPT);
    if (wasOpen && !tokens) this.dispatchEvent(new Event("ended"));
  }
}
