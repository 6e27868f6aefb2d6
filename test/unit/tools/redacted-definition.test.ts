/** What models and records are told of a caller's tool, where its words hold what is to be redacted. */
import { tool } from "@langchain/core/tools";
import { expect, it } from "vitest";
import { z } from "zod";
import { createRedactor } from "../../../engine/policy/redaction/redactor.ts";
import { offeredTool, toolDefinition } from "../../../engine/ports/tool-definition.ts";
import { redactedDefinition } from "../../../tools/redacted-tool.ts";

const KEY = "Zk9-service-token-55";
const redactor = createRedactor({ secrets: [KEY], patterns: ["email"] });
const schema = z.object({
  id: z.string().default(KEY).describe("like C-1, or ann@example.com"),
  by: z.enum(["name", KEY]).optional(),
});
const secretive = tool(({ id }) => `of ${id}`, {
  ...{ name: "look_up", description: `looks up with ${KEY}`, schema },
  extras: { hint: KEY },
});

it("is told without it, whoever asks, and works as before", async () => {
  const redacted = redactedDefinition(secretive, redactor);
  for (const told of [toolDefinition(redacted), offeredTool(redacted)]) {
    expect(JSON.stringify(told)).not.toMatch(/Zk9|ann@/);
    expect(JSON.stringify(told)).toContain("looks up with [redacted:key]");
    expect(JSON.stringify(told)).toContain("[redacted:email]");
  }
  expect(toolDefinition(redacted).function.name).toBe("look_up");
  expect(await redacted.invoke({})).toBe(`of ${KEY}`);
  expect(JSON.stringify(toolDefinition(secretive)), "another swarm has its own").toContain(KEY);
});

it("is the tool itself where there is nothing to take out", () => {
  const plain = tool(() => "", { name: "plain", description: "does nothing", schema: z.object({}) });
  expect(redactedDefinition(plain, redactor)).toBe(plain);
});
