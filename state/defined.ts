/** Objects without the members that are undefined: what is written, and what lies over other options. Pure. */
export function defined<Members extends object>(members: Members): Partial<Members> {
  const found: Partial<Members> = {};
  for (const name in members) if (members[name] !== undefined) found[name] = members[name];
  return found;
}
