/** Lists of names in running text: "A, B and C", "A vs B", "`a` with `b`". */

const SEPARATOR = /\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|with|to|or|vs\.?|versus|against|&)\s+|\s*[;|]\s*/i;
const MARKS = /^[\s"'`“”*(]+|[\s"'`“”*)?!.:]+$/g;
const LONGEST_NAME = 80;

/** The names of a list, in its order, without quotes and articles; repeats once. Pure. */
export function namesIn(text: string): string[] {
  const names = text.split(SEPARATOR).map((name) =>
    name
      .replace(MARKS, "")
      .replace(/^(?:both|the|a|an|either)\s+/i, "")
      .replace(MARKS, ""),
  );
  const kept = [...new Set(names.filter((name) => name !== "" && name.length <= LONGEST_NAME))];
  return withHeadNoun(kept);
}

/** "synchronous and asynchronous hooks" is about two kinds of hooks: the noun belongs to both. */
function withHeadNoun(names: readonly string[]): string[] {
  const words = names.at(-1)?.split(/\s+/) ?? [];
  const noun = words.at(-1);
  const isKind = noun !== undefined && words.length === 2 && /^\p{Ll}[\p{L}-]*$/u.test(noun);
  if (!isKind) return [...names];
  return names.map((name) => (/^[\p{Ll}-]+$/u.test(name) && !name.endsWith(noun) ? `${name} ${noun}` : name));
}

/** Lower case with hyphens, as ids and file names are. Pure; empty for text without ASCII letters or digits. */
export function slug(text: string, limit: number = 40): string {
  const whole = text
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return whole.length <= limit ? whole : whole.slice(0, limit).replace(/-[^-]*$/, "");
}
