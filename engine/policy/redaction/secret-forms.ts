/** The forms in which a key may stand in a text: as it is, and as URLs, JSON and base64 have it. Pure. */

/** A shorter one would be found in words. */
export const SHORTEST_SECRET = 6;
/** Of base64; a shorter run of it stands in other base64 by chance. */
const SHORTEST_CORE = 7;
const BITS_PER_BYTE = 8;
const BITS_PER_CHARACTER = 6;

/** All distinct forms, the longest first; empty for a secret that is too short to be looked for. */
export function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const plain = [secret, urlForm(secret), JSON.stringify(secret).slice(1, -1), secret.replaceAll("/", "\\/")];
  const coded = [0, 1, 2].flatMap((before) => base64Core(secret, before));
  const forUrls = coded.map((core) => core.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([...plain, ...coded, ...forUrls])].toSorted((a, b) => b.length - a.length);
}

function urlForm(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** The characters of base64 that are the same whatever stands around the secret, behind `before` bytes of something else (`user:`). */
function base64Core(secret: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const first = Math.ceil((before * BITS_PER_BYTE) / BITS_PER_CHARACTER);
  const end = Math.floor((bytes.length * BITS_PER_BYTE) / BITS_PER_CHARACTER);
  const core = bytes.toString("base64").slice(first, end);
  return core.length < SHORTEST_CORE ? [] : [core];
}
