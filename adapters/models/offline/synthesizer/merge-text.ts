/** Blocks of several results as one text: what repeats is said once, the most relevant comes first. */
import { citationsIn } from "../../../../engine/policy/prompts/citation-rule.ts";
import { readQuestion } from "../agent/question.ts";
import { likeness, NEAR_DUPLICATE } from "../text/likeness.ts";
import { stemSet } from "../text/words.ts";

const MOST_COMPARED = 400;

/** What has been said already: by the places cited and by the words. */
export class Said {
  private readonly citations = new Set<string>();
  private readonly stems: Set<string>[] = [];

  /** Whether a block says anything new; from then on it counts as said. */
  add(block: string): boolean {
    const cited = citationsIn(block).map(({ quote, path, line }) => `${path}:${line} ${quote}`);
    const stems = stemSet(withoutPlaces(block));
    const repeats =
      (cited.length > 0 && cited.every((one) => this.citations.has(one))) ||
      this.stems.some((said) => likeness(said, stems) > NEAR_DUPLICATE);
    for (const one of cited) this.citations.add(one);
    if (!repeats && this.stems.length < MOST_COMPARED) this.stems.push(stems);
    return !repeats;
  }
}

/** Blocks that say something new, in their order. Pure but for `said`. */
export function newBlocks(blocks: readonly string[], said: Said): string[] {
  return blocks.filter((block) => said.add(block));
}

/** Blocks by how much of the question's subject they hold; equal ones in their order. Pure. */
export function byRelevance(blocks: readonly string[], task: string): string[] {
  const { terms } = readQuestion(task);
  const scored = blocks.map((block, at) => {
    const stems = stemSet(withoutPlaces(block));
    const score = terms.reduce(
      (sum, term) =>
        sum +
        (stems.has(term.stem)
          ? term.weight
          : term.synonyms.some((synonym) => stems.has(synonym))
            ? term.weight / 2
            : 0),
      0,
    );
    return { block, at, score };
  });
  return scored.sort((one, other) => other.score - one.score || one.at - other.at).map(({ block }) => block);
}

function withoutPlaces(block: string): string {
  return block.replace(/\[[^\][\n|]+:\d+\]/g, "");
}
