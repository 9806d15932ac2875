/** The page's own keys: which event means which action, and what a person reads about them. */

export type KeyAction = "save" | "run" | "toggle-files" | "toggle-console" | "next-region" | "previous-region";

export const isApple = /Mac|iPad|iPhone/.test(navigator.platform);

/** The action of a key event; null when the key belongs to somebody else. In a console only Cmd (Apple)
 * and keys that no shell uses are ours; AltGraph and composing are never ours. */
export function actionOf(event: KeyboardEvent, inConsole: boolean): KeyAction | null {
  if (event.isComposing || event.getModifierState("AltGraph")) return null;
  if (event.key === "F6") return event.shiftKey ? "previous-region" : "next-region";
  if (event.altKey) return null;
  if (event.code === "Backquote" && event.ctrlKey && !event.metaKey && !event.shiftKey) return "toggle-console";
  const primary = isApple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (!primary || event.shiftKey || (inConsole && !isApple)) return null;
  switch (event.key.toLowerCase()) {
    case "s": return "save";
    case "enter": return "run";
    case "b": return "toggle-files";
    case "j": return "toggle-console";
    default: return null;
  }
}

export function keyHelp(): readonly { keys: string; what: string }[] {
  const mod = isApple ? "Cmd" : "Ctrl";
  return [
    { keys: `${mod} S`, what: "Save" },
    { keys: `${mod} Enter`, what: "Run the file" },
    { keys: `${mod} B`, what: "Show or hide the files" },
    { keys: `Ctrl \u0060`, what: "Show or hide the console" },
    { keys: `${mod} J`, what: "The same, outside a console" },
    { keys: "F6, Shift F6", what: "Next and previous part of the page" },
    { keys: `${mod} F`, what: "Find in the file, or in what a console printed" },
    { keys: "Ctrl Shift F", what: "The same in a console while a full-screen program runs" },
    { keys: "Ctrl [", what: "Escape, where the keyboard has no Esc key" },
    { keys: isApple ? "Shift Option M" : "Ctrl M", what: "Let Tab leave the editor" },
  ];
}
