/** Signs that a sentence is the kind of answer that a question asks for. */
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

/** 0 to about 0.4. Pure. */
export function cueBonus(unit: Unit, question: Question, stems: ReadonlySet<string>): number {
  let bonus = 0;
  for (const kind of question.kinds) {
    const sign = SIGNS[kind];
    if (sign?.test(unit.text) === true)
      bonus += kind === "default" || kind === "licence" || kind === "why" ? 0.22 : 0.14;
    if (kind === "default" && STATES_DEFAULT.test(unit.text)) bonus += 0.18;
    if (kind === "definition" && defines(unit, question)) bonus += 0.25;
    if (kind === "how") bonus += showsHow(unit);
    if (kind === "example" && unit.kind === "code") bonus += 0.15;
    if (kind === "list" && unit.kind === "item") bonus += 0.08;
  }
  return stems.size === 0 ? 0 : Math.min(bonus, 0.4);
}

/** "X is a …", "X lets you …", or the first words under the heading X. */
function defines(unit: Unit, question: Question): boolean {
  if (unit.kind === "code" || unit.kind === "row") return false;
  const opening = unit.text.slice(0, 90).toLowerCase();
  const named = question.terms.some((term) => term.weight > 0.5 && opening.includes(term.stem));
  return (
    named &&
    /\b(?:is|are)\s+(?:a|an|the|used|for|one|either|where|how)\b|\b(?:lets?|allows?|enables?|provides?|means|refers to|helps)\b|[—–:]\s/.test(
      unit.text,
    )
  );
}

function showsHow(unit: Unit): number {
  if (unit.kind === "code") return 0.1;
  return /^(?:\*\*)?(?:to |use |you (?:can|may|should)|call |set |add |run |pass |create |install |enable |first|then|import |specify |configure )|\b(?:you can|by (?:using|calling|setting|passing|adding)|using the|with the)\b/i.test(
    unit.text,
  )
    ? 0.14
    : 0;
}
