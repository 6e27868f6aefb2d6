/**
 * The runs behind `docs/generated/prompts.md`: the command line in this process against a loopback model server that follows a script. What
 * they are asked for is what a provider is sent, tools included. The same each time: what runs side by side is held to an order.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { textOf, type ChatRequest } from "../../test/support/model-server/call.ts";
import { startModelServer, type ModelCall, type Reply } from "../../test/support/model-server/index.ts";
import { commandHere } from "../../test/support/run-command.ts";

/** `coordinator`: planner, synthesizer, judge or arbiter, each one's replies in their order. `lanes`: a lane's, by subtask. */
export interface PromptRun {
  /** Words of the command line behind `run`. */
  args: readonly string[];
  /** Words of a run without a language model, which is then asked about: `args` are those behind `ask RUN`. */
  asksAbout?: readonly string[];
  /** Files in the folder where it is run. */
  files?: Readonly<Record<string, string | object>>;
  coordinator?: Readonly<Record<string, readonly Reply[]>>;
  lanes: Readonly<Record<string, readonly (Reply & { after?: string })[]>>;
}

export interface SentRequest extends ChatRequest {
  /** `planner`, `judge`, …, or the subtask's id. */
  who: string;
}

/** All requests of a run, in the order of their arrival. Throws where the script has no reply. */
export async function requestsOf({
  args,
  asksAbout,
  files = {},
  coordinator = {},
  lanes,
}: PromptRun): Promise<SentRequest[]> {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-prompts-"));
  const arrivals = new Map<string, PromiseWithResolvers<void>>();
  const arrival = (place: string): PromiseWithResolvers<void> => {
    const known = arrivals.get(place) ?? Promise.withResolvers<void>();
    arrivals.set(place, known);
    return known;
  };
  const asked: string[] = [];
  const server = await startModelServer({
    keepBodies: true,
    behaviour: (call) => {
      const who = whoAsks(call);
      const turn = asked.filter((each) => each === who).length;
      asked.push(who);
      arrival(`${who}/${turn}`).resolve();
      const reply: (Reply & { after?: string }) | undefined = (lanes[who] ?? coordinator[who])?.[turn];
      if (reply === undefined) throw new Error(`the script has no reply ${turn} for ${who}`);
      return reply.after === undefined ? reply : { ...reply, when: arrival(reply.after).promise };
    },
  });
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    }
    const model = ["--base-url", server.url, "--model", "m"];
    const place = ["--home", join(folder, "home")];
    if (asksAbout !== undefined) await commandHere(["run", ...asksAbout, ...place, "--id", "first"], { cwd: folder });
    const verb = asksAbout === undefined ? ["run"] : ["ask", "first", "--id", "second"];
    const { code, stderr } = await commandHere([...verb, ...args, ...model, ...place], { cwd: folder });
    const { unexpected } = server.stats();
    if (unexpected.length > 0 || code === 1 || code === 2)
      throw new Error(`exit ${code}: ${unexpected.map(({ reason }) => reason).join("; ")}\n${stderr}`);
    return server.bodies().map((body, index) => ({ ...(JSON.parse(body) as ChatRequest), who: asked[index] ?? "" }));
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function whoAsks({ subtaskId, role, messages: [first] }: ModelCall): string {
  if (role === "agent") return subtaskId ?? "";
  const named = /^You are the (\w+) of a Glasshive swarm/.exec(first === undefined ? "" : textOf(first));
  return named?.[1] ?? role;
}
