/** How citations that do not hold are marked in an answer. Pure. */
import type { AnswerWords } from "../wording/answer-words.ts";
import type { CitationReport } from "./check-citations.ts";
import { fencesIn, replacedAt } from "./texts.ts";

/** The text with a mark behind each citation that does not hold, or does not bear what it is there for; made again it stays as it is. */
export function withMarks(text: string, { broken, unsupported }: CitationReport, words: AnswerWords): string {
  const fences = fencesIn(text);
  const marks = [
    ...broken.flatMap(({ at }) => at.map(([, to]) => ({ to, mark: ` (${words.notVerified})` }))),
    ...unsupported.flatMap(({ at, missing }) =>
      at.map(([, to]) => ({ to, mark: ` (${words.notThere}: ${missing.join(", ")})` })),
    ),
  ].filter(({ to, mark }) => !text.startsWith(mark, to) && !fences.some(([begin, end]) => to > begin && to < end));
  const inOrder = marks.toSorted((one, other) => one.to - other.to);
  return replacedAt(
    text,
    inOrder.map(({ to, mark }) => ({ from: to, to, by: mark })),
  );
}
