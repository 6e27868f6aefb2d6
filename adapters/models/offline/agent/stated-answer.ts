/** Questions that a manifest answers in a word: licence, author, version, what a package is for. */
import { stemSet } from "../text/words.ts";
import { findAspect } from "./aspect-finding.ts";
import type { Brief } from "./brief.ts";
import { knownAspect, type KnownAspect } from "./known-aspects.ts";
import type { Material } from "./material.ts";
import { readQuestion } from "./question.ts";

/** Words for the thing itself. */
const OF_ANY_THING = stemSet("package library module project tool repository current latest crate");
/** Words that ask for what manifests state. */
const ASKS_ASPECT = stemSet(
  "licence license licensed node node.js js version versions need needs required requires support supported engine engines " +
    "purpose description descriptions author authors wrote maintainer maintains homepage website site home page repository repo " +
    "source code github issue tracker bugs keywords tags depend depends dependency dependencies peer dev development npm type " +
    "types typings typescript entry point main module format system esm common commonjs binary executable command commands " +
    "summary rust python used use",
);

/** "Which licence does hono have?": the manifest of the thing that the question names says it best. Pure. */
export function statedText(brief: Brief, material: Material, only: string | undefined): string | undefined {
  const known = knownAspect(brief.question);
  const question = readQuestion(brief.question);
  if (known === undefined || question.kinds.has("how")) return undefined;
  const named = question.terms.map((term) => term.stem);
  const own = material.facts.filter(
    (fact) => brief.scope !== undefined || fact.path === only || namesFolder(fact.path, named),
  );
  const folder = own[0] === undefined ? "" : (own[0].path.split("/").at(-2) ?? "");
  if (asksMore(brief.question, known, brief.subject ?? folder)) return undefined;
  return findAspect(brief.question, brief.subject ?? "", { ...material, facts: own, units: [] })?.citation;
}

/** "What does the option x of y do?" asks for more than what y is for. */
function asksMore(question: string, known: KnownAspect, name: string): boolean {
  const names = stemSet(name);
  const rest = readQuestion(`about ${question.replace(known.asked, keepNames(names))}`);
  return rest.terms.some((term) => term.weight > 0.4 && !names.has(term.stem) && !OF_ANY_THING.has(term.stem));
}

/** Of words that ask for an aspect, those that stand between ("what is X for") remain. */
function keepNames(names: ReadonlySet<string>): (asking: string) => string {
  return (asking) =>
    readQuestion(`about ${asking}`)
      .terms.filter((term) => term.weight > 0.4 && !names.has(term.stem) && !ASKS_ASPECT.has(term.stem))
      .map((term) => term.stem)
      .join(" ");
}

function namesFolder(path: string, stems: readonly string[]): boolean {
  const folder = stemSet(path.split("/").at(-2) ?? "");
  return folder.size > 0 && [...folder].every((stem) => stems.includes(stem));
}
