import { describe, expect, it } from "vitest";
import { BUILT_IN_AGENTS } from "../../../../../engine/policy/route/built-in-agents.ts";
import {
  indexAgents,
  routeSubtask,
  SCORE_WEIGHTS,
  type AgentRecord,
  type RoutingFacts,
} from "../../../../../engine/policy/route/route.ts";
import type { AgentProfile } from "../../../../../state/agent-profile.ts";
import { agentOf, subtaskOf } from "../../builders.ts";

function factsOf(agents: readonly AgentProfile[], given: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    agents,
    index: indexAgents(agents),
    records: new Map<string, AgentRecord>(),
    assigned: 0,
    tools: new Set(agents.flatMap((agent) => agent.tools)),
    ...given,
  };
}

describe("the hard constraints", () => {
  it("keep a subtask from every agent that lacks a required tool, however well the rest fits", () => {
    const agents = [agentOf("fit", { skills: ["a"], tools: ["read"] }), agentOf("armed", { tools: ["read", "write"] })];
    const decision = routeSubtask(subtaskOf("s", { skills: ["a"], tools: ["read", "write"] }), factsOf(agents));
    expect(decision.agent).toBe("armed");
    expect(decision.rule).toBe("the only one that fits");
    expect(decision.rejected).toEqual([{ agent: "fit", reason: 'it is not granted the tool "write"' }]);
  });

  it("hold for a pinned agent too: the pin is dropped where another can take it, and the rule says why", () => {
    const agents = [agentOf("pinned"), agentOf("armed", { tools: ["write"] })];
    const decision = routeSubtask(subtaskOf("s", { agent: "pinned", tools: ["write"] }), factsOf(agents));
    expect(decision.agent).toBe("armed");
    expect(decision.rule).toBe(
      'the only one that fits; the pin to "pinned" is dropped: it is not granted the tool "write"',
    );
    expect(decision.rejected).toEqual([{ agent: "pinned", reason: 'it is not granted the tool "write"' }]);
  });

  it("leave a pinned subtask unrouted where nobody can take it, or its agent has tried", () => {
    const pinned = subtaskOf("s", { agent: "pinned", tools: ["write"] });
    const alone = routeSubtask(pinned, factsOf([agentOf("pinned"), agentOf("other")]));
    expect([alone.agent, alone.rule]).toEqual([null, "no agent fits"]);
    const agents = [agentOf("pinned", { tools: ["write"] }), agentOf("armed", { tools: ["write"] })];
    expect(routeSubtask(pinned, factsOf(agents, { excluded: new Set(["pinned"]) })).agent).toBeNull();
  });

  it("refuse a tool that is granted but does not exist in this run", () => {
    const agents = [agentOf("armed", { tools: ["write"] })];
    const decision = routeSubtask(subtaskOf("s", { tools: ["write"] }), factsOf(agents, { tools: new Set() }));
    expect(decision.agent).toBeNull();
    expect(decision.rejected[0]?.reason).toBe('the run has no tool "write"');
  });

  it("send a pinned subtask to its agent, against any score", () => {
    const agents = [agentOf("best", { skills: ["a"] }), agentOf("pinned")];
    const decision = routeSubtask(subtaskOf("s", { skills: ["a"], agent: "pinned" }), factsOf(agents));
    expect([decision.agent, decision.rule]).toEqual(["pinned", "pinned by the plan"]);
  });

  it("drop a pin to nobody we know", () => {
    const decision = routeSubtask(subtaskOf("s", { agent: "ghost" }), factsOf([agentOf("real")]));
    expect([decision.agent, decision.rule]).toEqual([
      "real",
      'the only one that fits; the pin to "ghost" is dropped: the run does not have it',
    ]);
  });

  it("pass over agents that the subtask was taken from", () => {
    const agents = [agentOf("first"), agentOf("second")];
    const decision = routeSubtask(subtaskOf("s"), factsOf(agents, { excluded: new Set(["first"]) }));
    expect(decision.agent).toBe("second");
    expect(decision.rejected).toEqual([{ agent: "first", reason: "it was taken from this agent" }]);
  });

  it.each(["remote", "graph"] as const)("choose an agent of kind %s by its skills like any other", (kind) => {
    const agents = [agentOf("model"), agentOf("other", { kind, skills: ["law"] })];
    expect(routeSubtask(subtaskOf("s", { skills: ["law"] }), factsOf(agents)).agent).toBe("other");
  });

  describe("to a person", () => {
    const editor = agentOf("editor", {
      kind: "human",
      description: "reviews contracts and signs them",
      skills: ["law"],
    });
    const model = agentOf("model", { skills: ["law"], description: "something else" });

    it("go where the plan pins them", () => {
      expect(routeSubtask(subtaskOf("s", { agent: "editor" }), factsOf([model, editor])).agent).toBe("editor");
    });

    it("go where the plan names a skill that nobody else has", () => {
      const other = agentOf("model");
      expect(routeSubtask(subtaskOf("s", { skills: ["law"] }), factsOf([other, editor])).agent).toBe("editor");
    });

    it("never go by likeness of the text", () => {
      const alike = subtaskOf("s", { title: "reviews contracts", instructions: "reviews contracts and signs them" });
      const alone = routeSubtask(alike, factsOf([editor]));
      expect(alone.agent).toBeNull();
      expect(alone.rejected).toEqual([
        { agent: "editor", reason: "a person is asked only where the plan pins them or names a skill of theirs" },
      ]);
      // A model with the same skill goes before, however alike the person's text is.
      expect(routeSubtask({ ...alike, skills: ["law"] }, factsOf([editor, model])).agent).toBe("model");
    });

    it("never go where a tool is needed that a person does not have", () => {
      const pinned = subtaskOf("s", { agent: "editor", tools: ["x"] });
      expect(routeSubtask(pinned, factsOf([editor, agentOf("armed", { tools: ["x"] })])).agent).toBeNull();
    });
  });

  it("never choose an agent that does not take text", () => {
    const decision = routeSubtask(subtaskOf("s"), factsOf([agentOf("eye", { modalities: ["image"] })]));
    expect(decision.agent).toBeNull();
    expect(decision.rejected[0]?.reason).toBe("it does not take text");
  });
});

describe("the score", () => {
  it("has weights that sum to one, skills above all others together or equal to them", () => {
    const { skills, ...others } = SCORE_WEIGHTS;
    const rest = Object.values(others).reduce((sum, weight) => sum + weight, 0);
    expect(skills + rest).toBeCloseTo(1, 12);
    expect(skills).toBeGreaterThanOrEqual(rest);
  });

  it("shows the share of the skills that the agent names", () => {
    const agents = [agentOf("half", { skills: ["a", "z"] }), agentOf("none")];
    const { candidates } = routeSubtask(subtaskOf("s", { skills: ["a", "b"] }), factsOf(agents));
    expect(candidates.map(({ agent, score }) => [agent, score.skills])).toEqual([
      ["half", 0.5],
      ["none", 0],
    ]);
  });

  it("counts skills as met where the subtask names none", () => {
    const { candidates } = routeSubtask(subtaskOf("s"), factsOf([agentOf("any")]));
    expect(candidates[0]?.score.skills).toBe(1);
  });

  it("prefers the idle among equals, and shows the load", () => {
    const agents = [agentOf("twin-a", { description: "same" }), agentOf("twin-b", { description: "same" })];
    const records = new Map([["twin-a", { assigned: 3, done: 0, ended: 0 }]]);
    const decision = routeSubtask(subtaskOf("s"), factsOf(agents, { records, assigned: 4 }));
    expect(decision.agent).toBe("twin-b");
    expect(decision.candidates.map(({ score }) => score.load)).toEqual([1, 0.25]);
  });

  it("prefers who has delivered, and counts an agent without a record as good", () => {
    const agents = [agentOf("weak"), agentOf("fresh"), agentOf("proven")];
    const records = new Map([
      ["weak", { assigned: 0, done: 0, ended: 3 }],
      ["proven", { assigned: 0, done: 3, ended: 3 }],
    ]);
    const { candidates } = routeSubtask(subtaskOf("s"), factsOf(agents, { records }));
    expect(Object.fromEntries(candidates.map(({ agent, score }) => [agent, score.record]))).toEqual({
      weak: 0.25,
      fresh: 1,
      proven: 1,
    });
    expect(candidates.at(-1)?.agent).toBe("weak");
  });

  it("is the weighted sum of its parts, each between 0 and 1", () => {
    const records = new Map([["analyst", { assigned: 2, done: 1, ended: 2 }]]);
    const facts = factsOf(BUILT_IN_AGENTS, { records, assigned: 5 });
    const { candidates } = routeSubtask(subtaskOf("s", { skills: ["research", "analysis"] }), facts);
    expect(candidates).toHaveLength(3);
    for (const { score } of candidates) {
      const { total, ...parts } = score;
      for (const part of Object.values(parts)) {
        expect(part).toBeGreaterThanOrEqual(0);
        expect(part).toBeLessThanOrEqual(1);
      }
      const { skills, text, load, record } = SCORE_WEIGHTS;
      const sum = skills * parts.skills + text * parts.text + load * parts.load + record * parts.record;
      expect(total).toBeCloseTo(sum, 12);
    }
  });

  it("lists the candidates best first, each agent once among candidates or rejected", () => {
    const agents = [agentOf("a"), agentOf("b", { skills: ["x"] }), agentOf("c", { kind: "remote" })];
    const decision = routeSubtask(subtaskOf("s", { skills: ["x"] }), factsOf(agents));
    const totals = decision.candidates.map(({ score }) => score.total);
    expect(totals).toEqual(totals.toSorted((left, right) => right - left));
    expect(decision.rule).toBe("best score");
    const named = [...decision.candidates, ...decision.rejected].map(({ agent }) => agent);
    expect(named.toSorted()).toEqual(["a", "b", "c"]);
  });
});

describe("ties and repetition", () => {
  it("give a tie to the agent that stands first, in either order", () => {
    const twins = [agentOf("left", { description: "same" }), agentOf("right", { description: "same" })];
    const subtask = subtaskOf("s", { title: "unrelated", instructions: "unrelated" });
    expect(routeSubtask(subtask, factsOf(twins)).agent).toBe("left");
    expect(routeSubtask(subtask, factsOf(twins.toReversed())).agent).toBe("right");
  });

  it("give the same route for the same facts, and leave the facts as they were", () => {
    const facts = factsOf(BUILT_IN_AGENTS);
    const subtask = subtaskOf("s", { skills: ["comparison"], instructions: "Compare two documents." });
    const before = structuredClone({ agents: facts.agents, subtask });
    expect(routeSubtask(subtask, facts)).toEqual(routeSubtask(subtask, facts));
    expect({ agents: facts.agents, subtask }).toEqual(before);
  });

  it("choose the built-in agent that a subtask speaks of", () => {
    const facts = factsOf(BUILT_IN_AGENTS);
    const routed = (instructions: string): string | null =>
      routeSubtask(subtaskOf("s", { title: "", instructions }), facts).agent;
    expect(routed("Search the documents and quote the facts found.")).toBe("researcher");
    expect(routed("Compare and check these claims; classify and judge each one.")).toBe("analyst");
    expect(routed("Summarise and translate the given text.")).toBe("writer");
  });
});
