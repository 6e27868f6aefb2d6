import { execFileSync, spawn } from "node:child_process";
import { describe, expect, it, vi } from "vitest";
import { CHECK_COMMANDS, commandsAreIsolated } from "../../../../adapters/process/check-command.ts";

const run = (
  command: readonly string[],
  more: { files?: Record<string, string>; timeoutMs?: number; signal?: AbortSignal } = {},
) =>
  CHECK_COMMANDS.run(command, {
    ...{ files: new Map(Object.entries(more.files ?? {})), timeoutMs: more.timeoutMs ?? 20_000, signal: more.signal },
  });
const sh = (script: string, more?: Parameters<typeof run>[1]) => run(["sh", "-c", script], more);
const isAlive = (mark: string) => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).includes(`sleep ${mark}`);
/** Seconds that no other process sleeps. */
const markOf = (number: number) => `${70_000 + number}.${process.pid}`;

describe("the command of a check", () => {
  it("finds the artifacts as files, one whose name is another's folder too, and nothing is left of them", async () => {
    const files = { "a/b.md": "b", a: "a", "c.json": "{}" };
    const { code, output } = await sh("cat a~ a/b.md c.json; pwd", { files });
    expect({ code, output: output.slice(0, 4) }).toEqual({ code: 0, output: "ab{}" });
    const folder = output.slice(4).trim();
    expect((await sh(`test -e ${folder}`)).code).toBe(1);
  });

  it("has what commands need in its environment, and nothing else of ours", async () => {
    const names = ["MY_API_KEY", "DATABASE_URL", "SENTRY_DSN", "GH_TOKEN", "AWS_SESSION", "KUBECONFIG", "PLAIN_VALUE"];
    for (const name of names) vi.stubEnv(name, "ours");
    vi.stubEnv("LC_TIME", "C");
    const { output } = await sh("env");
    vi.unstubAllEnvs();
    expect(output).toMatch(/^PATH=/m);
    expect(output).toMatch(/^LC_TIME=C$/m);
    expect(output).not.toContain("ours");
  });

  it("does not see the processes around it, where the system can hide them", async ({ skip }) => {
    if (!(await commandsAreIsolated())) skip("no process namespaces here");
    const { output } = await sh("cat /proc/$PPID/environ /proc/[0-9]*/environ | tr '\\0' '\\n'; ls -d /proc/[0-9]*");
    expect(output).not.toContain("VITEST");
    expect(output).not.toContain(`/proc/${process.pid}\n`);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["is not there", ["no-such-command"], /^no-such-command cannot be run: .*ENOENT/],
    ["may not be executed", ["/"], /^\/ cannot be run: EACCES/],
    ["cannot be started at all", ["sh", "-c", "a\0b"], /^sh cannot be run: /],
  ])("that %s has no exit code, and says so", async (_, command, said) => {
    const { code, output } = await run(command);
    expect(code).toBeUndefined();
    expect(output).toMatch(said);
  });

  it("has an exit code of its own where it finds no other one", async () => {
    expect(await sh("nope")).toEqual({ code: 127, output: expect.stringContaining("nope") });
  });

  it("that has ended is not killed by a later stop: its number may be another's by then", async () => {
    const stop = new AbortController();
    expect((await sh("true", { signal: stop.signal })).code).toBe(0);
    const killing = vi.spyOn(process, "kill").mockReturnValue(true);
    stop.abort();
    expect(killing).not.toHaveBeenCalled();
    killing.mockRestore();
  });

  it("is ended with all that it started when its time is over", async () => {
    const { code, output } = await sh(`sleep ${markOf(1)} & sleep ${markOf(1)}`, { timeoutMs: 200 });
    expect(code).toBeUndefined();
    expect(output).toContain("did not end within 200 ms");
    // The kernel takes some moments to end a process namespace.
    await vi.waitFor(() => expect(isAlive(markOf(1))).toBe(false), 5_000);
  });

  it("leaves nothing running behind it, and is not kept waiting by what it started", async () => {
    const { code, output } = await sh(`sleep ${markOf(2)} & echo through`);
    expect({ code, output }).toEqual({ code: 0, output: "through\n" });
    expect(isAlive(markOf(2))).toBe(false);
  });

  it("leaves nothing running that made itself a session of its own", async () => {
    const late = await sh(`setsid sleep ${markOf(4)} & sleep ${markOf(4)}`, { timeoutMs: 300 });
    expect(late.code).toBeUndefined();
    const ended = await sh(`setsid setsid sleep ${markOf(5)} & sleep 0.2; echo through`);
    expect(ended).toEqual({ code: 0, output: "through\n" });
    await vi.waitFor(() => expect([markOf(4), markOf(5)].filter(isAlive)).toEqual([]));
  });

  it("keeps the end of a long output, whole characters only", async () => {
    const { output } = await sh("yes ää | head -c 300000; echo end");
    expect(output).toHaveLength(4000);
    expect(output.endsWith("end\n")).toBe(true);
    expect(output).not.toContain("\ufffd");
  });

  it("ends with us where we are killed", async () => {
    const source = new URL("../../../../adapters/process/check-command.ts", import.meta.url).href;
    const script = `const { CHECK_COMMANDS } = await import(${JSON.stringify(source)});
      await CHECK_COMMANDS.run(["sh", "-c", "sleep ${markOf(6)} & sleep ${markOf(6)}"], { files: new Map(), timeoutMs: 60_000 });`;
    const ours = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    await vi.waitFor(() => expect(isAlive(markOf(6))).toBe(true), 10_000);
    ours.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(markOf(6))).toBe(false), 10_000);
  });

  it("ends with whoever called it off", async () => {
    const stop = new AbortController();
    const running = sh(`sleep ${markOf(3)}`, { signal: stop.signal });
    stop.abort(new Error("called off"));
    await expect(running).rejects.toThrow("called off");
    expect(isAlive(markOf(3))).toBe(false);
  });
});
