/** The browser's timers, as core wants them. */

import type { Clock } from "../core/pace";

export const clock: Clock = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
