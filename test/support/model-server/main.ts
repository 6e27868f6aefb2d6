/**
 * The model server as a program: prints {"url", "pid"} when it listens, serves GET /stats, GET /records and POST /reset
 * beside /v1, ends on SIGTERM. Agents, planner and synthesizer are answered by flags, or all calls by a module.
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { PlanFileInput } from "../../../state/plan.ts";
import { byRole } from "./behaviours/by-role.ts";
import { plannerAnswer } from "./behaviours/planner-answer.ts";
import { synthesizerAnswer } from "./behaviours/synthesizer-answer.ts";
import { toolCallsThenAnswer } from "./behaviours/tool-calls-then-answer.ts";
import type { Delay } from "./delay.ts";
import type { Behaviour } from "./reply.ts";
import { startModelServer } from "./start-model-server.ts";

const { values: flags } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    /** Fixed, or the median when --delay-sigma is above 0. */
    "delay-ms": { type: "string", default: "0" },
    "delay-sigma": { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    "tool-calls": { type: "string", default: "0" },
    "tool-name": { type: "string" },
    /** JSON, with {{subtask}} and {{turn}} in its texts. */
    "tool-args": { type: "string" },
    answer: { type: "string" },
    "answer-bytes": { type: "string", default: "0" },
    /** Plan file with which the planner is answered. */
    plan: { type: "string" },
    /** A module whose default export is a Behaviour; replaces the flags above. */
    behaviour: { type: "string" },
    "prefix-cache": { type: "boolean", default: false },
    /** Ends when standard input does: with the process that started it. */
    "with-parent": { type: "boolean", default: false },
  },
});

function delayOfFlags(): Delay {
  const [ms, sigma] = [Number(flags["delay-ms"]), Number(flags["delay-sigma"])];
  return sigma > 0 ? { kind: "lognormal", seed: Number(flags.seed), medianMs: ms, sigma } : { kind: "fixed", ms };
}

async function behaviourOfFlags(): Promise<Behaviour> {
  if (flags.behaviour !== undefined) {
    const module = (await import(pathToFileURL(resolve(flags.behaviour)).href)) as { default: Behaviour };
    return module.default;
  }
  const agent = toolCallsThenAnswer({
    toolCalls: Number(flags["tool-calls"]),
    toolName: flags["tool-name"],
    args: flags["tool-args"] === undefined ? undefined : (JSON.parse(flags["tool-args"]) as Record<string, unknown>),
    answer: flags.answer,
    answerBytes: Number(flags["answer-bytes"]),
  });
  const plan = flags.plan === undefined ? undefined : (JSON.parse(await readFile(flags.plan, "utf8")) as PlanFileInput);
  const planner = plan === undefined ? undefined : plannerAnswer(plan);
  return byRole({ agent, other: agent, planner, synthesizer: synthesizerAnswer() });
}

const server = await startModelServer({
  behaviour: await behaviourOfFlags(),
  port: Number(flags.port),
  delay: delayOfFlags(),
  prefixCache: flags["prefix-cache"],
});

const end = (): void => void server.close().then(() => process.exit(0));
process.once("SIGTERM", end);
process.once("SIGINT", end);
if (flags["with-parent"]) process.stdin.resume().once("end", end);
process.stdout.write(`${JSON.stringify({ url: server.url, pid: process.pid })}\n`);
