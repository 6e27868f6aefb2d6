/** `npm run studio`, with a stand-in for npx: what it is called with, and when it ends. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const [EXEC, TELL] = [JSON.stringify(process.execPath), "console.log(process.pid, process.argv.slice(2).at(-1))"];
/** Like npx and the server's command: a process with another one below it. */
const COMMAND = `#!${process.execPath}
import("node:child_process").then(({ spawn }) => spawn(${EXEC}, ["-e", ${JSON.stringify(`${TELL}; setInterval(() => {}, 1e6)`)}, "below"], { stdio: "inherit" }));
${TELL};
setInterval(() => {}, 1e6);
`;

function studio(...args: string[]): ChildProcess {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "npx"), COMMAND);
  chmodSync(join(folder, "npx"), 0o755);
  const { PATH, NODE_OPTIONS: _, ...env } = process.env;
  return spawn(process.execPath, [join(ROOT, "scripts/studio.ts"), ...args], {
    env: { ...env, PATH: `${folder}${delimiter}${PATH}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe.skipIf(process.platform === "win32")("npm run studio", () => {
  it("listens on loopback, hands its arguments on, and leaves no process behind when it is killed", async () => {
    const child = studio("--port", "0", "--no-browser");
    const told: [number, string][] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      const [, pid, what] = /^(\d+) (.*)$/.exec(line) ?? [];
      if (told.push([Number(pid), String(what)]) === 2) break;
    }
    onTestFinished(() => told.forEach(([pid]) => isAlive(pid) && process.kill(pid, "SIGKILL")));
    const call = told.find(([, what]) => what !== "below")?.[1];
    expect(call).toBe("exec langgraphjs 'dev' '--port' '0' '--no-browser' '--host' '127.0.0.1'");
    child.kill("SIGKILL");
    await once(child, "exit");
    await expect.poll(() => told.some(([pid]) => isAlive(pid)), { timeout: 20_000 }).toBe(false);
  });

  it("says in one line that its port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const child = studio("-p", String(port));
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => (said += chunk.toString()));
    expect((await once(child, "close"))[0]).toBe(2);
    const next = "pass another one: npm run studio -- --port 2025";
    expect(said).toBe(`glasshive: port ${port} is taken; end what listens there, or ${next}\n`);
  });
});
