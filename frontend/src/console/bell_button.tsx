/** One tap: tell me when what runs here finishes. */

import { useSignal } from "@preact/signals";
import bell from "lucide:bell";
import bellRing from "lucide:bell-ring";
import { useEffect } from "preact/hooks";
import { IconButton } from "../shell/icon";
import type { ConsoleInfo } from "../told";
import { finishedBell, toggleFinished } from "./bell_menu";

/** Of what ends sooner nobody wants to be told, and its button would only flicker. */
const SHOW_AFTER_MS = 2000;

export function BellButton({ info }: { info: ConsoleInfo }) {
  const isLong = useSignal(false);
  useEffect(() => {
    isLong.value = false;
    const timer = setTimeout(() => { isLong.value = true; }, SHOW_AFTER_MS);
    return () => clearTimeout(timer);
  }, [info.id]);
  const isSet = finishedBell(info) !== undefined;
  if (!isLong.value && !isSet) return null;
  return <IconButton icon={isSet ? bellRing : bell} label="Tell me when it finishes" pressed={isSet} onClick={() => toggleFinished(info)} />;
}
