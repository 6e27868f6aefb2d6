/** What a lane's state shows of its prompt. The prompt itself is made anew for each turn (`lane-messages.ts`), and never read from here. */
import { createHash } from "node:crypto";
import { beginningOf } from "../../policy/output/kept-output.ts";
import type { LanePrompt, ShownText } from "../../../state/lane-state.ts";
import type { Subtask } from "../../../state/plan.ts";
import type { Run } from "../run/run.ts";
import { workMessages } from "./lane-messages.ts";

/** Characters: what is longer is there by reference, behind its beginning. */
const [MOST_SHOWN, BEGINNING] = [4096, 1000];

/** What opens the conversation with an agent; undefined: the run has no such agent, or no conversation is opened (`reduce`). */
export function promptOf(run: Run, subtask: Subtask, agentName: string): LanePrompt | undefined {
  const agent = run.team.agent(agentName);
  if (agent === undefined || subtask.role === "reduce") return undefined;
  const [system, message] = workMessages(run, { subtask, agent });
  const asked = shown(message?.text ?? "");
  // People and graphs have a role of their own.
  return agent.kind === "model" ? { system: shown(system?.text ?? ""), message: asked } : { message: asked };
}

function shown(text: string): ShownText {
  if (text.length <= MOST_SHOWN) return text;
  const digest = createHash("sha256").update(text.toWellFormed()).digest("hex");
  return {
    ...{ digest, characters: text.length, bytes: Buffer.byteLength(text) },
    beginning: beginningOf(text, BEGINNING),
  };
}
