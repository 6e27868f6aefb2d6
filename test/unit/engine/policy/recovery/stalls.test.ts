import { AIMessage, HumanMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import { describe, expect, it } from "vitest";
import { stallIn } from "../../../../../engine/policy/recovery/stalls.ts";
import { Detection } from "../../../../../state/recovery-policy.ts";

const detection = Detection.parse({ loop: { repeats: 3, longestCycle: 3 }, noProgressSteps: 5 });
let calls = 0;

/** One step: a call with these arguments, and its answer. */
function step(args: Record<string, unknown>, answer: string, name = "read"): BaseMessage[] {
  const id = `call-${(calls += 1)}`;
  return [
    new AIMessage({ content: `thought ${id}`, tool_calls: [{ id, name, args, type: "tool_call" }] }),
    new ToolMessage({ tool_call_id: id, content: answer }),
  ];
}
const told = new HumanMessage("You are not making progress.");
const times = (count: number, make: (index: number) => BaseMessage[]): BaseMessage[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();

describe("a loop", () => {
  it("is the same calls with the same answers, as often as the threshold says and not before", () => {
    const same = (count: number) => times(count, () => step({ path: "a" }, "text"));
    expect(stallIn(same(2), detection)).toBeUndefined();
    expect(stallIn(same(3), detection)).toEqual({
      kind: "loop",
      evidence: "read: the same calls with the same answers 3 times",
    });
  });

  it("may be a cycle of some steps", () => {
    const cycle = (count: number, length: number) =>
      times(count, (index) => step({ n: index % length }, `text ${index % length}`));
    expect(stallIn(cycle(5, 2), detection)).toBeUndefined();
    expect(stallIn(cycle(6, 2), detection)?.evidence).toMatch(/^read → read: the same cycle of 2 steps/);
    expect(stallIn(cycle(9, 3), detection)?.kind).toBe("loop");
    // Longer than any that is looked for: it is no progress instead.
    expect(stallIn(cycle(12, 4), detection)?.kind).toBe("no-progress");
  });

  it("is none where an answer, an argument or a tool differs", () => {
    expect(
      stallIn(
        times(4, (index) => step({ path: "a" }, `answer ${index}`)),
        detection,
      ),
    ).toBeUndefined();
    expect(
      stallIn(
        times(4, (index) => step({ n: index }, "text")),
        detection,
      ),
    ).toBeUndefined();
    expect(
      stallIn(
        times(4, (index) => step({}, "text", `tool ${index}`)),
        detection,
      ),
    ).toBeUndefined();
  });

  it("counts from the last time that somebody told the agent something", () => {
    const two = () => times(2, () => step({ path: "a" }, "text"));
    expect(stallIn([...two(), told, ...two()], detection)).toBeUndefined();
    expect(stallIn([...two(), told, ...two(), ...step({ path: "a" }, "text")], detection)?.kind).toBe("loop");
  });

  it("does not look at what the model says beside its calls", () => {
    const answer = new AIMessage("I am done.");
    expect(stallIn([answer, ...times(3, () => step({ path: "a" }, "text"))], detection)?.kind).toBe("loop");
  });
});

describe("no progress", () => {
  const idle = (count: number) => times(count, (index) => step({ n: index }, "nothing found"));

  it("is steps in a row whose answers were all there before", () => {
    expect(stallIn(idle(5), detection)).toBeUndefined();
    expect(stallIn(idle(6), detection)).toEqual({
      kind: "no-progress",
      evidence: "5 steps in a row brought no answer that was not there before",
    });
  });

  it("is none while any answer of a step is new", () => {
    const both = (index: number): BaseMessage[] => {
      const [first, second] = [step({ n: index }, "nothing"), step({ m: index }, `new ${index}`)];
      const calls = [...(first[0] as AIMessage).tool_calls!, ...(second[0] as AIMessage).tool_calls!];
      return [new AIMessage({ content: "", tool_calls: calls }), first[1]!, second[1]!];
    };
    expect(stallIn(times(20, both), detection)).toBeUndefined();
    expect(stallIn([...idle(5), ...step({ n: 99 }, "new"), ...idle(4)], detection)).toBeUndefined();
  });

  it("is none of an agent that has called nothing", () => {
    expect(stallIn([], detection)).toBeUndefined();
    expect(stallIn([new AIMessage("text"), told], detection)).toBeUndefined();
  });
});
