/** The README's first command on a small folder of packages; `.ci/run` runs it on the real one. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installedPackages, problemsOf, readTable } from "../../examples/demo-check.ts";
import { ROOT } from "../../scripts/launch/resolve-program.mjs";
import type { RunResult } from "../../state/run-result.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

function writePackage(folder: string, name: string, manifest: Record<string, unknown>): void {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "package.json"), JSON.stringify({ name, ...manifest }, null, 2));
  writeFileSync(join(folder, name, "README.md"), `# ${name}\n\n${String(manifest["description"])}.\n`);
}

function packagesIn(place: string): string {
  const folder = join(place, "node_modules");
  writePackage(folder, "left-shelf", {
    description: "Puts books on the left",
    license: "MIT",
    engines: { node: ">=18" },
  });
  writePackage(folder, "@some/thing", { description: "Does some thing", license: "ISC", engines: { node: ">=20" } });
  writePackage(folder, "plain", { description: "Stays plain", license: "Apache-2.0" });
  return folder;
}

describe("npm run demo", () => {
  it("answers for each package, from wherever the person stands, and says where its files are", () => {
    const place = temporaryFolder();
    packagesIn(place);
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(ROOT, "examples/demo.ts"), "node_modules"], {
      cwd: ROOT,
      env: { ...process.env, INIT_CWD: place, GLASSHIVE_HOME: "home", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
      encoding: "utf8",
    });
    expect(stderr).not.toMatch(/^demo:/m);
    expect(status).toBe(0);
    expect(stdout).toContain("3 of 3 packages, one lane each");
    expect(stdout).toMatch(/\d+\.\d s, [1-9]\d+ MB of memory/);
    const [runId = ""] = readdirSync(join(place, "home", "runs"));
    for (const file of ["answer.md", "result.json", "journal.jsonl"]) {
      expect(stdout).toContain(`  home/runs/${runId}/${file}\n`);
      expect(existsSync(join(place, "home", "runs", runId, file))).toBe(true);
    }
    const answer = readFileSync(join(place, "home", "runs", runId, "answer.md"), "utf8");
    for (const licence of ["MIT", "ISC", "Apache-2.0"]) expect(answer).toContain(licence);
  });
});

describe("what the demo checks of itself", () => {
  const answer = "**2 packages.**\n\n| Package | Licence |\n| --- | --- |\n| a | x |\n| @s/b | y |\n\nThe end.";
  const good = {
    status: "complete",
    answer,
    coverage: { total: 2, done: 2 },
    citations: { total: 4, verified: 4, broken: [] },
  } as unknown as RunResult;

  it("finds nothing wrong where every package has its row and every citation stands", () => {
    expect(problemsOf(good, ["a", "@s/b"])).toEqual([]);
    expect(readTable(answer)).toEqual({
      above: ["**2 packages.**", "", "| Package | Licence |", "| --- | --- |"],
      rows: ["| a | x |", "| @s/b | y |"],
    });
  });

  it("names what is missing", () => {
    const broken = { total: 1, verified: 0, broken: [{ place: "a/package.json:3", quote: "MIT" }] };
    const bad = { ...good, status: "partial", coverage: { ...good.coverage, done: 1 }, citations: broken } as RunResult;
    expect(problemsOf(bad, ["a", "@s/b", "c"])).toEqual([
      "the run is partial: 1 of 2 done",
      "2 lanes for 3 packages",
      "no row for c (1 missing)",
      "1 citations for 2 rows",
      "the words cited from a/package.json:3 do not stand there",
    ]);
  });

  it("counts the packages on disk itself", () => {
    expect(installedPackages(packagesIn(temporaryFolder())).toSorted()).toEqual(["@some/thing", "left-shelf", "plain"]);
  });
});
