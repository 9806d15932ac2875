/** Starting what was stopped, for its files alone. */

import { api, inWorkspace } from "../api";

/** Answers once it runs. Throws ApiError. */
export async function startWorkspace(): Promise<void> {
  await api.post(inWorkspace("start"));
}
