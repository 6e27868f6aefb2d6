/** What `glasshive doctor` says of an endpoint and its models. Through the real command. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Behaviour } from "../support/model-server/index.ts";
import { runCommand } from "../support/run-command.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const KEY = "sk-doctor-0123456789";
const REFUSED = {
  status: 404,
  body: { error: { message: "The model `fast` does not exist", code: "model_not_found" } },
};
const agent: Behaviour = (call) => (call.model === "fast" ? REFUSED : { content: "ready" });

async function doctor(baseUrl: string, env: Record<string, string> = {}) {
  const folder = temporaryFolder();
  const agents = [
    { name: "quick", description: "looks things up", model: "fast" },
    { name: "slow", description: "thinks" },
  ];
  writeFileSync(join(folder, "agents.json"), JSON.stringify({ agents }));
  const flags = ["doctor", "--model", "main", "--agents", "agents.json", "--base-url", baseUrl, "--json"];
  const { code, stdout, stderr } = await runCommand(flags, { cwd: folder, env: { OPENAI_API_KEY: KEY, ...env } });
  expect(stdout + stderr).not.toContain(KEY);
  const { findings } = JSON.parse(stdout) as { findings: { what: string; is: string; problem?: boolean }[] };
  return { code, of: (what: string) => findings.filter((finding) => finding.what === what) };
}

describe("doctor", () => {
  it("asks each model that the run and its agents name, and says who names the one that is refused", async () => {
    const { url } = await serve(agent, { models: ["main", "other"] });
    const { code, of } = await doctor(url);
    expect(code).toBe(1);
    expect(of("endpoint")).toEqual([{ what: "endpoint", is: `${url} answers, and lists 2 models` }]);
    const refused = "fast (quick) does not answer: 404 model_not_found: The model `fast` does not exist";
    expect(of("model")).toEqual([
      { what: "model", is: "main answers; context of 128000 tokens" },
      { what: "model", is: `${refused}; the endpoint lists main, other`, problem: true },
    ]);
  });

  it("reads profiles from a pipe once", async () => {
    const folder = temporaryFolder();
    const agents = JSON.stringify({ agents: [{ name: "quick", description: "looks things up" }] });
    execFileSync("mkfifo", [join(folder, "agents.json")]);
    const writing = writeFile(join(folder, "agents.json"), agents);
    const { code, stdout } = await runCommand(["doctor", "--agents", "agents.json"], { cwd: folder });
    await writing;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("quick (model)") });
  });

  it("finds the address below the one that was given, and names the proxy without its password", async () => {
    const { url } = await serve(agent);
    const proxied = { HTTP_PROXY: "http://me:hunter2@proxy.invalid:3128", NO_PROXY: "127.0.0.1" };
    const { code, of } = await doctor(url.replace(/\/v1$/, ""), proxied);
    expect(code).toBe(1);
    const [found] = of("endpoint");
    expect(found).toMatchObject({ problem: true });
    expect(found?.is).toContain(`${url} lists models: give that as the base URL`);
    expect(of("proxy").map(({ is }) => is)).toEqual(["proxy.invalid:3128 (HTTP_PROXY), but not for 127.0.0.1"]);
  });
});
