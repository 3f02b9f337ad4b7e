// The ways in: the password (a session, whose cookie no script can read), the link of the first start (#setup=), a token.
import { byId, setText } from "./parts.js";

export const SESSION = "session"; // stands for a token where the cookie does the work
let csrf = "", setup = "";

async function ask(method, path, body) {
  const answer = await fetch(`/api/v1/${path}`, {
    method, cache: "no-store", headers: { ...(body && { "Content-Type": "application/json" }), ...(csrf && { "X-CSRF-Token": csrf }) },
    body: body && JSON.stringify(body),
  });
  const said = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(said.detail ?? `status ${answer.status}`);
  csrf = said.csrf_token ?? csrf;
  return said;
}
/** Whether this browser has a session. */
export const known = () => ask("GET", "session").then(() => true, () => false);
export async function logOut() {
  if (!csrf) await known(); // the page was loaded anew since
  await ask("DELETE", "session").catch(() => {});
  csrf = "";
}

/** Takes the set-up link's token from the address; it leaves the history at once. */
export function takeSetup() {
  const given = location.hash.match(/^#setup=([\w-]+)$/)?.[1];
  if (given) {
    setup = given;
    history.replaceState(null, "", location.pathname);
  }
  return !!setup;
}
export function showDoor(why = "") {
  byId("setup").hidden = !setup;
  byId("sign-in").hidden = !!setup;
  setText(byId(setup ? "setup-error" : "login-error"), why);
  byId(setup ? "new-password" : "password").focus();
}
function onSubmit(form, field, error, act) {
  byId(form).addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.target.querySelector("button");
    button.disabled = true;
    setText(byId(error), "");
    try {
      await act(byId(field).value);
      byId(field).value = "";
    } catch (e) {
      setText(byId(error), e.message);
      byId(field).focus();
    }
    button.disabled = false;
  });
}
export function openDoor(enter) {
  onSubmit("login-form", "password", "login-error", async (password) => {
    await ask("POST", "session", { password });
    enter(SESSION);
  });
  onSubmit("setup-form", "new-password", "setup-error", async (password) => {
    await ask("POST", "setup", { token: setup, password });
    setup = "";
    enter(SESSION);
  });
  onSubmit("token-form", "token", "login-error", async (token) => { if (token.trim()) enter(token.trim()); });
}
