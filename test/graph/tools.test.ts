/** Tools of the caller: what goes wrong with them is the model's to mend, and nobody gets one that his profile does not grant. */
import { tool } from "@langchain/core/tools";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import type { ScriptedStep, ToolRequest } from "../support/scripted-chat-model.ts";

const divide = tool(
  ({ by }) => {
    if (by === 0) throw new Error("division by zero");
    return String(12 / by);
  },
  { name: "divide", description: "divides twelve", schema: z.object({ by: z.number() }) },
);
const erase = tool(() => "erased", { name: "erase", description: "erases all", schema: z.object({}) });

const AGENTS = [{ name: "worker", description: "calculates", tools: ["divide", "read_result"] }];

/** A lane that makes one call and then repeats what came back, beside a lane that makes none. */
async function answerTo(call: ToolRequest) {
  const steps: ScriptedStep[] = [{ calls: [call] }, ({ messages }) => messages.at(-1)!.text];
  const { swarm, model } = scriptedSwarm(
    { a: steps, b: "B", synthesizer: ({ messages }) => messages[1]!.text },
    { tools: [divide, erase], agents: AGENTS },
  );
  const state = await swarm.invoke({ task: "Calculate.", plan: planOf({ a: {}, b: {} }) }, thread("t1"));
  expect(state).toMatchObject({ status: "complete", coverage: { total: 2, done: 2 } });
  model.expectUsedUp();
  return { answer: state.answer, model };
}

describe("a tool call", () => {
  test("that works gives its result to the model", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: 4 } });
    expect(answer).toMatch(/^3$/m);
  });

  test("that throws comes back as a value, and the lane goes on", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: 0 } });
    expect(answer).toContain("The tool failed: division by zero");
  });

  test("with arguments that do not fit comes back with what is wrong", async () => {
    const { answer } = await answerTo({ name: "divide", args: { by: "four" } });
    expect(answer).toContain("The arguments do not fit the tool's schema");
  });

  test("of a tool that does not exist comes back with those that do", async () => {
    const { answer } = await answerTo({ name: "multiply" });
    expect(answer).toContain('You have no tool "multiply". Your tools: divide, read_result.');
  });

  test("of a tool that the profile does not grant is not carried out, and the model is not even shown it", async () => {
    const { answer, model } = await answerTo({ name: "erase" });
    expect(answer).toContain('You have no tool "erase"');
    expect(model.callsOf("a")[0]!.tools).toEqual(["divide", "read_result"]);
  });
});
