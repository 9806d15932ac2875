/** Corrections, capitals and suggestions of on-screen keyboards: off where code is typed, on where sentences are. */

/** As attributes: the property `autocorrect` of some browsers takes "off" for yes. */
export function setTypingAids(field: HTMLElement, on: boolean): void {
  const attributes = {
    autocorrect: on ? "on" : "off", autocapitalize: on ? "sentences" : "off", spellcheck: String(on), writingsuggestions: String(on),
  };
  for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
}
