import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { assembleSwarm } from "../../../../app/create-swarm.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

/** The rights of all that lies in a folder, and its own. */
function rightsIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return new Map(
    ["", ...names].map((name) => {
      const stats = statSync(join(folder, name));
      return [name, `${stats.isDirectory() ? "folder" : "file"} ${(stats.mode & 0o777).toString(8)}`];
    }),
  );
}

describe.skipIf(process.platform === "win32")("a home", () => {
  it("is its user's alone, under a umask that gives all to all, and where it was open before", async () => {
    const folder = temporaryFolder();
    const [home, documents] = [join(folder, "home"), join(folder, "docs")];
    for (const made of [home, documents]) mkdirSync(made);
    chmodSync(home, 0o777);
    writeFileSync(join(home, "glasshive.db"), "", { mode: 0o666 });
    chmodSync(join(home, "glasshive.db"), 0o666);
    writeFileSync(join(documents, "a.md"), "The tank holds 40 litres.\n");
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const { graph, close } = assembleSwarm({ home, documents: [documents] });
    await graph.invoke({ task: "What does the tank hold?" }, { configurable: { thread_id: "r" } });
    const whileOpen = rightsIn(home);
    await close("the test ended");
    for (const rights of [whileOpen, rightsIn(home)])
      expect([...rights].filter(([, what]) => what !== "folder 700" && what !== "file 600")).toEqual([]);
    const names = [...whileOpen.keys()].map((name) => name.replace("runs/r/", ""));
    expect(names).toEqual(
      expect.arrayContaining(["glasshive.db", "glasshive.db-wal", "journal.jsonl", "result.json", "documents.sqlite"]),
    );
  });

  it.runIf(process.platform === "linux")(
    "is refused where the system takes no folder, rather than asked for without end",
    () => {
      expect(() => assembleSwarm({ home: "/proc/none/home" })).toThrow(/there is no such file or folder/);
    },
  );
});
