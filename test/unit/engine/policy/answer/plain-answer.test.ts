import { describe, expect, it } from "vitest";
import {
  earlierAnswer,
  emptyAnswer,
  plainAnswer,
  withFooter,
  type MissingLine,
} from "../../../../../engine/policy/answer/plain-answer.ts";
import { answerWords } from "../../../../../engine/policy/wording/answer-words.ts";
import { coverageOf } from "../../../../../state/outcome.ts";

const words = answerWords("en");

const missing = (subtask: string, given: Partial<MissingLine> = {}): MissingLine => ({
  subtask,
  title: `Title of ${subtask}`,
  outcome: "failed",
  cause: null,
  ...given,
});

describe("the answer that code makes", () => {
  it("puts the results side by side and says that nobody merged them", () => {
    const results = [
      { subtask: "a", title: "First\npart", output: "  one \n" },
      { subtask: "b", title: "Second", output: "two" },
    ];
    expect(plainAnswer(results, "no budget was left.")).toBe(
      "The results stand side by side, as the agents gave them: no budget was left.\n\n" +
        "## First part\n\none\n\n## Second\n\ntwo",
    );
  });

  it("says what follows for the question where nothing is done, and no more", () => {
    expect(emptyAnswer(coverageOf(2, ["not-found", "skipped"]), true)).toBe("The documents do not answer this.");
    expect(emptyAnswer(coverageOf(1, ["not-found"]), false)).toBe("The answer was not found.");
    expect(emptyAnswer(coverageOf(3, ["not-found", "not-found", "failed"]), true)).toMatch(/2 of 3.*was not examined/);
    expect(emptyAnswer(coverageOf(2, ["infra", "skipped"]), true)).toMatch(/provider failed.*nothing was examined/);
    expect(emptyAnswer(coverageOf(2, ["failed", "infra"]), true)).toMatch(/^There is no answer\. What happened/);
  });
});

describe("an answer that the run had before", () => {
  const before = (written: string): string =>
    withFooter(written, { coverage: coverageOf(2, ["done", "failed"]), missing: [missing("b")], words });

  it("stays where somebody wrote it, or nobody knows who, however it begins", () => {
    for (const by of ["model", "human", undefined] as const)
      expect(earlierAnswer({ text: before("There is no answer to half of it."), by }, "gone.")).toBe(
        "There is no answer to half of it.\n\nThis was written before the last results came: gone.",
      );
  });

  it("goes where code made it, however it begins, and where there is none", () => {
    expect(earlierAnswer({ text: before("Any words."), by: "code" }, "gone.")).toBeUndefined();
    expect(earlierAnswer({ text: "", by: undefined }, "gone.")).toBeUndefined();
  });
});

describe("the coverage of an answer", () => {
  it("stands under every answer, complete ones too", () => {
    const coverage = coverageOf(2, ["done", "done"]);
    expect(withFooter(" Yes. \n", { coverage, missing: [], words })).toBe("Yes.\n\n---\nCoverage: 2 of 2 done.\n");
  });

  it("names what is missing, why, and that infrastructure failures are no answer", () => {
    const coverage = coverageOf(3, ["done", "infra", "failed"]);
    const lines = [missing("a", { outcome: "infra", cause: "HTTP 429:\n slow down" }), missing("b")];
    expect(withFooter("Yes.", { coverage, missing: lines, words })).toBe(
      "Yes.\n\n---\nCoverage: 1 of 3 done, 1 failed, 1 infra. What is missing: " +
        "Infrastructure failures say nothing about the question: those parts were not examined.\n\n" +
        "- Title of a (a): infra, HTTP 429: slow down\n- Title of b (b): failed\n",
    );
  });

  it("does not speak of infrastructure where none failed", () => {
    const coverage = coverageOf(2, ["done", "failed"]);
    expect(withFooter("Yes.", { coverage, missing: [missing("b")], words })).not.toContain("Infrastructure");
  });

  it("names twenty and counts the rest", () => {
    const lines = Array.from({ length: 23 }, (_, index) => missing(`s${index}`));
    const text = withFooter("Yes.", { coverage: coverageOf(23, []), missing: lines, words });
    expect(text.match(/^- Title/gm)).toHaveLength(20);
    expect(text).toMatch(/\n- and 3 more\n$/);
  });
});
