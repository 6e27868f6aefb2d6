import { tool } from "@langchain/core/tools";
import { expect, it } from "vitest";
import { z } from "zod";
import type { Approval } from "../../../state/run-options.ts";
import { approvedTools, askedCalls } from "../../../tools/asked-calls.ts";

const named = (name: string) => tool(() => "", { name, description: name, schema: z.object({}) });
const GRANTED = [named("send"), named("note"), named("read_result")];
const CALLS = ["send", "note", "read_result", "erase"].map((name) => ({ id: name, name, args: {} }));

it.each<[Approval[], string[]]>([
  [[], []],
  [["plan", "answer"], []],
  [["tools"], ["send", "note"]],
  [["tool:note"], ["note"]],
  [["tool:read_result"], ["read_result"]],
  [
    ["tools", "tool:read_result"],
    ["send", "note", "read_result"],
  ],
  [["tool:erase"], []],
])("with %j a human is asked about %j", (approve, asked) => {
  expect(askedCalls(CALLS, GRANTED, approve).map(({ name }) => name)).toEqual(asked);
});

it("calls whose arguments are not JSON are nobody's to allow", () => {
  const calls = [{ id: "1", name: "send", args: {}, problem: "no JSON" }];
  expect(askedCalls(calls, GRANTED, ["tools", "tool:send"])).toEqual([]);
  expect(approvedTools(["plan", "tool:send"])).toEqual(["send"]);
});
