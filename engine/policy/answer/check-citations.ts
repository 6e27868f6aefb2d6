/** Checks each citation of an answer against the documents: do the quoted words stand in the cited lines? No model. */
import { plainText } from "../../../state/plain-text.ts";
import type { CitationCheck } from "../../../state/run-result.ts";
import type { DocumentLibrary } from "../../ports/documents.ts";
import { citationsIn, placeText, type Citation } from "../prompts/citation-rule.ts";

/** A place of more lines than that says nothing about where the words stand. */
const MOST_LINES = 100;
/** A quote that begins in the cited lines may run so much further: wrapped prose is often cited by its first line. */
const LINES_BEYOND = 3;

/** Without documents every citation is broken: there is nothing that it could quote. */
export function checkCitations(answer: string, documents: DocumentLibrary | undefined): CitationCheck {
  const citations = citationsIn(answer);
  const broken = citations.filter((one) => !stands(one, documents));
  return {
    total: citations.length,
    verified: citations.length - broken.length,
    broken: broken.map((one) => ({ place: placeText(one), quote: one.quote })),
  };
}

function stands({ path, first, last, quote }: Citation, documents: DocumentLibrary | undefined): boolean {
  const cited = last - first + 1;
  if (cited < 1 || cited > MOST_LINES) return false;
  const passage = documents?.read(path, first, cited + LINES_BEYOND);
  // A library may answer with the nearest lines there are; only the cited ones count.
  if (passage?.firstLine !== first || passage.lines.length < cited) return false;
  const [shown, begin] = [passage.lines, passage.lines.slice(0, cited)].map((lines) => lines.join("\n"));
  return [asWritten, withoutMarks].some((read) => {
    const at = read(shown ?? "").indexOf(read(quote));
    return read(quote) !== "" && at >= 0 && at < read(begin ?? "").length;
  });
}

/** The same letters, however they are composed, whichever blanks and line ends part them, in straight quotes or others. */
function asWritten(text: string): string {
  return plainText(text)
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‘’‚‛]/g, "'")
    .replace(/\s+/g, " ")
    .trim();
}

/** What stands before each line of a comment, a quotation or a list is not part of the sentence. */
function withoutMarks(text: string): string {
  return asWritten(text.replace(/\n[ \t]*(?:[>#*;|+-]{1,9}|\/{2,9})[ \t]/g, "\n"));
}
