/** Run ids: sortable by time, unique, safe as a file name. The form of ULIDs (48 bits of time, 80 of chance, Crockford's base 32). */
import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARACTERS = 10;
const CHANCE_CHARACTERS = 16;

export function newRunId(now: number): string {
  let time = "";
  for (let rest = now, index = 0; index < TIME_CHARACTERS; index += 1, rest = Math.floor(rest / 32)) {
    time = `${ALPHABET[rest % 32]}${time}`;
  }
  const chance = [...randomBytes(CHANCE_CHARACTERS)].map((byte) => ALPHABET[byte % 32]).join("");
  return `${time}${chance}`;
}
