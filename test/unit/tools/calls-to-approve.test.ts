import { tool, type StructuredToolInterface } from "@langchain/core/tools";
import { expect, it } from "vitest";
import { z } from "zod";
import type { Approval } from "../../../state/run-options.ts";
import type { Board, ToolResults } from "../../../engine/ports/board.ts";
import { toolset } from "../../../tools/toolset.ts";
import { approvedTools, callsToApprove } from "../../../tools/understand-calls.ts";

const named = (name: string) => tool(() => "", { name, description: name, schema: z.object({}) });
/** As a run has them: `read_result` is our own. */
const TOOLS = toolset({
  documents: undefined,
  board: {} as Board,
  toolResults: {} as ToolResults,
  own: [named("send"), named("note")],
});
const GRANTED = ["send", "note", "read_result"].map((name) => TOOLS.get(name) as StructuredToolInterface);
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
  expect(callsToApprove(CALLS, GRANTED, approve).map(({ name }) => name)).toEqual(asked);
});

it("calls whose arguments are not JSON are nobody's to allow", () => {
  const calls = [{ id: "1", name: "send", args: {}, problem: "no JSON" }];
  expect(callsToApprove(calls, GRANTED, ["tools", "tool:send"])).toEqual([]);
  expect(approvedTools(["plan", "tool:send"])).toEqual(["send"]);
});

it("a caller's tool that has the name of a built-in one is asked about all the same", () => {
  expect(callsToApprove(CALLS, [named("read_result")], ["tools"]).map(({ name }) => name)).toEqual(["read_result"]);
});
