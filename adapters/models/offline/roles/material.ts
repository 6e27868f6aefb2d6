/** All that an agent has read for its subtask, and what is said there of one thing. Pure. */
import type { Pace } from "../pace.ts";
import { answerFrom, answerOf, type Answer } from "../reader/answer.ts";
import { isWithin, type ReadDocument } from "../reader/documents.ts";
import { factsOf, statedBy, type Fact } from "../reader/facts.ts";
import { readQuestion } from "../reader/question.ts";
import { unitsOf, type Unit } from "../reader/units.ts";
import { stemSet } from "../reader/words.ts";

export interface Material {
  documents: readonly ReadDocument[];
  units: readonly Unit[];
  facts: readonly Fact[];
  pace: Pace;
}

/** Asked of a thing: what it is for. */
const PURPOSE =
  /\bwhat(?:'s| is| are| does| do)? (?:it |they )?(?:for|do|is it for|does it do)\b|\bwhat (?:is it|it is|it does)\b|\bpurpose\b|\bdescription\b|\bused for\b|^what (?:is|are) \S+( for)?\?$/i;
const USAGE = /^(?:how (?:is it|it is|to) used?|usage|how to use(?: it)?|examples?)$/i;
const SHOWS_USAGE = /\b(?:usage|examples?|quick ?start|getting started|synopsis)\b/i;
const MOST_CODE_LINES = 8;

export async function readMaterial(documents: readonly ReadDocument[], pace: Pace): Promise<Material> {
  const units: Unit[] = [];
  for (const document of documents) for (const unit of await unitsOf(document, pace)) units.push(unit);
  return { documents, units, facts: documents.flatMap(factsOf), pace };
}

/** By the data of one thing, or where it is undefined by any. `folder`: a file too. */
export function statedIn({ facts }: Material, asked: string, folder?: string): Answer | undefined {
  if (folder === undefined) return statedBy(facts, readQuestion(asked));
  const own = facts.filter(({ piece }) => isWithin(piece.path, folder));
  return statedBy(own, readQuestion(PURPOSE.test(asked) ? "description" : asked), folder.split("/").at(-1));
}

/**
 * One aspect of one thing. Of what has a file or a folder of its own: from its data where a key states it, from the file that is
 * called so, else from its prose.
 */
export async function aspectIn(
  material: Material,
  asked: string,
  { item, folder }: { item: string; folder: string | undefined },
): Promise<Answer | undefined> {
  const { units: all, pace } = material;
  const units = folder === undefined ? all : all.filter(({ place }) => isWithin(place.path, folder));
  if (USAGE.test(asked)) return usageIn(units);
  const question = readQuestion(folder === undefined ? `${asked} ${item.split("/").at(-1)}` : asked);
  if (folder !== undefined) {
    const stated = statedIn(material, asked, folder);
    const own = PURPOSE.test(asked)
      ? units.find(({ kind, text }) => kind === "prose" && text.split(/\s+/).length > 4)
      : question.terms.length === 1 && units.find(({ place }) => isCalled(place.path, asked));
    if (stated !== undefined || own) return stated ?? answerOf(own as Unit);
    if (PURPOSE.test(asked)) return undefined;
  }
  if (question.kind !== "why" && question.terms.every(({ weight }) => weight < 0.3)) return undefined;
  return answerFrom(units, question, pace);
}

/** LICENSE, AUTHORS: such a file says it in its first line. */
function isCalled(path: string, asked: string): boolean {
  const [term] = readQuestion(asked).terms;
  const name = [...stemSet((path.split("/").at(-1) ?? "").split(".")[0] ?? "")];
  return name.every((stem) => stem === term?.stem || term?.synonyms.includes(stem));
}

function usageIn(units: readonly Unit[]): Answer | undefined {
  const code = units.filter(({ kind }) => kind === "code");
  const chosen =
    code.find(({ place }) => SHOWS_USAGE.test(`${place.headings.at(-1)} ${place.names.at(-1)}`)) ?? code[0];
  const pieces = chosen?.pieces.slice(0, MOST_CODE_LINES) ?? [];
  return chosen && answerOf({ ...chosen, pieces, text: pieces.map(({ text }) => text).join(" ") });
}
