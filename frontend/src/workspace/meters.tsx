/** What the workspace uses, live: words in the status line, and a small picture of them where a finger needs more room
 * than a line has. Both lead to the panel. */

import type { CSSProperties } from "preact";
import { type Gauge, gauges, inARow, type Resource, spoken } from "../core/usage";
import { link } from "../session";
import { screenClass, single } from "../shell/screen";
import { high, openWorkspace, slowed, usage } from "./usage";

const TOUCH = matchMedia("(any-pointer: coarse)");

/** Where a target has to be larger than the status line is high. */
export function hasTouch(): boolean {
  return TOUCH.matches;
}

/** What is shown: nothing before it is known, nor while the server is not heard. */
function shown(): Gauge[] {
  const now = usage.value;
  return now === null || link.status.value !== "connected" ? [] : gauges(now);
}

function isHigh(resource: Resource): boolean {
  return high.value.has(resource) || (resource === "cpu" && slowed.value);
}

/** Everything where it can be pressed; only what is high where one pane fills the screen, or the small picture is there. */
export function UsageLine() {
  const all = shown();
  const brief = single.value || hasTouch();
  const some = all.filter(({ resource }) => isHigh(resource) || (!brief && resource !== "files"));
  if (some.length === 0) return null;
  if (brief) return <span class="usage warn"><span aria-hidden="true">! </span>{inARow(some.map((gauge) => briefly(gauge, some.length)))}</span>;
  return (
    <button type="button" class="usage" aria-label={spoken(all)} title="Show the workspace" onClick={openWorkspace}>
      {some.map((gauge) => <Cell key={gauge.resource} gauge={gauge} />)}
    </button>
  );
}

/** Of many only which they are. */
function briefly({ resource, word, short }: Gauge, count: number): string {
  if (resource === "cpu") return `${word} slowed`;
  if (resource === "disk" && usage.value?.disk?.full) return `${word} full`;
  return count === 1 ? `${word} ${short}` : word;
}

/** How wide a character is beside a digit, in such words. */
const CELL = 0.88;

function Cell({ gauge: { resource, word, value, short, share, widest } }: { gauge: Gauge }) {
  const warns = isHigh(resource);
  const wide = screenClass.value === "wide";
  const style: CSSProperties = { "--share": share ?? 0, minWidth: `${(wide || share === null ? widest : 5) * CELL}ch` };
  return (
    <span class={`usage-cell ${warns ? "warn" : ""}`}>
      {warns && <span aria-hidden="true">! </span>}
      {word} <span class={share === null ? "usage-value" : "usage-value limited"} style={style}>{wide ? value : short}</span>
      {resource === "cpu" && slowed.value && " slowed"}
    </span>
  );
}

/** A bar each, empty where there is no limit or nothing is known yet. */
export function UsageButton() {
  const all = shown();
  const bars = all.filter(({ resource }) => resource !== "files" || isHigh(resource));
  return (
    <button type="button" class="icon-button usage-button" aria-label={all.length > 0 ? spoken(all) : "Workspace"} title="Show the workspace" onClick={openWorkspace}>
      <span class="usage-bars" aria-hidden="true">
        {bars.length === 0 && UNKNOWN}
        {bars.map(({ resource, share }) => <span key={resource} class={isHigh(resource) ? "warn" : ""} style={{ "--share": share ?? 0 }} />)}
      </span>
    </button>
  );
}

const UNKNOWN = <><span /><span /><span /><span /></>;
