/** What models are told of tools, with every request: no byte that says nothing. */
import { tool } from "@langchain/core/tools";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { leanSchema, offeredTool, toolDefinition } from "../../../../engine/ports/tool-definition.ts";
import type { ArtifactType } from "../../../../state/artifact.ts";
import { isMemoryTool } from "../../../../state/memory.ts";
import { BUILT_IN_TOOLS, REQUEST_SUBTASKS } from "../../../../tools/tool-names.ts";
import { isBuiltIn, toolForTypes, toolset } from "../../../../tools/toolset.ts";

const nothing: never = undefined as never;
/** Without those for notes and for more subtasks, which came later. */
const usual = BUILT_IN_TOOLS.filter((name) => !isMemoryTool(name) && name !== REQUEST_SUBTASKS);
const builtIn = [...toolset({ documents: {} as never, board: nothing, toolResults: nothing, own: [] }).values()];

describe("the built-in tools", () => {
  it("take at most half of the 6,591 bytes that they once took", () => {
    expect(builtIn.map(({ name }) => name).toSorted()).toEqual(usual.toSorted());
    const bytes = builtIn.reduce((sum, each) => sum + Buffer.byteLength(JSON.stringify(toolDefinition(each))), 0);
    expect(bytes).toBeLessThanOrEqual(3_295);
  });

  it("for artifacts offer what those of the lane have a use for", () => {
    const keysFor = (...types: ArtifactType[]) =>
      builtIn
        .map((each) => toolForTypes(each, new Set(types)))
        .flatMap((each) => {
          const { function: own } = z
            .object({
              function: z.object({
                name: z.string(),
                parameters: z.object({ properties: z.record(z.string(), z.unknown()) }),
              }),
            })
            .parse(toolDefinition(each));
          expect(isBuiltIn(each)).toBe(true);
          return own.name.endsWith("_artifact")
            ? [`${own.name}: ${Object.keys(own.parameters.properties).join(" ")}`]
            : [];
        });
    expect(keysFor("text")).toEqual([
      "read_artifact: name version from_line line_count",
      "write_artifact: name content base_version",
      "patch_artifact: name edits base_version",
      "append_artifact: name content",
    ]);
    expect(keysFor("table", "json")).toContain("patch_artifact: name merge upsert remove base_version");
  });

  it("name no dialect and no bound that is none", () => {
    const told = JSON.stringify(builtIn.map(toolDefinition));
    expect(told).not.toMatch(/\$schema|9007199254740991|additionalProperties|propertyNames/);
  });
});

describe("a schema", () => {
  it("loses what says nothing, at any depth", () => {
    const rows = z.array(z.object({ at: z.number().int(), more: z.record(z.string(), z.unknown()) }));
    const lean = leanSchema(z.toJSONSchema(z.looseObject({ rows })));
    expect(JSON.stringify(lean)).toBe(
      '{"type":"object","properties":{"rows":{"type":"array","items":{"type":"object","properties":{"at":{"type":"integer"},' +
        '"more":{"type":"object"}},"required":["at","more"],"additionalProperties":false}}},"required":["rows"]}',
    );
  });

  it("keeps properties that are called as its words, values, and bounds that mean something", () => {
    const schema = {
      type: "object",
      properties: { maximum: { type: "integer", minimum: 1, maximum: 20 }, $schema: { enum: [{ $schema: "x" }] } },
      default: { maximum: Number.MAX_SAFE_INTEGER },
      additionalProperties: { type: "string" },
    };
    expect(leanSchema(schema)).toEqual(schema);
  });
});

describe("a caller's tool", () => {
  it("keeps the rule of its own JSON Schema that there are no other keys", () => {
    const schema = {
      type: "object" as const,
      properties: { a: { type: "string" as const } },
      additionalProperties: false,
    };
    const own = tool(() => "", { name: "own", description: "Does.", schema: { $schema: "x", ...schema } });
    expect(offeredTool(own)).toEqual({ name: "own", description: "Does.", schema });
  });

  it("that says more of itself than LangChain's fields is given as it is", () => {
    const own = tool(() => "", { name: "own", description: "Does.", schema: z.object({}), extras: { defer: true } });
    expect(offeredTool(own)).toBe(own);
  });
});
