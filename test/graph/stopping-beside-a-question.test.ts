/** A run that is stopped, or pauses itself, while a lane waits for a person: the calls of the other lanes end, and are not made again. */
import { tool } from "@langchain/core/tools";
import { Command, isGraphDrained, RunControl } from "@langchain/langgraph";
import { expect, test } from "vitest";
import { z } from "zod";
import type { SwarmOptions } from "../../app/create-swarm.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";
import type { PlanFileInput } from "../../state/plan.ts";
import { readJournalFile } from "../support/read-journal.ts";
import type { ScriptedReply, ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const NOTE = tool(() => "noted", { name: "note", description: "notes", schema: z.object({}) });
const WRITER = {
  name: "worker",
  description: "does what it is told",
  tools: ["note", "read_artifact", "patch_artifact"],
};
const approve = { decisions: [{ type: "approve" }] };

interface Asking {
  /** Of the lanes that ask, and of those that they need for it. */
  script: Record<string, ScriptedStep[]>;
  plan: PlanFileInput;
  options?: Partial<SwarmOptions>;
}

const asksForCall = (): ScriptedStep[] => [{ calls: [{ name: "note" }] }, "asked"];

function asksAboutConflict(): Asking {
  const patch = (replace: string) => ({
    name: "patch_artifact",
    args: { name: "doc", edits: [{ find: "open", replace }] },
  });
  const read = { calls: [{ name: "read_artifact", args: { name: "doc" } }] };
  const [hasRead, hasWritten] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  return {
    script: {
      ask: [
        read,
        async () => {
          hasRead.resolve();
          await hasWritten.promise;
          return { calls: [patch("mine")] };
        },
        "asked",
      ],
      other: [
        read,
        async () => {
          await hasRead.promise;
          return { calls: [patch("theirs")] };
        },
        () => {
          hasWritten.resolve();
          return "written";
        },
      ],
    },
    plan: {
      artifacts: [{ name: "doc", policy: "human", content: "open\n" }],
      ...planOf({ ask: { writes: ["doc"] }, other: { writes: ["doc"] }, stops: {}, slow: {} }),
    },
  };
}

const QUESTIONS: Record<string, () => Asking> = {
  "a tool call": () => ({
    script: { ask: asksForCall() },
    plan: planOf({ ask: {}, stops: {}, slow: {} }),
    options: { approve: ["tools"] },
  }),
  "one of two tool calls": () => ({
    script: { ask: asksForCall(), "ask-too": asksForCall() },
    plan: planOf({ ask: {}, stops: {}, "ask-too": {}, slow: {} }),
    options: { approve: ["tools"] },
  }),
  "a task that failed": () => ({
    script: { ask: [new Error("the model is gone"), "asked"] },
    plan: planOf({ ask: {}, stops: {}, slow: {} }),
    options: { recovery: { "agent-error": [{ do: "ask-human", max: 1 }] } },
  }),
  "a conflict": asksAboutConflict,
};

/** What a provider refuses a whole run with. */
const refusal = (status: number, code: string) => Object.assign(new Error(code), { status, error: { code } });

const STOPS: Record<string, { reply: ScriptedReply; told: string }> = {
  "a drain": { reply: { calls: [{ name: "read_result", args: { id: "none" } }] }, told: "Graph drained: interrupted" },
  "a used-up quota": { reply: refusal(429, "insufficient_quota"), told: "Graph drained: paused: quota" },
  "a refused key": { reply: refusal(401, "invalid_api_key"), told: "Graph drained: paused: auth" },
};

test.each<[string, string, "called" | "served"]>([
  ["a drain", "a tool call", "called"],
  ["a drain", "one of two tool calls", "called"],
  ["a drain", "a task that failed", "called"],
  ["a drain", "a conflict", "called"],
  ["a used-up quota", "a tool call", "called"],
  ["a used-up quota", "one of two tool calls", "served"],
  ["a used-up quota", "a conflict", "served"],
  ["a refused key", "a task that failed", "called"],
  ["a refused key", "a tool call", "served"],
])("%s beside %s that waits for a person lets a call in flight end, and keeps it (%s)", async (stop, question, how) => {
  const home = temporaryFolder();
  const control = new RunControl();
  const { script, plan, options } = QUESTIONS[question]!();
  const { reply, told } = STOPS[stop]!;
  const [asked, isLeft] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { swarm, model } = scriptedSwarm(
    {
      ...script,
      stops: [
        async () => {
          await asked.promise;
          if (stop === "a drain") control.requestDrain("interrupted");
          // Long enough for whatever the other lanes make of it.
          setTimeout(isLeft.resolve, 150);
          return reply;
        },
        "stopped once",
      ],
      slow: async ({ signal }) => {
        await isLeft.promise;
        return signal?.aborted === true ? "called off" : "worth its money";
      },
      synthesizer: "all",
    },
    { agents: [WRITER], tools: [NOTE], ...options, home, checkpointer: undefined },
  );
  const config =
    how === "called" ? { ...thread("t"), control } : { configurable: { thread_id: "t", assistant_id: "swarm" } };
  const waiting = Object.keys(script).filter((who) => who.startsWith("ask")).length;
  const ended = await (async () => {
    let open = 0;
    for await (const chunk of await swarm.stream({ task: "All.", plan }, { ...config, streamMode: "updates" })) {
      open += listOf(fieldOf(chunk, "__interrupt__")).length;
      if (open === waiting) asked.resolve();
    }
    return "no error";
  })().catch((error: unknown) => error);
  expect(ended).toSatisfy(isGraphDrained);
  expect(String(ended)).toContain(told);
  const { tasks } = await swarm.getState(thread("t"));
  const interrupts = tasks.flatMap((task) => task.interrupts);
  expect(interrupts).toHaveLength(waiting);
  const resume = Object.fromEntries(interrupts.map(({ id }) => [id, approve]));
  const state = await swarm.invoke(new Command({ resume }), thread("t"));
  expect(state.status).toBe("complete");
  expect(model.callsOf("synthesizer")[0]!.messages[1]!.text).toContain("worth its money");
  const settled = readJournalFile(home, "t").filter((line) => line.kind === "settle" && line.subtask === "slow");
  expect(settled.map(({ data }) => fieldOf(data, "lost"))).toEqual([undefined]);
  model.expectUsedUp();
});
