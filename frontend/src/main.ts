/** Builds the page and starts it. */

import { boot } from "./boot";

document.title = `${boot.user.name} · ide`;
