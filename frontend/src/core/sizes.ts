/** Amounts of bytes in words: binary units, called by their own names. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const STEP = 1024;
/** Less of a unit than this is said in a smaller one. */
const LEAST = 0.1;

/** "512 B", "1.5 MiB", "48 GiB", with a space that does not break. */
export function size(bytes: number): string {
  const unit = unitOf(bytes);
  return `${figure(bytes, unit)}\u00a0${UNITS[unit]}`;
}

/** "0.4 of 2.0 GiB", "12 MiB of 2.0 GiB" where it would be next to nothing. Without a limit (0) just what is used. */
export function ofLimit(used: number, limit: number): string {
  if (limit <= 0) return size(used);
  const unit = unitOf(limit);
  if (used > 0 && used < LEAST * STEP ** unit) return `${size(used)} of ${size(limit)}`;
  return `${figure(used, unit)} of ${figure(limit, unit)}\u00a0${UNITS[unit]}`;
}

function unitOf(bytes: number): number {
  let unit = 0;
  // 1023.9 KiB would be rounded to 1024.
  for (let value = bytes; value >= STEP - 0.5 && unit < UNITS.length - 1; value /= STEP) unit += 1;
  return unit;
}

/** One decimal below 10. */
function figure(bytes: number, unit: number): string {
  const value = bytes / STEP ** unit;
  return unit === 0 || value === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
}
