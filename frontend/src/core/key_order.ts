/** The order of keys that a person chose, over keys that come and go with versions of the page. */

interface Named {
  readonly name: string;
}

/** `keys` in the order that was `wanted`, which may be anything that was stored. One that it does not name stands behind the
 * key that it stands behind by itself. */
export function inOrder<K extends Named>(keys: readonly K[], wanted: unknown): readonly K[] {
  if (!Array.isArray(wanted)) return keys;
  const byName = new Map(keys.map((key) => [key.name, key]));
  const order = [...new Set<unknown>(wanted)].flatMap((name) => byName.get(name as string) ?? []);
  keys.forEach((key, at) => {
    if (!order.includes(key)) order.splice(at === 0 ? 0 : order.indexOf(keys[at - 1] as K) + 1, 0, key);
  });
  return order;
}

/** `names` with one of them at place `to`, or the nearest there is. */
export function withMoved(names: readonly string[], name: string, to: number): readonly string[] {
  const others = names.filter((other) => other !== name);
  return [...others.slice(0, Math.max(0, to)), name, ...others.slice(Math.max(0, to))];
}

/** A row with a program's own keys where `place` says among the others. A face stands there once. */
export function withSet<K extends { readonly face: string }>(row: readonly K[], set: readonly K[], place: (others: readonly K[]) => number): readonly K[] {
  const others = row.filter(({ face }) => !set.some((key) => key.face === face));
  const at = place(others);
  return [...others.slice(0, at), ...set, ...others.slice(at)];
}
