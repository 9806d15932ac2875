/** A console pane without a console. */

import { consoles, starting } from "../console/index";
import { late } from "./on_demand";

const ConsoleChoice = late((parts) => parts.ConsoleChoice);

export function EmptyConsole({ paneId }: { paneId: string }) {
  if (consoles.value === null) return <div class="skeleton" role="img" aria-label="Asking for the consoles" />;
  if (starting.value > 0) return <div class="skeleton" role="img" aria-label="Starting a console" />;
  return <ConsoleChoice paneId={paneId} />;
}
