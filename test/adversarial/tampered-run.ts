/** A run to be tampered with, and the verifier of somebody else. */
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startModelServer, type Behaviour } from "../support/model-server/index.ts";
import { commandHere, type CommandOutcome } from "../support/run-command.ts";

export const RUN = "r";
const ids = ["s1", "s2", "s3"];
const PLAN = {
  task: "fill the report",
  artifacts: [{ name: "report.md", content: "Notes:\n" }],
  subtasks: ids.map((id) => ({ id, instructions: `Do ${id}.`, writes: ["report.md"] })),
};

const contributes: Behaviour = ({ role, subtaskId, turn }) => {
  if (role !== "agent") return { content: "All is done." };
  if (turn > 0) return { content: `${subtaskId} has contributed. ${"A long result. ".repeat(400)}` };
  const args = { name: "report.md", content: `note of ${subtaskId}\n` };
  return { toolCalls: [{ name: "append_artifact", args }] };
};

/** One that met a cap, was over, and went on under a higher one. Nothing of it is on a loopback server any more. */
export async function endedTwice(): Promise<{ home: string; folder: string; older: string; other: string }> {
  const home = mkdtempSync(join(tmpdir(), "glasshive-test-"));
  const [older, other] = [join(home, "older"), join(home, "other")];
  const server = await startModelServer({ behaviour: contributes });
  const plan = join(home, "plan.json");
  writeFileSync(plan, JSON.stringify(PLAN));
  const begin = (place: string) => {
    const model = ["--base-url", server.url, "--model", "m", "--max-steps", "5"];
    return commandHere(["run", "--plan", plan, "--id", RUN, "--home", place, "--json", ...model]);
  };
  try {
    expectCode(await begin(home), 3);
    cpSync(join(home, "runs", RUN), older, { recursive: true });
    expectCode(await commandHere(["resume", RUN, "--home", home, "--json", "--max-steps", "100"]), 0);
    await begin(join(home, "another-home"));
    cpSync(join(home, "another-home", "runs", RUN), other, { recursive: true });
  } finally {
    await server.close();
  }
  return { home, folder: join(home, "runs", RUN), older, other };
}

function expectCode({ code, stderr }: CommandOutcome, wanted: number): void {
  if (code !== wanted) throw new Error(`exit ${code}, and not ${wanted}: ${stderr}`);
}

/** Runs the verifier once for each line of its input, each time from the beginning, in one process. */
const DRIVER = `
import { createInterface } from "node:readline";
console.log = () => undefined;
let count = 0;
for await (const folder of createInterface({ input: process.stdin })) {
  process.argv = ["node", "verify-run.mjs", folder];
  process.exitCode = 0;
  await import(process.env.VERIFIER + "?" + (count += 1));
  process.stdout.write(process.exitCode + "\\n");
}
process.exitCode = 0;
`;

export class Outsider {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const env = { ...process.env, VERIFIER: new URL("../../bin/verify-run.mjs", import.meta.url).href };
    const child = spawn(process.execPath, ["--input-type=module", "-e", DRIVER], {
      env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  async isValid(folder: string): Promise<boolean> {
    this.#child.stdin?.write(`${folder}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error("the verifier is gone");
    return value === "0";
  }

  close(): void {
    this.#child.kill();
  }
}
