/** Whether an answer is presented as one, and whether it is right. Pure. */
import type { ManualCase } from "./cases/manual-case.ts";

export interface ManualVerdict {
  case: ManualCase;
  /** The documents answer it. */
  isStated: boolean;
  /** Given as an answer, not as what comes closest. */
  isPresented: boolean;
  isRight: boolean;
}

const NOT_AN_ANSWER = /NOT FOUND|do(?:es)? not (?:answer|state)/;
const SAYS_INCOMPLETE = /incomplete|not (?:be )?complete|may be more|more than (?:are|is) shown/i;
/** A fact that has to be looked for in a long text was not told. */
const MOST_CHARACTERS = 1_500;
const FEWEST_OF_LIST = 0.5;

export function judgeManual(one: ManualCase, answer: string): ManualVerdict {
  const isStated = one.kind !== "not stated";
  const isPresented = !NOT_AN_ANSWER.test(answer);
  return { case: one, isStated, isPresented, isRight: isStated === isPresented && (!isStated || isRight(one, answer)) };
}

function isRight({ kind, facts }: ManualCase, answer: string): boolean {
  const text = plain(answer);
  const told = facts.filter((fact) => fact.test(text)).length;
  if (kind !== "list" && kind !== "each") return told === facts.length && answer.length <= MOST_CHARACTERS;
  return told === facts.length || (told >= facts.length * FEWEST_OF_LIST && SAYS_INCOMPLETE.test(text));
}

/** Without places, so that a sentence over two lines is one sentence again. */
function plain(answer: string): string {
  return answer
    .replace(/" \[[^\]\n]+:\d+\]/g, "")
    .replace(/["`*]/g, "")
    .replace(/\s+/g, " ");
}
