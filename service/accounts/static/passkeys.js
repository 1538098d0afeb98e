// Passkeys, to try out. The browser reads and writes WebAuthn's own JSON, so what the service says goes to the
// authenticator as it is, and what the authenticator says goes to the service. The token lives in this page only.

const find = (selector, root = document) => root.querySelector(selector);
const DEVICE = "Passkey page";
let token = null;

class Refused extends Error {}

async function ask(method, path, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, cache: "no-store", body: JSON.stringify(body) });
  if (answer.status === 204) return null;
  const said = await answer.json();
  if (answer.ok) return said;
  const fields = Object.values(said.errors ?? {}).flat();
  throw new Refused([said.detail, ...fields].join(" "));
}

async function make({ public_key: options }) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}

async function show({ public_key: options }) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}

// ---- what the buttons do

async function signInWithPasskey() {
  const credential = await show(await ask("POST", "/v1/sessions/passkey-challenges"));
  await enter(await ask("POST", "/v1/sessions/passkey", { credential, device_name: DEVICE }));
}

async function signInWithPassword({ email, password }) {
  await enter(await ask("POST", "/v1/sessions", { email, password, device_name: DEVICE }));
}

async function askForCode({ email }) {
  const { detail } = await ask("POST", "/v1/customers", { email });
  find("#code-form").hidden = false;
  find("#code-form input").focus();
  tell(detail);
}

async function signUp({ token: code }) {
  const credential = await make(await ask("POST", "/v1/customers/passkey-challenges", { token: code }));
  const passkey = { credential, name: "The first one" };
  await enter(await ask("POST", "/v1/customers/verification", { token: code, passkey, device_name: DEVICE }));
}

async function enter(session) {
  token = session.access_token;
  const me = await ask("GET", "/v1/me");
  find("#who").textContent = me.email;
  await draw();
  place();
  tell("You are signed in.");
}

async function signOut() {
  await ask("DELETE", "/v1/sessions/current");
  token = null;
  find("#passkeys").replaceChildren();
  place();
  tell("You are signed out.");
}

async function add({ name }) {
  const credential = await make(await ask("POST", "/v1/me/passkeys/challenges"));
  await ask("POST", "/v1/me/passkeys", { credential, name: name || null });
  find("#add-form").reset();
  await draw();
  tell("The passkey was added.");
}

async function rename(id, { name }) {
  await ask("PATCH", `/v1/me/passkeys/${id}`, { name });
  await draw();
  tell("The passkey has its new name.");
}

async function remove(id) {
  await ask("DELETE", `/v1/me/passkeys/${id}`);
  await draw();
  tell("The passkey was removed here. Your device may still offer it; delete it there too.");
}

// ---- what the page shows

function place() {
  find("#signed-out").hidden = token !== null;
  find("#signed-in").hidden = token === null;
  for (const form of document.forms) form.reset();
  find("#code-form").hidden = true;
}

async function draw() {
  const { data } = await ask("GET", "/v1/me/passkeys?limit=100");
  find("#passkeys").replaceChildren(...data.map(row));
  find("#passkeys").hidden = data.length === 0;
  find("#none").hidden = data.length > 0;
}

function row(passkey) {
  const entry = document.createElement("li");
  const form = document.createElement("form");
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { name: "name", value: passkey.name ?? "", required: true, maxLength: 60, autocomplete: "off" });
  label.append("Name ", input);
  form.append(label, button("Save name", "submit"), button("Remove", "button", () => remove(passkey.id)));
  on(form, (said) => rename(passkey.id, said));
  entry.append(form, line(about(passkey)));
  if (passkey.suspected_at) {
    const warning = line("It answered as only a copy of it would. Remove it and add a new one.");
    warning.className = "suspected";
    entry.append(warning);
  }
  return entry;
}

function about({ created_at: added, last_used_at: used, is_synced: synced }) {
  const time = (instant) => new Date(instant).toLocaleString();
  const use = used ? `last used ${time(used)}` : "not used yet";
  return `Added ${time(added)}, ${use}, ${synced ? "kept by its maker for your other devices" : "on one device only"}.`;
}

function line(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  return paragraph;
}

function button(text, type, act) {
  const made = document.createElement("button");
  Object.assign(made, { type, textContent: text });
  if (act) made.addEventListener("click", () => attempt(act));
  return made;
}

const tell = (words) => (find("#told").textContent = words);

// ---- how it is done: one thing at a time, and trouble is told in words

let busy = false;

async function attempt(act) {
  if (busy) return;
  busy = true;
  tell("");
  try {
    await act();
  } catch (error) {
    tell(words(error));
  } finally {
    busy = false;
  }
}

function words(error) {
  if (error instanceof Refused) return error.message;
  if (error.name === "NotAllowedError") return "Your device was not asked, or you said no, or it took too long.";
  if (error.name === "InvalidStateError") return "Your device has a passkey of this account already.";
  if (error.name === "SecurityError") return "Passkeys can't be used at this address.";
  if (error instanceof TypeError) return "The service can't be reached, or this browser is too old for passkeys.";
  throw error;
}

function on(form, act) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => act(Object.fromEntries(new FormData(form))));
  });
}

find("#sign-in").addEventListener("click", () => attempt(signInWithPasskey));
find("#sign-out").addEventListener("click", () => attempt(signOut));
on(find("#password-form"), signInWithPassword);
on(find("#address-form"), askForCode);
on(find("#code-form"), signUp);
on(find("#add-form"), add);

const rpId = find("main").dataset.rpId;
find("#elsewhere").hidden = location.hostname === rpId || location.hostname.endsWith(`.${rpId}`);
