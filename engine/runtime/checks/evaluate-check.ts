/** Whether a check of the plan holds of some contents. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { BaseMessage } from "@langchain/core/messages";
import { cutTo, oneLine } from "../../../state/plain-text.ts";
import type { PlanCheck } from "../../../state/plan.ts";
import type { Signal } from "../../../state/signal.ts";
import type { Verdict } from "../../policy/checks/check-state.ts";
import { verdictIn } from "../../policy/checks/verdict.ts";
import type { ArtifactRules } from "../../policy/merge/artifact-rules.ts";
import { schemaMismatch } from "../../policy/output/validate-output.ts";
import { predicateMessages, VERDICT_REPAIR } from "../../policy/prompts/arbiter-prompt.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CommandRunner } from "../../ports/commands.ts";
import { coordinatorTurn } from "../coordinator/coordinator-turn.ts";
import type { Run } from "../run/run.ts";
import { waitInRun } from "../turns/ending.ts";

export interface Evaluating {
  run: Run;
  commands: CommandRunner | undefined;
  clock: Clock;
  config: RunnableConfig;
}

export type Contents = ReadonlyMap<string, string>;

const LONGEST_EVIDENCE = 500;
/** The run's last step is the synthesizer's. */
const STEPS_FOR_THE_ANSWER = 1;

export async function evaluateCheck(check: PlanCheck, contents: Contents, facts: Evaluating): Promise<Verdict> {
  if ("schema" in check) return bySchema(check, contents, facts.run.shared.artifacts.rules(check.artifact));
  return "command" in check ? byCommand(check, contents, facts) : byPredicate(check, contents, facts);
}

/** Pure. */
export function bySchema(
  { artifact, schema }: Extract<PlanCheck, { schema: unknown }>,
  contents: Contents,
  { type }: ArtifactRules,
): Verdict {
  const mismatch = schemaMismatch(valueOf(type, contents.get(artifact) ?? ""), schema);
  if (!mismatch.ok) return unknown(evidenceOf(`${artifact}: ${mismatch.problem}`));
  return mismatch.value === undefined
    ? { verdict: "holds", evidence: `${artifact} fits the schema` }
    : { verdict: "violated", evidence: evidenceOf(`${artifact}: ${mismatch.value}`) };
}

/** A content as a JSON value: what nobody has written is null, or an empty list. */
function valueOf(type: ArtifactRules["type"], content: string): unknown {
  const lines = content.split("\n").filter((line) => line !== "");
  if (type === "text") return content;
  if (type === "lines") return lines;
  if (type === "table") return lines.map((line): unknown => JSON.parse(line));
  return content === "" ? null : JSON.parse(content);
}

async function byCommand(
  { command, timeoutMs }: Extract<PlanCheck, { command: unknown }>,
  contents: Contents,
  { run, commands, config }: Evaluating,
): Promise<Verdict> {
  if (commands === undefined) return unknown("commands are not allowed here");
  const { draining, deadline } = run.life.stop;
  const passed = ({ evidence }: Signal): Verdict => unknown(evidence);
  // A command bears repetition: a drain does not wait for it.
  const waiting = {
    what: "a check's command ran",
    draining,
    caller: config.signal,
    deadline: { signal: deadline, passed },
  };
  return waitInRun(waiting, async (signal) => {
    const { code, output } = await commands.run(command, { files: contents, timeoutMs, signal });
    const said = evidenceOf(output) || `${command[0]} ended with ${code ?? "no exit code"}`;
    if (code === 0) return { verdict: "holds", evidence: said };
    return { verdict: code === undefined ? "unknown" : "violated", evidence: said };
  });
}

async function byPredicate(
  check: Extract<PlanCheck, { predicate: unknown }>,
  contents: Contents,
  { run, clock, config }: Evaluating,
): Promise<Verdict> {
  const judge = check.agent === undefined ? undefined : run.team.agent(check.agent);
  if (check.agent !== undefined && judge === undefined) return unknown(`the run has no agent "${check.agent}"`);
  let messages: BaseMessage[] = predicateMessages(check.predicate, contents, judge);
  let unclear: string | undefined;
  // Once more, where it says neither, or both.
  for (let asked = 0; asked < 2; asked += 1) {
    if (run.budget.ledger.left("coordinator").steps <= STEPS_FOR_THE_ANSWER) break;
    const brief = { role: "judge" } as const;
    const turn = await coordinatorTurn(run, { purpose: "check", messages, brief, clock, config, model: judge?.model });
    if (turn.kind === "signal")
      return unknown(`the judge could not be asked (${turn.signal.kind}: ${turn.signal.evidence})`);
    const { text } = turn.message;
    const said = verdictIn(text);
    if (said !== undefined)
      return { verdict: said.verdict, evidence: evidenceOf(said.verdict === "holds" ? text : said.reason) };
    unclear = evidenceOf(`the judge said neither HOLDS nor VIOLATED: ${text}`);
    messages = [...messages, turn.message, VERDICT_REPAIR];
  }
  return unknown(unclear ?? "no model call is left for the judge");
}

function unknown(evidence: string): Verdict {
  return { verdict: "unknown", evidence };
}

function evidenceOf(text: string): string {
  return cutTo(oneLine(text), LONGEST_EVIDENCE, "");
}
