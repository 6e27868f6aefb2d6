import { describe, expect, it } from "vitest";
import { foreignSources, missingOptionals, restlessEntries, scriptedEntries } from "../../../scripts/check/lock.ts";

describe("the lock check", () => {
  it("finds an optional binary without an entry, looking where Node would look", () => {
    const packages = {
      "": {},
      "node_modules/tool": { optionalDependencies: { "tool-linux": "1.0.0", "tool-darwin": "1.0.0", nested: "2.0.0" } },
      "node_modules/tool-linux": {},
      "node_modules/tool/node_modules/nested": {},
      "node_modules/@scope/outer/node_modules/inner": { optionalDependencies: { "tool-linux": "1.0.0", beside: "1" } },
      "node_modules/@scope/outer/node_modules/beside": {},
    };
    expect(missingOptionals(packages)).toEqual([
      "node_modules/tool names tool-darwin as optional, but the lock has no entry for it",
    ]);
  });

  it("finds what an install with another npm would change", () => {
    const packages = {
      "node_modules/tool-linux": { libc: ["glibc"] },
      "node_modules/better-sqlite3": {},
      "node_modules/a/node_modules/better-sqlite3": { hasInstallScript: true },
    };
    expect(restlessEntries(packages)).toEqual([
      "node_modules/tool-linux names a libc, which npm 10 takes out",
      "node_modules/better-sqlite3 lacks hasInstallScript, which npm 11 puts in",
    ]);
  });

  it("finds a package whose script an install would run", () => {
    const packages = { "node_modules/better-sqlite3": { hasInstallScript: true }, "node_modules/d": {} };
    expect(scriptedEntries(packages)).toEqual([]);
    expect(scriptedEntries({ ...packages, "node_modules/d": { hasInstallScript: true } })).toEqual([
      "node_modules/d has an install script, and none is meant to run",
    ]);
  });

  it("finds an entry that is tied to one address", () => {
    const packages = {
      "node_modules/b": { resolved: "http://mirror.example/b.tgz" },
      "node_modules/c": {},
      "node_modules/own": { resolved: "file:scripts/own" },
    };
    expect(foreignSources(packages)).toEqual(["node_modules/b is locked to http://mirror.example/b.tgz"]);
  });
});
