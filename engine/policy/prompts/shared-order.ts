/**
 * The order in which tools and skills stand in prompts: those that most agents of the run have come first, so that agents who
 * have only some in common share the longest beginning; then by name. The same whatever order the profiles list them in. Pure.
 */

/** `names` without repetition, ordered by how many of `lists` (one for each agent of the run) name them. */
export function sharedFirst(names: readonly string[], lists: readonly (readonly string[])[]): string[] {
  const holders = new Map<string, number>();
  for (const list of lists) for (const name of new Set(list)) holders.set(name, (holders.get(name) ?? 0) + 1);
  const held = (name: string): number => holders.get(name) ?? 0;
  return [...new Set(names)].sort((one, other) => held(other) - held(one) || (one < other ? -1 : 1));
}
