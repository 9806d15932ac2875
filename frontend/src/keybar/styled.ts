/** Brings the style sheet of the key row and the compose line along with whichever of them comes first. */

import { wear } from "../wear";
import css from "./keybar.css" with { type: "text" };

wear(css);
