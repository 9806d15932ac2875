/** A console pane without a console. */

import { consoles, starting } from "../console/index";
import { late } from "./on_demand";

const Invitation = late((parts) => parts.Invitation);

export function EmptyConsole({ paneId }: { paneId: string }) {
  if (consoles.value === null) return <div class="skeleton" role="img" aria-label="Asking for the consoles" />;
  if (starting.value > 0) return <div class="skeleton" role="img" aria-label="Starting a console" />;
  return <Invitation paneId={paneId} />;
}
