/**
 * What data states as keys and values, line by line: JSON, YAML, TOML. What is further in belongs to the key above it. A value
 * answers where the keys say all that is asked, and the last of them nothing else. Pure.
 */
import type { Answer } from "./answer.ts";
import type { ReadDocument } from "./documents.ts";
import type { Question, Term } from "./question.ts";
import { quotedValue, type Piece } from "./quoting.ts";
import { stemsOf, stemSet } from "./words.ts";

export interface Fact {
  /** `["engines", "node"]`; an item of a list has the list's keys. */
  keys: readonly string[];
  /** The value where it stands, and its key. */
  piece: Piece;
  keyPiece: Piece;
}

const STRUCTURED = /\.(?:jsonc?|ya?ml|toml)$/i;
const PAIR = /^(\s*)(?:- )?["'`*]*([\p{L}@][\p{L}\p{N}@ _/.:-]{0,60}?)["'`*]*\s?[:=]\s*(.*?),?\s*$/u;
const ITEM = /^(\s+)(?:- )?["']?(.+?)["']?,?\s*$/;
const VERSION = /^[\s~^<>=v|*.\dx,-]*\d[\s~^<>=v|*.\dx,-]*$/i;
/** What a value is, or a key that only says that there is one. */
const CLASS =
  /^(?:versions?|numbers?|counts?|names?|values?|types?|texts?|urls?|current|ids?|min(?:imum)?|requir(?:e|ed)?|support(?:ed)?|need(?:ed)?)$/i;
const MOST_VALUES = 12;
const LONGEST_LINE = 400;

export function factsOf({ path, lines }: ReadDocument): Fact[] {
  const facts: Fact[] = [];
  let above: { indent: number; key: string; piece: Piece }[] = [];
  for (const { number: line, text } of STRUCTURED.test(path) ? lines : []) {
    const pair = text.length > LONGEST_LINE ? undefined : pairIn(text);
    if (pair === undefined) continue;
    const { indent, key, value } = pair;
    above = above.filter((one) => one.indent < indent);
    const keyPiece = key === undefined ? above.at(-1)?.piece : { path, line, text: key };
    if (keyPiece === undefined) continue;
    const keys = [...above.map((one) => one.key), ...(key === undefined ? [] : [key])];
    if (!/^[{[|>]?$/.test(value)) facts.push({ keys, piece: { path, line, text: value }, keyPiece });
    else if (key !== undefined) above.push({ indent, key, piece: keyPiece });
  }
  return facts;
}

function pairIn(text: string): { indent: number; key: string | undefined; value: string } | undefined {
  const [, blanks = "", key, held = ""] = PAIR.exec(text) ?? [];
  const [, inward = "", item = ""] = (key === undefined && ITEM.exec(text)) || [];
  const value = (key === undefined ? item : held).replace(/^["']|["']$/g, "").trim();
  if (/^[{}[\]()]*$/.test(key ?? value)) return undefined;
  const inner = (/^\[\s*(.*?)\s*\]$/.exec(value)?.[1] ?? value).replace(/^"|"$/g, "");
  return { indent: (key === undefined ? inward : blanks).length, key, value: inner };
}

/** Of several documents those of the outermost, and of these the one that has the thing's name. `name`: where it is known. */
export function statedBy(given: readonly Fact[], question: Question, name = ""): Answer | undefined {
  const naming = new Set(
    given.filter(({ piece: { text } }) => text.split("/").at(-1) === name).map(({ piece: { path } }) => path),
  );
  const known = stemSet(name);
  const words = question.terms.filter(({ stem, weight }) => weight >= 0.3 && !known.has(stem));
  const named = words.filter(({ word }) => !CLASS.test(word));
  const wanted = named.length > 0 ? named : words;
  const facts = naming.size > 0 ? given.filter(({ piece }) => naming.has(piece.path)) : given;
  const depthOf = ({ piece }: Fact): number => piece.path.split("/").length;
  const depth = Math.min(...facts.map(depthOf));
  const [first] = facts
    .map((fact) => ({ fact, end: depthOf(fact) === depth ? endOfKey(fact.keys, words, wanted) : 0 }))
    .filter(({ end }) => end > 0)
    .sort((one, other) => one.end - other.end);
  if (first === undefined || wanted.length === 0) return undefined;
  const { end, fact } = first;
  const key = fact.keys.slice(0, end).join("\n");
  const own = facts.filter(
    ({ keys, piece }) => piece.path === fact.piece.path && keys.slice(0, end).join("\n") === key,
  );
  const brief = own.filter(({ keys }) => keys[end] === "name" || keys[end] === "url");
  return valueIn(brief.length > 0 ? brief : own, end, question.text);
}

function valueIn(own: readonly Fact[], end: number, asked: string): Answer | undefined {
  const values = /\bversions?\b/i.test(asked) ? own.filter(({ piece }) => VERSION.test(piece.text)) : own;
  // What an object names is its content, unless the names only say what the values are.
  const isNaming = values.every(({ keys }) => keys.length > end && !CLASS.test(keys[end] ?? ""));
  const shown = values.slice(0, MOST_VALUES).map(({ piece, keyPiece }) => (isNaming ? keyPiece : piece));
  const quotes = shown.map(quotedValue).filter((quote) => quote !== "");
  if (quotes.length === 0) return undefined;
  const more = values.length > shown.length ? ` and ${values.length - shown.length} more` : "";
  const isCount = /\bnumber of\b|\bhow many\b/i.test(asked);
  const value = isCount ? String(values.length) : shown.map(({ text }) => text).join(", ");
  const text = `${isCount ? `${value}: ` : ""}${quotes.join(", ")}${more}`;
  return { text, isSure: true, value, citation: text };
}

/** Up to where the keys say all that is wanted, and in their last one nothing else; 0: they do not. */
function endOfKey(keys: readonly string[], words: readonly Term[], wanted: readonly Term[]): number {
  const says = (term: Term, stem: string): boolean => term.stem === stem || term.synonyms.includes(stem);
  const said: string[] = [];
  for (const [at, key] of keys.entries()) {
    const [whole = "", ...parts] = stemsOf(key);
    said.push(whole, ...parts);
    const isAsked = (stem: string): boolean => CLASS.test(stem) || words.some((term) => says(term, stem));
    const isOnly = isAsked(whole) || (parts.length > 1 && parts.every(isAsked));
    if (isOnly && wanted.every((term) => said.some((stem) => says(term, stem)))) return at + 1;
  }
  return 0;
}
