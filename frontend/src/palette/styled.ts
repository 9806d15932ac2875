/** How the palette and the key tester look: a sheet of their own, which comes with the first of them. */

import { wear } from "../wear";
import css from "./palette.css" with { type: "text" };

wear(css);
