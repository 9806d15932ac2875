/** Forms outside the editor (sign-in, set-up, invitation): sent as JSON, refusals shown in place.
 *
 * A form says where it goes: `<form data-api="api/v1/login" data-next="./" data-csrf="…">` with a
 * `<p class="error" role="alert">`. Fields named `repeat` must equal `password` and are not sent. */

import { send } from "./http";

async function submit(form: HTMLFormElement, say: (text: string) => void): Promise<void> {
  const fields: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) if (typeof value === "string") fields[name] = value;
  if ("repeat" in fields && fields["repeat"] !== fields["password"]) {
    say("The two passwords differ.");
    return;
  }
  delete fields["repeat"];
  const { api = "", next = "./", csrf = "" } = form.dataset;
  await send("POST", api, csrf, fields);
  location.assign(next);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-api]")) {
  const alert = form.querySelector<HTMLElement>("[role=alert]");
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const say = (text: string): void => {
    if (alert) alert.textContent = text;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say("");
    if (button) button.disabled = true;
    submit(form, say)
      .catch((error: unknown) => say(error instanceof Error ? error.message : String(error)))
      .finally(() => {
        if (button) button.disabled = false;
      });
  });
}
