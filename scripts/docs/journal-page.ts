/** `docs/reference/journal.md`: the kinds of journal lines and their fields, from the schemas that every line is read by. */
import { z } from "zod";
import { ARTIFACT_EVENTS } from "../../engine/journal/artifact-events.ts";
import { CALL_EVENTS } from "../../engine/journal/call-events.ts";
import { LANE_EVENTS } from "../../engine/journal/lane-events.ts";
import { JOURNAL_VERSION, RUN_EVENTS } from "../../engine/journal/run-events.ts";
import { SIGNAL_KINDS } from "../../state/signal.ts";
import { markdownTable } from "./markdown-table.ts";

const THEMES: readonly (readonly [string, Readonly<Record<string, z.ZodObject>>])[] = [
  ["The run", RUN_EVENTS],
  ["A subtask on its way", LANE_EVENTS],
  ["Calls of models and tools", CALL_EVENTS],
  ["Shared artifacts and checks", ARTIFACT_EVENTS],
];

export function journalPage(): string {
  const kinds = THEMES.map(
    ([theme, events]) =>
      `## ${theme}\n\n${Object.entries(events)
        .map(([kind, schema]) => section(kind, schema))
        .join("\n")}`,
  );
  return `# Journal

\`journal.jsonl\` in the run's folder: one JSON object a line, on disk before the effect that it describes is reported. Each has
\`seq\` (from 1, no gaps), \`at\` (ISO 8601, UTC), \`run\`, \`kind\`, \`data\`, \`prev\` and \`hash\`, and \`subtask\` and \`attempt\` where it
belongs to one. \`hash\` is the SHA-256 of the line's RFC 8785 canonical form without \`hash\`; \`prev\` is the hash of the line
before (64 zeros for the first), so that a change to any line breaks every later one.

This is version ${JOURNAL_VERSION}, which stands in the first line (\`data.journal\`); journals without a version are older, and are brought to this one as
they are read. A program that reads journals passes over kinds and fields that it does not know. A line that must not be written
twice has \`key\` in its data: by which it is written once. Fields with \`?\` may be absent.

${kinds.join("\n")}`;
}

function section(kind: string, schema: z.ZodObject): string {
  const rows = Object.entries(schema.shape)
    .filter(([field]) => field !== "key")
    .map(([field, value]) => {
      const isOptional = value instanceof z.ZodOptional;
      return [`\`${field}\`${isOptional ? " ?" : ""}`, typeText(value), meaningOf(value)];
    });
  return `### \`${kind}\`\n\n${schema.description ?? ""}\n\n${markdownTable(["field of `data`", "type", "meaning"], rows)}\n`;
}

function meaningOf(schema: z.core.$ZodType): string {
  return (
    z.globalRegistry.get(schema)?.description ?? (schema instanceof z.ZodOptional ? meaningOf(schema.unwrap()) : "")
  );
}

function typeText(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodOptional) return typeText(schema.unwrap());
  if (schema instanceof z.ZodNullable) return `${typeText(schema.unwrap())} or null`;
  if (schema instanceof z.ZodArray) return `list of ${typeText(schema.element)}`;
  if (schema instanceof z.ZodLiteral) return `\`${[...schema.values].join(" | ")}\``;
  if (schema instanceof z.ZodEnum) return enumText(schema.options.map(String));
  if (schema instanceof z.ZodObject)
    return `{ ${Object.entries(schema.shape)
      .map(([name, member]) => (member instanceof z.ZodOptional ? `${name}?` : name))
      .join(", ")} }`;
  if (schema instanceof z.ZodString) return "text";
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "true or false";
  return schema instanceof z.ZodUnknown ? "any JSON" : "object";
}

function enumText(values: readonly string[]): string {
  if (values.length === SIGNAL_KINDS.length) return "a signal ([recovery.md](recovery.md))";
  return values.map((value) => `\`${value}\``).join(", ");
}
