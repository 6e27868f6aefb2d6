/** A question's answer from units: the place that says it, quoted whole; or what comes closest, said to be no answer. */
import type { Pace } from "../pace.ts";
import { plainTitle } from "./lines.ts";
import type { Question, QuestionKind } from "./question.ts";
import { quoted, titleText } from "./quoting.ts";
import { rankUnits, type Ranked } from "./ranking.ts";
import type { Unit } from "./units.ts";
import { stemSet } from "./words.ts";

export interface Answer {
  text: string;
  /** False: it is only what comes closest. */
  isSure: boolean;
  /** For a cell of a table: as plain words, and cited. */
  value: string;
  citation: string;
  /** The first that it is taken from, where that is no data. */
  unit?: Unit;
}

const MOST_PLACES = 2;
const MOST_CLOSEST = 3;
/** How much less than the best a further place may score; what is said of one thing differs by less. */
const NEARLY = 0.05;
/** An answer may score so much less than what is no answer. */
const MOST_BELOW = 0.35;
const CLOSE = 0.45;
const MOST_ITEMS = 12;
const MOST_CODE_LINES = 20;
const GOES_ON =
  /^(?:it|this|that|these|those|they|however|but|also|for example|e\.g\.|otherwise|in this case|then|if so)\b/i;
const CONTRAST =
  /\b(?:while|whereas|unlike|instead|rather|but|however|except|different(?:ly)?|differs?|difference|than|in contrast|as opposed|equivalent)\b/i;

/** Undefined where nothing is even close. */
export async function answerFrom(units: readonly Unit[], question: Question, pace: Pace): Promise<Answer | undefined> {
  const ranked = await rankUnits(units, question, pace);
  const answers = ranked.filter(({ isAnswer }) => isAnswer);
  const [best] = answers;
  if (best !== undefined && best.score >= (ranked[0]?.score ?? 0) - MOST_BELOW) {
    const most = question.kind === "definition" ? 1 : MOST_PLACES;
    const places = distinct(answers, most, best.score - NEARLY);
    return answerOf(best.unit, places.map(({ at }) => told(units, at, question)).join("\n\n"));
  }
  const isTold = ({ coverage, unit }: Ranked): boolean =>
    coverage >= CLOSE && unit.kind !== "name" && unit.kind !== "code";
  const close = distinct(ranked.filter(isTold), MOST_CLOSEST, 0);
  const text = close.map(({ unit }) => `- ${lead(unit)}${quoted(unit.pieces)}`).join("\n");
  return close.length === 0 ? undefined : { text, isSure: false, value: "", citation: "" };
}

/** `text`: where it says more than the unit itself. */
export function answerOf(unit: Unit, text = quoted(unit.pieces)): Answer {
  const value = unit.text.replace(/\s+/g, " ").replace(/\*\*|`/g, "");
  return { text, isSure: true, value, citation: quoted(unit.pieces, "cell"), unit };
}

/** How things differ or relate: what speaks of all of them together; a word that all their names share need not be there. */
export async function relationFrom(
  units: readonly Unit[],
  things: readonly string[],
  question: Question,
  pace: Pace,
): Promise<Answer | undefined> {
  const stems = things.map(stemSet);
  const own = stems.map((some) => [...some].filter((stem) => some.size === 1 || !stems.every((all) => all.has(stem))));
  const isOfAll = ({ unit: { kind, text, place } }: Ranked): boolean => {
    if (kind === "name" || kind === "code" || !CONTRAST.test(text)) return false;
    const [inside, around] = [stemSet(text), stemSet(`${place.names.at(-1)} ${place.headings.at(-1)}`)];
    const isTold = (some: readonly string[]): boolean => some.every((stem) => inside.has(stem));
    const isMeant = (some: readonly string[]): boolean => some.every((stem) => inside.has(stem) || around.has(stem));
    return own.every(isMeant) && own.filter(isTold).length >= own.length - 1;
  };
  const [best, ...others] = (await rankUnits(units, question, pace)).filter(isOfAll);
  if (best === undefined) return undefined;
  const places = distinct([best, ...others], MOST_PLACES, best.score - NEARLY);
  return answerOf(best.unit, places.map(({ at }) => told(units, at, question)).join("\n\n"));
}

/** None that says what a better one says. */
function distinct(ranked: readonly Ranked[], most: number, least: number): Ranked[] {
  const kept: { one: Ranked; stems: Set<string> }[] = [];
  for (const one of ranked) {
    if (kept.length >= most || one.score < least) break;
    const stems = stemSet(one.unit.text);
    const isLike = ({ stems: other }: { stems: Set<string> }): boolean => {
      const shared = [...stems].filter((stem) => other.has(stem)).length;
      return shared > 0.7 * (stems.size + other.size - shared);
    };
    if (!kept.some(isLike)) kept.push({ one, stems });
  }
  return kept.map(({ one }) => one);
}

/** A unit with what belongs to it: the sentence that goes on, the list after its colon, the code that shows it. */
function told(units: readonly Unit[], at: number, { kind, text: asked }: Question): string {
  const unit = units[at] as Unit;
  if (unit.kind === "code") return codeText(unit);
  const announces = /:\W*$/.test(unit.text);
  const isBrief = kind === "fact" || kind === "number" || kind === "default";
  const items = announces && !isBrief ? runAfter(units, at).filter((one) => one.kind !== "code") : [];
  const isShown = announces || kind === "how" || kind === "example" || /\bhow (?:do|can|to)\b/i.test(asked);
  const code = units.slice(at + 1, at + 5).find((one) => one.kind === "code" && one.place === unit.place);
  const text = [
    `${lead(unit)}${quoted(unit.pieces)} ${quoted(nextOf(units, at, kind))}`.trimEnd(),
    ...items.slice(0, MOST_ITEMS).map(({ pieces }) => `- ${quoted(pieces)}`),
  ].join("\n");
  return isShown && code !== undefined && code.pieces.length <= MOST_CODE_LINES ? `${text}\n\n${codeText(code)}` : text;
}

/** The sentence after it, where it goes on with this one. */
function nextOf(units: readonly Unit[], at: number, kind: QuestionKind): Unit["pieces"] {
  const [unit, next] = [units[at], units[at + 1]];
  const isOneBlock = next?.place.path === unit?.place.path && next?.block === unit?.block;
  const isText = unit?.kind === "prose" || unit?.kind === "item";
  if (next === undefined || !isOneBlock || !isText) return [];
  return kind === "definition" || kind === "why" || GOES_ON.test(next.text) ? next.pieces : [];
}

/** The items, rows, pairs or code directly after a unit. */
export function runAfter(units: readonly Unit[], at: number): Unit[] {
  const [unit, first] = [units[at], units[at + 1]];
  const path = unit?.place.path;
  if (first === undefined || first.kind === "prose" || first.kind === "name" || first.place.path !== path) return [];
  let end = at + 1;
  while (units[end]?.kind === first.kind && units[end]?.place.path === path) end += 1;
  return units.slice(at + 1, end);
}

/** The name of the entry that a sentence stands under, where it does not say it itself. */
export function lead({ place: { names, headings }, text }: Pick<Unit, "place" | "text">): string {
  const title = titleText(plainTitle(names.at(-1) ?? headings.at(-1) ?? ""));
  return title === "" || text.includes(title) ? "" : `**${title}:** `;
}

function codeText({ pieces }: Unit): string {
  const lines = pieces.map(({ text }) => text);
  const fence = lines.some((line) => line.includes("```")) ? "````" : "```";
  const cut = lines.length > MOST_CODE_LINES ? ["…"] : [];
  const first = pieces.find(({ text }) => /\w/.test(text));
  const source = first === undefined ? "" : `\nSource: ${quoted([first])}`;
  return [fence, ...lines.slice(0, MOST_CODE_LINES), ...cut, fence].join("\n") + source;
}
