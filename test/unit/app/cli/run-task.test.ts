/** A task that stands behind `--docs`, which takes every word up to the next flag. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { withTaskBehind } from "../../../../app/cli/actions/run.ts";
import { commandLine } from "../../../../app/cli/program.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

let cwd = "";
beforeEach(() => {
  cwd = temporaryFolder();
  for (const name of ["docs", "more", "my notes", "skills"]) mkdirSync(join(cwd, name));
});
const QUESTION = "What does the pump deliver?";

/** What the words mean, read as the command line reads them. */
function read(...words: string[]) {
  const command = commandLine(() => undefined).commands.find((known) => known.name() === "run")!;
  command.action(() => undefined).parse(words, { from: "user" });
  const { given, flags } = withTaskBehind(command.args[0], command.opts(), cwd);
  return { task: given, docs: flags["docs"], skills: flags["skills"] };
}

describe("a task behind --docs", () => {
  it("is the last word, after one folder or several", () => {
    expect(read("--docs", "docs", QUESTION)).toMatchObject({ task: QUESTION, docs: ["docs"] });
    expect(read("--docs", "docs", "my notes", QUESTION)).toMatchObject({ task: QUESTION, docs: ["docs", "my notes"] });
    expect(read("--docs", "docs", "--docs", "more", QUESTION)).toMatchObject({
      task: QUESTION,
      docs: ["docs", "more"],
    });
    expect(read("--docs", "docs", QUESTION, "--model", "m")).toMatchObject({ task: QUESTION, docs: ["docs"] });
    expect(read("--docs", "docs", "-")).toMatchObject({ task: "-", docs: ["docs"] });
    expect(read("--docs", "docs", "--", QUESTION)).toMatchObject({ task: QUESTION, docs: ["docs"] });
    expect(read("--docs", "docs", "--skills", "skills", QUESTION)).toMatchObject({
      task: QUESTION,
      skills: ["skills"],
    });
  });

  it("is not looked for where a task is given, or another word could be meant", () => {
    expect(read(QUESTION, "--docs", "docs", "no such")).toMatchObject({ task: QUESTION, docs: ["docs", "no such"] });
    expect(read("--docs", "docs", "my notes")).toMatchObject({ task: undefined, docs: ["docs", "my notes"] });
    expect(read("--plan", "plan.json", "--docs", "dcos")).toMatchObject({ task: undefined, docs: ["dcos"] });
  });

  it.each([
    [["--docs", "dcos"], 'no file or folder "dcos"'],
    [["--docs", "docs", "mroe"], 'no file or folder "mroe"'],
    [["--docs", "my ntoes"], 'no file or folder "my ntoes"'],
    [["--docs", "docs", "my notes/no such"], 'no file or folder "my notes/no such"'],
    [["--docs", "docs", "What", "does", "it", "deliver?"], 'no file or folder "What"'],
    [["--docs", "mroe", QUESTION], 'no file or folder "mroe"'],
  ])("a slip is named, with what to type: %j", (words, said) => {
    expect(() => read(...words)).toThrow(expect.objectContaining({ message: expect.stringContaining(said) }));
    expect(() => read(...words)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        next: expect.stringMatching(/^put the task first, in quotes: glasshive/),
      }),
    );
  });
});
