/**
 * Node `person`: a subtask that a human does. The lane asks and waits; it takes no step and holds no slot, and those that wait
 * for it are parked. What the human gives is judged like any output; one that does not fit is asked for again.
 */
import { fit } from "../engine/policy/answer/gather-results.ts";
import { judgeOutput } from "../engine/policy/output/validate-output.ts";
import { askInLane } from "../engine/runtime/lanes/enter-lane.ts";
import { laneNode } from "../engine/runtime/lanes/lane-node.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { Subtask } from "../state/plan.ts";
import { readDecision, requestOf, type HumanRequest } from "../state/review.ts";

/** Bytes of inputs that go into the question, and so into the checkpoint. */
const MOST_INPUT_BYTES = 50_000;

type Given = { type: "output"; output: string } | { type: "reject"; message?: string | undefined };

export const person = laneNode(
  async (lane) => {
    const { run, subtask, state } = lane;
    const request = askingFor(run, subtask, state.agent);
    const firings = Object.values(state.firings).reduce((sum, count) => sum + count, 0);
    const answer = await askInLane(lane, {
      key: `${subtask.id}/${state.attempt}/person/${firings}`,
      request,
      about: { agent: state.agent, title: subtask.title },
      read: (given) => read(given, request, subtask),
      record: (decision) => ({ decision }),
    });
    if (answer.type === "output") return { output: answer.output, signal: null, next: "validate" };
    const reason = answer.message === undefined ? "" : `: ${answer.message}`;
    return { outcome: "rejected", cause: `${state.agent} rejected it${reason}`, output: "", next: "publish" };
  },
  (signal) => ({ signal, next: "recover" }),
);

function askingFor(run: Run, subtask: Subtask, agent: string): HumanRequest {
  const { id, title, instructions, expects } = subtask;
  const args = { title, instructions, inputs: inputsOf(run, subtask), ...(expects === undefined ? {} : { expects }) };
  const description = `${agent} is asked to do subtask ${id}: ${title}. Give its output (edit), or reject it with a reason.`;
  const action = { name: "do_subtask", args: { ...args, output: "" }, description };
  return requestOf({ kind: "task", subtask: id, actions: [action], allowed: ["edit", "reject"] });
}

function inputsOf(run: Run, { dependsOn }: Subtask): Record<string, string> {
  const done = dependsOn
    .flatMap((id) => run.shared.board.result(id) ?? [])
    .filter(({ outcome }) => outcome === "done")
    .map(({ subtask, output }) => ({ subtask, title: "", detail: "full" as const, output }));
  return Object.fromEntries(fit(done, MOST_INPUT_BYTES).map(({ subtask, output }) => [subtask, output]));
}

/** Throws SwarmError ANSWER_INVALID: the human is asked again. */
function read(answer: unknown, request: HumanRequest, subtask: Subtask): Given {
  const decision = readDecision(
    answer,
    request,
    "an approval gives no output: answer with edit, where args.output is it",
  );
  if (decision.type === "reject") return { type: "reject", message: decision.message };
  const output = decision.type === "edit" ? textOf(decision.edited_action.args["output"]) : "";
  if (output.trim() === "") throw new SwarmError("ANSWER_INVALID", "args.output is empty");
  const judged = judgeOutput(output, subtask);
  if (judged.ok) return { type: "output", output: judged.output };
  throw new SwarmError("ANSWER_INVALID", `the output does not do: ${judged.problem}`);
}

/** A form may give what a schema asks for as a value. */
function textOf(output: unknown): string {
  return typeof output === "string" ? output : output === undefined ? "" : JSON.stringify(output);
}
