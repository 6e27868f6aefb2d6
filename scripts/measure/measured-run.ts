/** The runs of which paths through the files are counted: one lane against a model server on the loopback, everything durable, in this process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../app/cli/program.ts";
import { createSwarm } from "../../app/create-swarm.ts";
import type { Reply } from "../../test/support/model-server/reply.ts";
import { startModelServer } from "../../test/support/model-server/start-model-server.ts";

/** What the lane's model says, turn by turn. */
const SCRIPT: Reply[] = [
  { toolCalls: [{ name: "read_artifact", args: { name: "notes" } }] },
  { toolCalls: [{ name: "read_artifact", args: { name: "notes" } }] },
  { toolCalls: [{ name: "write_artifact", args: { name: "notes", content: "One line.", base: 0 } }] },
  { content: "It is written." },
];
/** Of the lane's requests, from 0: the turn between that one and the one before is as any other; and one in which an artifact was written. */
export const PLAIN_TURN = 2;
export const WRITE_TURN = 3;

/** `onRequest`: told of each request of the lane. */
export async function measuredRun(onRequest: (turn: number) => void = () => undefined): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "measure-"));
  let turns = 0;
  const server = await startModelServer({
    behaviour: ({ role }) => {
      if (role === "synthesizer") return { content: "Done." };
      onRequest(turns);
      turns += 1;
      return SCRIPT[turns - 1] ?? { content: "It is written." };
    },
  });
  try {
    await using swarm = createSwarm({ model: "m", baseUrl: server.url, apiKey: "none", home });
    const plan = { subtasks: [{ id: "s1", instructions: "Write the notes.", writes: ["notes"] }] };
    const config = { configurable: { thread_id: "measured" } };
    const { answer, lanes } = await swarm.invoke({ task: "Write the notes.", plan }, config);
    if (!Object.values(lanes).some(({ outcome }) => outcome === "done"))
      throw new Error(`the run that is measured ended otherwise: ${answer}`);
  } finally {
    await server.close();
    rmSync(home, { recursive: true });
  }
}

/** The same by `glasshive run`, whose words nobody sees. */
export async function measuredCommand(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "measure-"));
  const server = await startModelServer({ behaviour: () => ({ content: "Done." }) });
  const plan = join(home, "plan.json");
  writeFileSync(plan, JSON.stringify({ task: "Say it.", subtasks: [{ id: "s1", instructions: "Say it." }] }));
  const outputs = [process.stdout, process.stderr];
  for (const stream of outputs) stream.write = () => true;
  try {
    const asked = ["--plan", plan, "--model", "m", "--base-url", server.url, "--home", home, "--json"];
    const code = await runCommandLine(["run", ...asked]);
    if (code !== 0) throw new Error(`the command that is measured ended with ${code}`);
  } finally {
    // Behind it is that of the streams' kind.
    for (const stream of outputs) Reflect.deleteProperty(stream, "write");
    await server.close();
    rmSync(home, { recursive: true });
  }
}
