/** What a judge has said, wherever in its reply it stands. Pure. */
import { fieldOf, isRecord } from "../../../state/is-record.ts";
import { extractJson } from "../output/extract-json.ts";

export interface JudgesWord {
  verdict: "holds" | "violated";
  /** What was said beside it. */
  reason: string;
}

/** In bold, as a heading, behind `Verdict:`; first those that begin a line, then any. */
const LINE =
  /^[ \t*_`#>-]*(?:(?:final )?(?:verdict|answer|judg(?:e)?ment|result)[ \t*_`]*:[ \t*_`]*)?(HOLDS|VIOLATED)\b[ \t*_`]*[:.,;–—-]*[ \t*_`]*/gim;
/** Characters before the word that are looked at. */
const SENTENCE = 60;
const ANYWHERE = /\b(HOLDS|VIOLATED)\b/g;

/** Before or behind the word it says the contrary, and what is meant is for the judge to say. */
const NEGATED =
  /\b(?:not|never|no longer|hardly|cannot|nicht|kein\w*)[ \t*_`]+(?:\w+[ \t]+){0,2}[*_`]*$|n['’]t[ \t*_`]+(?:\w+[ \t]+){0,2}[*_`]*$/i;
const NEGATED_BEHIND = /^[ \t*_`]*(?:not|nicht)\b/i;

/** Undefined where it says neither, or both. */
export function verdictIn(text: string): JudgesWord | undefined {
  return inJson(text) ?? inWords(text, LINE) ?? inWords(text, ANYWHERE);
}

function inJson(text: string): JudgesWord | undefined {
  if (!text.includes("{")) return undefined;
  const extracted = extractJson(text, isRecord);
  if (!extracted.ok) return undefined;
  const said = fieldOf(extracted.value, "verdict") ?? fieldOf(extracted.value, "holds");
  const word = typeof said === "boolean" ? (said ? "holds" : "violated") : String(said).trim().toLowerCase();
  if (word !== "holds" && word !== "violated") return undefined;
  const reason = ["reason", "evidence", "why"]
    .map((name) => fieldOf(extracted.value, name))
    .find((each) => each !== undefined && each !== null);
  return { verdict: word, reason: String(reason ?? "") };
}

function inWords(text: string, pattern: RegExp): JudgesWord | undefined {
  const found = [...text.matchAll(pattern)];
  const [first] = found;
  const words = new Set(found.map(([, word = ""]) => word.toLowerCase()));
  const [word] = words;
  if (first === undefined || words.size !== 1 || (word !== "holds" && word !== "violated")) return undefined;
  const line = text.slice(text.lastIndexOf("\n", first.index) + 1).split("\n", 1)[0] ?? "";
  if (line.includes("HOLDS") && line.includes("VIOLATED")) return undefined;
  const at = first.index + first[0].indexOf(first[1] ?? "");
  const behind = text.slice(first.index + first[0].length).trim();
  const isNegated =
    NEGATED.test(text.slice(Math.max(0, at - SENTENCE), at)) || NEGATED_BEHIND.test(text.slice(at + word.length));
  if (isNegated) return undefined;
  return { verdict: word, reason: behind === "" ? text.slice(0, first.index).trim() : behind };
}
