import { SYSTEM_CLOCK } from "../../../adapters/clock/system-clock.ts";
import { memoryInStore } from "../../../adapters/storage/memory-in-store.ts";
import { readAgents } from "../../../app/config/read-agents.ts";
import { tool } from "@langchain/core/tools";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createSwarm, type SwarmOptions } from "../../../app/create-swarm.ts";
import { InMemoryStore } from "@langchain/langgraph";
import { openBoard } from "../../../adapters/storage/store-board.ts";
import { toolResultsInStore } from "../../../adapters/storage/run-in-store.ts";
import type { DocumentLibrary } from "../../../engine/ports/documents.ts";
import { BUILT_IN_TOOLS } from "../../../tools/tool-names.ts";
import { toolset } from "../../../tools/toolset.ts";

const named = (name: string) => tool(() => "done", { name, description: "does", schema: z.object({}) });
const agent = (...tools: string[]) => [{ name: "reader", description: "reads", tools }];

describe("an option of createSwarm", () => {
  it.each([
    [{ documnets: ["docs"] }, 'createSwarm has no option "documnets"', 'did you mean "documents"?'],
    [{ maxSteps: 5 }, 'createSwarm has no option "maxSteps"', undefined],
    [{ checkpoint: 1 }, 'createSwarm has no option "checkpoint"', 'did you mean "checkpointer"?'],
    [{ budget: { maxStep: 5 } }, 'budget has no option "maxStep"', 'did you mean "maxSteps"?'],
    [
      { limits: { requestPerMinute: 5 } },
      'limits has no option "requestPerMinute"',
      'did you mean "requestsPerMinute"?',
    ],
    [{ detection: { idleMS: 5 } }, 'detection has no option "idleMS"', 'did you mean "idleMs"?'],
    [{ recovery: { servers: [] } }, 'recovery has no option "servers"', 'did you mean "server"?'],
    [{ allowCommands: "yes" }, "allowCommands: ", undefined],
    [{ concurrency: 0 }, "concurrency: ", undefined],
    [{ prices: { m: { inptu: 1 } } }, "prices m", undefined],
    [{ raiseTo: { maxStep: 5 } }, 'raiseTo has no option "maxStep"', 'did you mean "maxSteps"?'],
    [{ raiseTo: { maxSteps: 0 } }, "raiseTo maxSteps", undefined],
    [{ home: "" }, "home: ", undefined],
    [{ tools: [{}] }, "tools 1: is not a tool", undefined],
    [{ tools: [{ name: "note" }] }, 'tools "note": is not a tool', undefined],
    [{ model: {} }, "model: is not a model: expected the id of one, or a LangChain chat model", undefined],
    [
      { model: { invoke: () => "forty" } },
      "model: is not a model: expected the id of one, or a LangChain chat model",
      undefined,
    ],
    [{ agents: {} }, "agents: expected a list, got an object", undefined],
    [{ documents: [""] }, 'documents 1: expected a text that is not empty, got ""', undefined],
    [{ clock: {} }, "clock: is not a clock", undefined],
    [{ replacedModels: 5 }, "replacedModels: expected an object, got 5", undefined],
    [
      { heads: ["/no/such/folder/heads.jsonl"] },
      "heads cannot be kept in /no/such/folder/heads.jsonl: there is no such file or folder",
      undefined,
    ],
    [{ checkpointer: 5 }, "checkpointer: is not a checkpointer", undefined],
    [{ store: {} }, "store: is not a store", undefined],
    [
      { approve: ["plans"] },
      'approve 1: expected plan, tools, conflicts, budget, answer or tool:NAME, got "plans"',
      undefined,
    ],
    [null, "createSwarm takes an object", undefined],
  ])("that is none is refused by name: %j", (options, message, next) => {
    const refused = { code: "CONFIG_INVALID", message: expect.stringContaining(message) };
    expect(() => createSwarm(options as SwarmOptions)).toThrow(
      expect.objectContaining(next === undefined ? refused : { ...refused, next }),
    );
  });

  it("may be there without a value", () => {
    expect(() => createSwarm({ home: undefined, documnets: undefined } as SwarmOptions)).not.toThrow();
  });
});

describe("the folder in which the process stands", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is said to be gone where it is, by createSwarm and by what Studio serves", async () => {
    const gone = Object.assign(new Error("ENOENT: no such file or directory, uv_cwd"), { code: "ENOENT" });
    vi.spyOn(process, "cwd").mockImplementation(() => {
      throw gone;
    });
    const refused = { code: "USAGE", message: "the folder in which you stand is gone" };
    expect(() => createSwarm({})).toThrow(
      expect.objectContaining({ ...refused, next: "go to one that is there, or give `cwd`" }),
    );
    await expect(import("../../../app/studio.ts")).rejects.toMatchObject(refused);
    expect(() => createSwarm({ cwd: "/" })).not.toThrow();
  });
});

describe("a tool", () => {
  it("has a name that no other has", () => {
    expect(() => createSwarm({ tools: [named("note"), named("note")] })).toThrow('the tool "note" is given twice');
    expect(() => createSwarm({ tools: [named("read_document")] })).toThrow(
      'the tool "read_document" is built in already',
    );
    expect(() => createSwarm({ tools: [named("note")], agents: agent("note", "read_document") })).not.toThrow();
  });

  it("that a profile grants exists", () => {
    expect(() => createSwarm({ agents: agent("read_documents") })).toThrow(
      expect.objectContaining({
        code: "AGENTS_INVALID",
        message:
          'the agent profiles are not valid: agent "reader" is granted the tool "read_documents", which does not exist',
        next: 'did you mean "read_document"?',
      }),
    );
    expect(() => createSwarm({ agents: agent("WebFetch") })).toThrow(
      expect.objectContaining({ next: expect.stringMatching(/^the tools are search_documents, .*append_artifact$/) }),
    );
  });

  it("that is built in is in the list of those", async () => {
    const store = new InMemoryStore();
    const facts = {
      documents: {} as DocumentLibrary,
      board: await openBoard(store, "r"),
      toolResults: toolResultsInStore(store, "r"),
    };
    const agents = readAgents([{ name: "a", description: "a", memory: "run" }]);
    const remembering = { memory: memoryInStore(store), run: "r", agents, clock: SYSTEM_CLOCK };
    expect(
      [...toolset({ ...facts, remembering, asking: () => Promise.resolve(""), own: [] }).keys()].toSorted(),
    ).toEqual([...BUILT_IN_TOOLS].toSorted());
  });
});
