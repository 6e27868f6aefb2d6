/** `docs/reference/config.md`: the options of a run, from the schema of the configuration file and the flags of `run`. */
import { z } from "zod";
import { commandLine } from "../../app/cli/program.ts";
import { RunConfig } from "../../app/config/run-config.ts";
import { markdownTable } from "./markdown-table.ts";

interface JsonSchema {
  type?: string;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
}

export function configPage(): string {
  const flags = commandLine(() => undefined).commands.find((command) => command.name() === "run")?.options ?? [];
  const rows = Object.entries(RunConfig.shape).map(([key, schema]) => {
    const flag = flags.find((option) => option.attributeName() === key)?.flags;
    const [meaning, standard] = splitDefault(schema.description ?? "");
    const shape = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
    return [`\`${key}\``, flag === undefined ? "–" : `\`${flag}\``, meaning, boundsOf(shape), standard];
  });
  return `# Configuration of a run

Each option may stand in the file of \`--config\` (JSON or YAML) under its key, or be given as a flag; a flag wins. Unknown
keys are refused.

${markdownTable(["key", "flag", "meaning", "values", "default"], rows)}

Actions of \`recovery\` are described in [recovery.md](recovery.md), all flags of all verbs in [cli.md](cli.md).

## Environment

${markdownTable(["variable", "meaning"], ENVIRONMENT)}
`;
}

const ENVIRONMENT = [
  ["`OPENAI_API_KEY`", "the key of the endpoint; never printed, journalled or traced"],
  ["`OPENAI_BASE_URL`", "the endpoint where no `--base-url` is given"],
  ["`GLASSHIVE_HOME`", "the home where no `--home` is given"],
  ["`GLASSHIVE_CONFIG`", "what the graph allows that `langgraph.json` serves to Studio: a file as `--config` takes it"],
  ["`GLASSHIVE_DOCS`", "its documents: files and folders, with `:` (on Windows `;`) between them; default none"],
  ["`GLASSHIVE_AGENTS`", "its agent profiles"],
  ["`GLASSHIVE_MODEL`", "its model; default `offline`"],
  [
    "`LANGSMITH_TRACING`, `LANGSMITH_TRACING_V2`, `LANGCHAIN_TRACING`, `LANGCHAIN_TRACING_V2`",
    "LangSmith's own: runs are traced where one of them is `true`, prompts and answers included",
  ],
  [
    "`LANGSMITH_API_KEY`, `LANGSMITH_ENDPOINT`, `LANGSMITH_PROJECT`, and with `LANGCHAIN_`",
    "LangSmith's own: the key, the address (default `https://api.smith.langchain.com`) and the project of the traces",
  ],
];

/** "meaning; default and ceiling 300": the two parts of a description. */
function splitDefault(description: string): [string, string] {
  const [, meaning = description, standard = "–"] = /^(.*?); default (?:and ceiling )?(.*)$/s.exec(description) ?? [];
  return [meaning, standard];
}

function boundsOf(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(boundsOf).join(", or ");
  if (schema.type === "array") return "a list";
  if (schema.type === "string") return "text";
  if (schema.type === "boolean") return "true, false";
  if (schema.type === "object") return "an object";
  const kind = schema.type === "integer" ? "whole number" : "number";
  const { minimum, exclusiveMinimum, maximum } = schema;
  const least = exclusiveMinimum === undefined ? minimum : undefined;
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined) return `${kind} above ${exclusiveMinimum}`;
  if (most === undefined) return `${kind} from ${least}`;
  return `${kind}, ${least} to ${most}`;
}
