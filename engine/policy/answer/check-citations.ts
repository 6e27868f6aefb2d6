/** Checks each citation of an answer against the documents: do the quoted words stand in the cited line? No model. */
import { plainText } from "../../../state/plain-text.ts";
import type { CitationCheck } from "../../../state/run-result.ts";
import type { DocumentLibrary } from "../../ports/documents.ts";
import { citationsIn } from "../prompts/citation-rule.ts";

/** Without documents every citation is broken: there is nothing that it could quote. */
export function checkCitations(answer: string, documents: DocumentLibrary | undefined): CitationCheck {
  const citations = citationsIn(answer);
  const broken = citations
    .filter(({ path, line, quote }) => {
      const passage = documents?.read(path, line, 1);
      // A library may answer with the nearest line there is; only the cited one counts.
      return passage?.firstLine !== line || !isIn(passage.lines[0], quote);
    })
    .map(({ path, line, quote }) => ({ place: `${path}:${line}`, quote }));
  return { total: citations.length, verified: citations.length - broken.length, broken };
}

/** The same letters, however they are composed and whichever blanks part them. */
function isIn(line: string | undefined, quote: string): boolean {
  return line !== undefined && (line.includes(quote) || plainText(line).includes(plainText(quote)));
}
