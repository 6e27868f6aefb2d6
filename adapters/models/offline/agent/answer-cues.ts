/** Signs that a sentence is the kind of answer that a question asks for. */
import { stemsOf, surfaceWords } from "../text/words.ts";
import type { Question, QuestionKind } from "./question.ts";
import type { Unit } from "./units.ts";

const NUMBER =
  /\b\d[\d.,_]*\s?(?:%|ms|s|sec|seconds?|minutes?|hours?|days?|[kmgt]i?b|bytes?|characters?|entries|items|times|x)?\b|\b(?:one|two|three|four|five|ten|hundred|thousand|zero|none|unlimited|infinite)\b/i;

const SIGNS: Readonly<Partial<Record<QuestionKind, RegExp>>> = {
  why: /\b(?:because|since|so that|in order to|due to|reason|therefore|avoids?|prevents?|otherwise)\b/i,
  when: /\b(?:when|whenever|before|after|if|until|once|\d{4})\b/i,
  number: NUMBER,
  default: /\bdefaults?(?:\s+(?:is|to|value|are)\b|:|\s*=)|\bby default\b/i,
  version: /\bv?\d+(?:\.\d+)*\+?|\b(?:LTS|latest)\b/,
  licence: /\b(?:MIT|ISC|BSD|Apache|MPL|L?GPL|Unlicense|CC0|licen[cs]ed? under)\b/i,
};

const STATES_DEFAULT =
  /\bdefaults?(?: value)?(?:\*\*)?(?: is| are|:| to| =)[\s*:]*(?:(?:the|a|an)\s)?["'`\d]|\bdefaults?(?: value)?\W{1,4}["'`\d]/i;

/** Headings under which reasons stand. */
export const GIVES_REASONS = /\b(?:context|rationale|motivation|background|reasons?|why)\b/i;

/** 0 to about 0.8. Pure. */
export function cueBonus(unit: Unit, question: Question, stems: ReadonlySet<string>): number {
  if (stems.size === 0) return 0;
  let bonus = 0;
  for (const kind of question.kinds) bonus += signBonus(unit, kind) + kindBonus(unit, kind, question);
  const isEntry = (unit.kind === "row" || unit.kind === "item") && isEntryOf(unit, question);
  return Math.min(bonus, 0.4) + (isEntry ? 0.4 : 0);
}

function signBonus(unit: Unit, kind: QuestionKind): number {
  if (SIGNS[kind]?.test(unit.text) !== true) return 0;
  return kind === "default" || kind === "licence" || kind === "why" ? 0.22 : 0.14;
}

function kindBonus(unit: Unit, kind: QuestionKind, question: Question): number {
  switch (kind) {
    case "default":
      return STATES_DEFAULT.test(unit.text) ? 0.18 : 0;
    case "definition":
      return defines(unit, question) ? 0.25 : 0;
    case "why":
      return GIVES_REASONS.test(unit.headings.at(-1) ?? "") ? 0.3 : 0;
    case "how":
      return showsHow(unit) + ordersIt(unit, question);
    case "example":
      return unit.kind === "code" ? 0.15 : 0;
    case "list":
      return unit.kind === "item" ? 0.08 : 0;
    case "fact":
    case "licence":
    case "number":
    case "version":
    case "when":
      return 0;
  }
}

/** A row or an item that begins with the very name that is asked about. */
function isEntryOf(unit: Unit, question: Question): boolean {
  const first = surfaceWords(unit.text.slice(0, 60))[0]?.toLowerCase();
  return question.terms.some((term) => term.weight > 1.2 && term.stem === first);
}

/** "X is a …", "X lets you …", or the first words under the heading X. */
function defines(unit: Unit, question: Question): boolean {
  if (unit.kind === "code" || unit.kind === "row") return false;
  const opening = unit.text.slice(0, 90).toLowerCase();
  const named = question.terms.some((term) => term.weight > 0.5 && opening.includes(term.stem));
  return (
    named &&
    /\b(?:is|are)\s+(?:a|an|the|used|for|one|either|where|how)\b|\b(?:lets?|allows?|enables?|provides?|means|refers to|helps)\b|^\W*[^—–:]{2,40}[—–:]\s/.test(
      unit.text,
    )
  );
}

/** "How do I add a command?" is answered by "Add a command …". */
function ordersIt(unit: Unit, question: Question): number {
  const first = /^\W*(\p{L}+)/u.exec(unit.text)?.[1];
  const stems = first === undefined || unit.kind === "code" ? [] : stemsOf(first);
  return question.terms.some((term) => stems.includes(term.stem)) ? 0.14 : 0;
}

function showsHow(unit: Unit): number {
  if (unit.kind === "code") return 0.1;
  return /^(?:\*\*)?(?:to |use |you (?:can|may|should)|call |set |add |run |pass |create |install |enable |first|then|import |specify |configure )|\b(?:you can|by (?:using|calling|setting|passing|adding)|using the|with the)\b/i.test(
    unit.text,
  )
    ? 0.14
    : 0;
}
