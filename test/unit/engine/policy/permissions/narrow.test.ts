import { describe, expect, it } from "vitest";
import { asksOf, narrow, type Rules } from "../../../../../engine/policy/permissions/narrow.ts";
import { SwarmError } from "../../../../../state/errors.ts";
import { RunOptions, type Asked } from "../../../../../state/run-options.ts";

const RULES: Rules = {
  agents: ["reader", "writer"],
  editablePrompts: false,
  useModel: (name) => {
    if (name !== "small") throw new SwarmError("NOT_ALLOWED", `the model "${name}" is not allowed here`);
  },
  resolve: (path) => (path.startsWith("/") ? path : `/home/${path}`),
  isInside: (path, roots) => roots.some((root) => path === root || path.startsWith(`${root}/`)),
};
const ALLOWED = RunOptions.parse({
  caps: { maxSteps: 200, maxUsd: 2 },
  approve: ["plan"],
  documents: ["/home/docs"],
});
const narrowed = (asked: Asked) => narrow(ALLOWED, asked, RULES);

describe("what a caller asks", () => {
  it("lowers caps, adds places to stop, and takes a part of the documents", () => {
    const asked: Asked = { budget: { maxSteps: 50, maxTokens: 10 }, approve: ["answer"], documents: ["docs/a"] };
    expect(narrowed(asked)).toEqual({
      ...ALLOWED,
      caps: { ...ALLOWED.caps, maxSteps: 50, maxTokens: 10 },
      approve: ["plan", "answer"],
      documents: ["/home/docs/a"],
    });
  });

  it("takes a model and agents that the swarm has; of these the next one takes some", () => {
    const some = narrowed({ model: "small", agents: ["reader"] });
    expect(some).toEqual({ ...ALLOWED, model: "small", agents: ["reader"] });
    expect(narrow(some, {}, RULES)).toEqual(some);
    expect(() => narrow(some, { agents: ["writer"] }, RULES)).toThrow('agents: "writer" is not an agent of this swarm');
  });

  it("leaves what it does not name", () => {
    expect(narrowed({})).toEqual(ALLOWED);
    expect(narrowed({ approve: [] }).approve).toEqual(["plan"]);
    expect(narrowed({ documents: [] }).documents).toEqual([]);
  });

  it.each([
    [{ budget: { maxSteps: 201 } }, "budget.maxSteps: 201 is above 200, the most that is allowed here"],
    [{ budget: { maxSteps: 1, maxUsd: 2.01 } }, "budget.maxUsd: 2.01 is above 2, the most that is allowed here"],
    [{ documents: ["docs/a", "/etc"] }, "documents: /etc is not allowed here; allowed: what is found in /home/docs"],
    [{ model: "large" }, 'the model "large" is not allowed here'],
    [{ agents: ["reader", "boss"] }, 'agents: "boss" is not an agent of this swarm'],
    [{ documents: ["docs2"] }, "documents: docs2 is not allowed here; allowed: what is found in /home/docs"],
  ] satisfies [Asked, string][])("is refused in one line where it is more: %j", (asked, message) => {
    expect(() => narrowed(asked)).toThrow(expect.objectContaining({ code: "NOT_ALLOWED", message }));
  });

  it("has no documents where none are allowed", () => {
    expect(() => narrow({ ...ALLOWED, documents: [] }, { documents: ["docs"] }, RULES)).toThrow(
      "documents: docs is not allowed here; allowed: none",
    );
  });
});

describe("the ways to ask", () => {
  it("are configurable, context and input, in this order; what is not set is not asked", () => {
    const config = { configurable: { thread_id: "t", approve: ["plan"] }, context: { budget: { maxSteps: 5 } } };
    expect(asksOf({ documents: ["a"], approve: undefined, budget: null }, config)).toEqual([
      { approve: ["plan"] },
      { budget: { maxSteps: 5 } },
      { documents: ["a"] },
    ]);
  });

  it.each(["models", "baseUrl", "apiKey", "tools", "skills", "home", "allowCommands", "unattended", "recovery"])(
    "do not reach %s",
    (name) => {
      const message = `"${name}" cannot be asked for: a caller may give documents, approve, budget, model, agents`;
      for (const where of ["configurable", "context"])
        expect(() => asksOf({}, { [where]: { [name]: "x" } })).toThrow(message);
    },
  );

  it("leave the configuration of a graph around this one alone", () => {
    const configurable = { model: { of: "the parent" }, checkpoint_ns: "parent:1|intake:2", approve: ["plan"] };
    const context = { agents: 7, mood: "good" };
    expect(asksOf({}, { configurable, context })).toEqual([{ approve: ["plan"] }, {}, {}]);
  });

  it("take no context that is not known, but for what the call's configuration has too", () => {
    expect(() => asksOf({}, { context: { bugdet: {} } })).toThrow('context has no "bugdet"');
    const both = { user_id: "u", model: "small" };
    expect(asksOf({}, { configurable: both, context: both })).toEqual([{ model: "small" }, { model: "small" }, {}]);
  });

  it.each([
    [{ approve: ["everything"] }, /^approve/],
    [{ approve: "none" }, /^approve/],
    [{ budget: { maxSteps: 0 } }, /^budget maxSteps: expected at least 1, got 0$/],
    [{ budget: { steps: 5 } }, /^budget: .*steps/],
    [{ documents: [7] }, /^documents/],
  ])("take nothing of another shape: %j", (input, message) => {
    expect(() => asksOf(input, {})).toThrow(message);
  });
});
