import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "glasshive-launch-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function program(name: string, source: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, source);
  return path;
}

function launch(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, "scripts/launch.mjs"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function ended(child: ChildProcess): Promise<Ended> {
  const result: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (chunk: Buffer) => (result.stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (result.stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { ...result, code };
}

describe("the launcher", () => {
  it("hands arguments on as they are and makes the program's exit code its own", async () => {
    const path = await program("args.ts", "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;");
    const { code, stdout, stderr } = await ended(launch(path, "a b", "--json", "*", ""));
    expect(JSON.parse(stdout)).toEqual(["a b", "--json", "*", ""]);
    expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  });

  it("runs TypeScript, and tools by their name", async () => {
    const path = await program("typed.ts", "const n: number = 7; console.log(n satisfies number);");
    expect((await ended(launch(path))).stdout).toBe("7\n");
    expect((await ended(launch("tsc", "--version"))).stdout).toMatch(/^Version \d/);
  });

  it("says in one line what it cannot find, and ends with 2", async () => {
    const absent = await ended(launch("app/no-such-program.ts"));
    expect(absent).toEqual({
      code: 2,
      stdout: "",
      stderr: "glasshive: there is no app/no-such-program.ts in this checkout\n",
    });
    expect((await ended(launch("no-such-tool"))).stderr).toMatch(/^glasshive: no-such-tool is neither .*\n$/);
    expect((await ended(launch())).stderr).toMatch(/^glasshive: usage: .*\n$/);
  });

  it.for(["SIGINT", "SIGTERM"] as const)(
    "passes one %s on, and waits for the program to end as it likes",
    async (signal) => {
      const path = await program(
        `waits-${signal}.ts`,
        `let heard = 0; const timer = setInterval(() => {}, 1000);
       process.on("${signal}", () => { heard += 1; clearInterval(timer); });
       process.on("exit", () => { console.log("heard", heard); process.exitCode = 130; });
       console.log("ready");`,
      );
      const child = launch(path);
      const end = ended(child);
      child.stdout?.once("data", () => child.kill(signal));
      expect(await end).toEqual({ code: 130, stdout: "ready\nheard 1\n", stderr: "" });
    },
  );

  it("ends with 128 + the signal's number when a signal ended the program", async () => {
    const path = await program("killed.ts", 'process.kill(process.pid, "SIGKILL");');
    expect((await ended(launch(path))).code).toBe(137);
  });
});
