/** Checks each citation of an answer against the documents: do the quoted words stand in the cited line? No model. */
import type { CitationCheck } from "../../state/run-result.ts";
import type { DocumentLibrary } from "../ports/documents.ts";
import { citationsIn } from "../prompting/citation-rule.ts";

/** Without documents every citation is broken: there is nothing that it could quote. */
export function checkCitations(answer: string, documents: DocumentLibrary | undefined): CitationCheck {
  const citations = citationsIn(answer);
  const broken = citations
    .filter(({ path, line, quote }) => {
      const passage = documents?.read(path, line, 1);
      // A library may answer with the nearest line there is; only the cited one counts.
      return passage?.firstLine !== line || passage.lines[0]?.includes(quote) !== true;
    })
    .map(({ path, line, quote }) => ({ place: `${path}:${line}`, quote }));
  return { total: citations.length, verified: citations.length - broken.length, broken };
}
