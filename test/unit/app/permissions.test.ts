import { describe, expect, it } from "vitest";
import { createModelProvider } from "../../../adapters/models/model-provider.ts";
import { readAgents } from "../../../app/config/read-agents.ts";
import { permissionsOf } from "../../../app/permissions.ts";
import { RunOptions } from "../../../state/run-options.ts";

describe("a model is resolved", () => {
  const { models } = permissionsOf({
    ...{ run: RunOptions.parse({ caps: {} }), raiseTo: {} },
    cwd: "/",
    agents: readAgents([{ name: "worker", description: "works", model: "of-an-agent" }]),
    recovery: { server: [{ do: "switch-model", models: ["of-recovery"] }] },
    models: createModelProvider({ model: "own", baseUrl: "http://127.0.0.1:1/v1", concurrency: 1 }),
    named: ["of-the-embedder"],
    tools: [],
  });

  it.each([undefined, "of-an-agent", "of-recovery", "of-the-embedder"])("where it is %s", (name) => {
    expect(models.resolve(name).id).toBe(name ?? "own");
  });

  it("not where somebody else names it, wherever that comes from", () => {
    expect(() => models.resolve("dear-one")).toThrow(
      expect.objectContaining({ code: "NOT_ALLOWED", message: 'the model "dear-one" is not allowed here' }),
    );
  });
});
