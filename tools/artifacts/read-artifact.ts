/** `read_artifact`: an artifact as this step sees it, or an older version; whole or a part. */
import type { StructuredToolInterface } from "@langchain/core/tools";
import { tool } from "@langchain/core/tools";
import { z } from "zod";
import { valueAt } from "../../engine/policy/merge/json-paths.ts";
import { section } from "../../engine/policy/prompts/markup.ts";
import { MOST_CHARACTERS } from "../shown-passages.ts";
import type { ArtifactType } from "../../state/artifact.ts";
import { parametersFor } from "./answer-write.ts";
import { accessIn, refusal, type ArtifactAccess } from "./artifact-access.ts";
import { fieldOf, jsonIn } from "../../state/is-record.ts";

const input = z.looseObject({
  name: z.string(),
  version: z.number().int().min(1).optional().describe("older"),
  from_line: z.number().int().optional(),
  line_count: z.number().int().optional(),
  pointer: z.string().optional().describe("json: a part, as /items/0"),
  rows: z
    .array(z.union([z.string(), z.number()]))
    .optional()
    .describe("table: keys"),
});
type Call = z.infer<typeof input>;

/** With the parameters that artifacts of these types have a use for. */
export function readArtifact(types?: ReadonlySet<ArtifactType>): StructuredToolInterface {
  const { schema, read: readCall } = parametersFor(input, { pointer: ["json"], rows: ["table"] }, types);
  return tool((call, config) => read(accessIn(config).access, readCall(call)), {
    name: "read_artifact",
    description: "Reads an artifact, or part of it.",
    schema,
  });
}

async function read(access: ArtifactAccess, call: Call): Promise<string> {
  const refused = refusal(access, call.name, "read");
  if (refused !== undefined) return refused;
  const { artifacts, view } = access;
  const newest = view.version(call.name);
  const version = call.version ?? newest;
  if (version > newest) return `${call.name} has no version ${version}; the newest is ${newest}.`;
  if (version === 0) return `${call.name} (${artifacts.rules(call.name).type}) has not been written yet.`;
  const { type, key } = artifacts.rules(call.name);
  if (call.pointer !== undefined && type !== "json")
    return `${call.name} is ${type}, not json: a pointer leads nowhere in it. Read it by from_line and line_count.`;
  const part = partOf(await artifacts.content(call.name, version), call, key);
  if ("problem" in part) return part.problem;
  const { text, isWhole } = shown(part.text, call, { version, newest, type });
  if (version !== newest) return text;
  if (isWhole && call.pointer === undefined && call.rows === undefined) view.markRead(call.name, newest);
  else view.markReadPart(call.name, newest);
  return text;
}

function partOf(content: string, { pointer, rows }: Call, key: string): { text: string } | { problem: string } {
  if (pointer !== undefined) {
    const found = valueAt(content, pointer);
    return found.ok ? { text: JSON.stringify(found.value, null, 2) } : found;
  }
  if (rows === undefined) return { text: content };
  const wanted = new Set(rows.map(String));
  const lines = content.split("\n").filter((line) => wanted.has(String(fieldOf(jsonIn(line), key))));
  return lines.length === 0 ? { problem: "No row has such a key." } : { text: lines.join("\n") };
}

/** As many whole lines as fit, and where to go on. A first line that is too long is cut. */
function shown(
  text: string,
  { name, from_line: first = 1, line_count: count }: Call,
  about: Record<string, string | number>,
): { text: string; isWhole: boolean } {
  const lines = text.split("\n");
  const wanted = lines.slice(first - 1, count === undefined ? undefined : first - 1 + count);
  const [begin] = wanted;
  if (begin === undefined)
    return { text: `${name} has ${lines.length} lines; there is no line ${first}.`, isWhole: false };
  let room = MOST_CHARACTERS;
  const fitting = wanted.filter((line) => (room -= line.length + 1) >= 0);
  const given = fitting.length > 0 ? fitting : [begin.slice(0, MOST_CHARACTERS).toWellFormed()];
  const last = first + given.length - 1;
  const rest =
    last < lines.length
      ? `\n[lines ${last + 1} to ${lines.length} are not shown; go on with from_line ${last + 1}]`
      : "";
  const body = section("artifact", { name, ...about, lines: `${first}-${last} of ${lines.length}` }, given.join("\n"));
  return { text: `${body}${rest}`, isWhole: fitting.length === lines.length };
}
