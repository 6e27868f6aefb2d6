/**
 * A question that goes on with an earlier one, as it would be asked by itself: "and what about B?" is the question before, about B; one
 * that points back ("what is its default?") carries that question along. Pure.
 */
import type { AgentBrief } from "../../../../engine/ports/brief.ts";
import type { Exchange } from "../../../../state/exchange.ts";
import { stemSet } from "../reader/words.ts";
import { questionsIn, readEach } from "./task.ts";

const LEAD = "^\\W*(?:(?:and|but|so|ok|okay|now|then|also)\\b[,\\s]*)*";
const ABOUT = new RegExp(
  `${LEAD}(?:(?:(?:what|how)\\s+)?about|what\\s+of|(?:the\\s+)?same\\s+(?:question\\s+)?(?:for|about|of)|for)\\s+(.+)$`,
  "iu",
);
/** "And commander?" */
const BARE =
  /^\W*and\s+((?!(?:until|till|since|from|what|which|who|whose|how|when|where|why|is|are|was|were|does|do|did|has|have|can|its|their|if)\b)[^?]{1,60})\?+\s*$/iu;
const ENDING = /(?:[,\s]+(?:then|too|instead|please))*\s*[?.!]*\s*$/iu;
const POINTS_BACK =
  /^\W*(?:and|but|so|then|also)\b|\b(?:its|they|them|their|those|these|this|he|she|his|her)\b|\bit\b(?!\s+(?:possible|necessary|true|ok))|^\W*(?:why|how so|since when)\W*$/iu;
const PRONOUN = /\b(?:its?|they|them|their)\b(?!\s+(?:possible|necessary|true|ok))/iu;
const AUXILIARY = "(?:does|do|did|can|could|should|must|may|will|would|has|have|had)";
const PREPOSITION = "(?:of|for|about|to|in|on|with|by|from)";
const WORDS = "[^\\s?.,;:]+(?:\\s+[^\\s?.,;:]+){0,4}?";
/** Where what is asked about stands in a question, the likeliest place first. */
const PLACES = [
  new RegExp(`\\b${AUXILIARY}\\s+(${WORDS})(?=\\s+[^\\s?]+\\s*\\?*\\s*$|\\s*\\?+\\s*$)`, "diu"),
  new RegExp(
    `.*\\b${PREPOSITION}\\s+(${WORDS})(?=\\s+(?:whose|that|which|who|when|if|while|before|after|and|under|${PREPOSITION})\\b|\\s*[?.,;:]|\\s*$)`,
    "diu",
  ),
  new RegExp(`^\\W*(?:when|where|why|how)\\s+(?:is|are|was|were)\\s+(${WORDS})(?=\\s+[^\\s?]+\\s*\\?*\\s*$)`, "diu"),
  new RegExp(`\\b(?:is|are|was|were)\\s+(${WORDS})(?=(?:\\s+${PREPOSITION})?\\s*\\?*\\s*$)`, "diu"),
  new RegExp(`^\\W*(?:who|what|which)\\s+\\S+\\s+(${WORDS})(?=\\s*\\?*\\s*$)`, "diu"),
];
/** Words in a row that are written as names are, not at the beginning. */
const NAME = /(?<=\s)["'`]?(?=\p{Lu}|\S*[\d@/._-]\S*[\p{L}\d])[^\s?,;:]+(?:\s+(?:\p{Lu}|\d)[^\s?,;:]*)*/gu;
const NAME_IN = new RegExp(NAME.source, "u");
const LEAST_OWN_WORDS = 2;
const COMPARES = /^\W*(?:compare|contrast)\b|\b(?:versus|vs\.?|difference between)\s/iu;
const LONGEST = 300;

/** The task with what was asked about last in place of its pronoun. */
function withName(task: string, asked: string): string {
  const name = [...asked.matchAll(NAME)].at(-1)?.[0];
  if (name === undefined) return task;
  return task.replace(PRONOUN, (said) => (/^(?:its|their)$/i.test(said) ? `${name}'s` : name));
}

/** The task itself where it stands alone. */
export function standalone(task: string, history: readonly Exchange[]): string {
  const before = history.at(-1);
  if (before === undefined || task.length > LONGEST || before.task.length > LONGEST) return task;
  const about = (ABOUT.exec(task) ?? BARE.exec(task))?.[1]?.replace(ENDING, "").trim();
  if (about === undefined && !POINTS_BACK.test(task)) return task;
  const asked = standalone(before.task, history.slice(0, -1));
  // Nobody knows which of several is meant.
  if (about !== undefined && about !== "") return questionsIn(asked).length > 1 ? task : askedAbout(asked, about);
  const each = readEach(asked);
  if (each !== undefined && each.items.length === 0 && PRONOUN.test(task))
    return `For each ${each.noun}: ${task.replace(new RegExp(LEAD, "iu"), "").replace(PRONOUN, "the")}`;
  return carryingAlong(task, asked);
}

function carryingAlong(task: string, asked: string): string {
  const named = withName(task, asked);
  const alone = named.replace(new RegExp(LEAD, "iu"), "");
  // A question of several things would be asked once more of each of them.
  const isOne = !COMPARES.test(asked) && readEach(asked) === undefined && questionsIn(asked).length === 1;
  // Its "and" alone points back, to nothing that has a name: what it asks about stands in it.
  const isWhole = !POINTS_BACK.test(alone) && stemSet(alone).size >= LEAST_OWN_WORDS && !NAME_IN.test(asked);
  return named !== task || !isOne || isWhole ? alone : `${task} (${asked.trim().replace(/[?.!:]+$/, "")})`;
}

/** The brief of an agent that is given the whole task, which nobody has planned. */
export function briefAlone(brief: AgentBrief): AgentBrief {
  const { task, history, subtask } = brief;
  if (subtask.instructions.trim() !== task.trim()) return brief;
  const instructions = standalone(task, history ?? []);
  return instructions === task ? brief : { ...brief, subtask: { ...subtask, title: instructions, instructions } };
}

function askedAbout(question: string, about: string): string {
  const each = readEach(question);
  if (each !== undefined && each.items.length === 0) return `For each ${each.noun}: ${about}?`;
  const names = isName(about) ? [...question.matchAll(NAME)] : [];
  const name = names.at(-1);
  const found = PLACES.map((place) => place.exec(question)?.indices?.[1]).find((place) => place !== undefined);
  const [from, to] =
    name === undefined ? (found ?? []) : [withWordsBefore(question, name.index, about), name.index + name[0].length];
  if (from === undefined || to === undefined) return `${about}: ${question}`;
  return `${question.slice(0, from)}${about}${question.slice(to)}`;
}

/** "product A" in place of "product B": the words before a name that both have. */
function withWordsBefore(question: string, at: number, about: string): number {
  const shared = about.slice(0, Math.max(0, ` ${about}`.search(NAME) - 1));
  return shared !== "" && question.slice(0, at).toLowerCase().endsWith(shared.toLowerCase()) ? at - shared.length : at;
}

function isName(text: string): boolean {
  return NAME_IN.test(` ${text}`);
}
