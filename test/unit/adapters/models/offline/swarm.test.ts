/** The three roles together on real files: every row is there, every citation holds. */
import { describe, expect, it } from "vitest";
import { playOfflineSwarm } from "../../../../support/offline-swarm.ts";
import { libraryOf, temporaryTree } from "../../documents/temporary-tree.ts";

const manifest = (name: string, at: number): string =>
  JSON.stringify(
    {
      name,
      description: `Does thing ${at}  with "two" | marks`,
      license: at % 2 === 0 ? "MIT" : undefined,
      engines: { node: `^1${at} || >=20` },
    },
    null,
    2,
  );

function packages(count: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let at = 0; at < count; at += 1) {
    files[`lib/pkg-${at}/package.json`] = manifest(`pkg-${at}`, at);
    files[`lib/pkg-${at}/README.md`] = `# pkg-${at}\n\n[![b](https://shields.io)](x)\n\nText of package ${at}.`;
  }
  return files;
}

describe("the offline swarm", () => {
  it.each([
    ["passed through", Number.POSITIVE_INFINITY],
    ["condensed in parts", 0],
  ])("answers with one cited row for each item, results %s", async (_, condenseAbove) => {
    const documents = await libraryOf(temporaryTree(packages(60)));
    const task = "For each package: what is it for, which licence, which Node version does it need?";
    const { answer, citationCheck, plan, results } = await playOfflineSwarm({ task, documents, condenseAbove });
    expect(plan.subtasks.filter(({ role }) => role === "work")).toHaveLength(60);
    expect(results.map(({ outcome }) => outcome)).toEqual(results.map(() => "done"));
    expect(answer.match(/^\| pkg-\d+ \|/gm)).toHaveLength(60);
    expect(answer.match(/not stated \|/g)).toHaveLength(30);
    expect(citationCheck).toMatchObject({ broken: [], verified: citationCheck.total });
    expect(citationCheck.total).toBeGreaterThanOrEqual(60 * 3);
    expect(answer).not.toContain("shields.io");
  });

  it("plays the same task twice to the same letter", async () => {
    const documents = await libraryOf(temporaryTree(packages(5)));
    const task = "Compare pkg-1, pkg-2 and pkg-3: licence, purpose";
    const [one, other] = [await playOfflineSwarm({ task, documents }), await playOfflineSwarm({ task, documents })];
    expect(one.answer).toBe(other.answer);
    expect(one.answer).toMatch(/^\|\s+\| pkg-1 \| pkg-2 \| pkg-3 \|/);
    expect(one.answer).toMatch(/\| Licence \| not stated \| "MIT" \[lib\/pkg-2\/package\.json:\d+\] \| not stated \|/);
    expect(one.citationCheck.broken).toEqual([]);
  });

  it("does without documents, and says so", async () => {
    const { answer, results } = await playOfflineSwarm({ task: "What is the limit?", documents: undefined });
    expect(results.map(({ outcome, cause }) => [outcome, cause])).toEqual([
      ["not-found", expect.stringMatching(/no documents to look in .*--docs DIR.*--model and --base-url/)],
    ]);
    expect(answer).toContain("no language model was used");
  });
});
