/**
 * `docs/reference/state.md`: the channels of both graphs. Names and kinds come from the compiled graphs; meaning, writer and
 * law from the descriptions of `state/swarm-state.ts` and the comments of `state/lane-state.ts`.
 */
import ts from "typescript";
import { SwarmState } from "../../state/swarm-state.ts";
import { compiledGraphs } from "./compiled-graphs.ts";
import { markdownTable } from "./markdown-table.ts";
import { commentOf, sourceFile, visit } from "./source-file.ts";

interface Field {
  meaning: string;
  writers: string;
  law: string;
}

/** LangGraph's own channel has no place for a description. */
const MESSAGES =
  "The chat of the thread: tasks as human messages, answers as AI messages. Writers: the caller, intake, synthesizer. Law: appended, keyed by id; a message with a known id replaces it.";
const LANES =
  "One record for each subtask: how it stands, by which agent and attempt. Writer: lane (publish, await-inputs).";
const ARTIFACTS =
  "The newest version of each artifact that a lane has written: name, type, hash, size, writer. Writer: lane (publish).";

export async function statePage(): Promise<string> {
  const { swarm, lane } = await compiledGraphs();
  const laneTexts = laneComments();
  const laneRows = channelsOf(lane).map(([name, kind]) => row(name, kind, laneTexts.get(name) ?? ""));
  const swarmRows = channelsOf(swarm).map(([name, kind]) => row(name, kind, swarmText(name)));
  return `# State

What a checkpoint holds. Contents (the expanded plan, the results) are on the board; state refers to them. A *value* channel
holds what was written last and has one writer at a time; a *delta* channel grows, and its checkpoints hold what was added.

## SwarmState

${table(swarmRows)}

What a caller may hand in is \`task\`, \`documents\`, \`plan\`, \`approve\`, \`history\` and \`messages\`. Law of \`lanes\`: ${lawIn("lane-record.ts", "mergeLaneRecords")}
Law of \`artifacts\`: ${lawIn("artifact.ts", "mergeArtifactRecords")} It is also what the board applies at each commit, and \`integrate\` ends the
run where the two differ.

## LaneState

Each lane has its own. \`await-inputs\` sets every field that is read later when the lane begins; \`messages\` begins empty.

${table(laneRows)}
`;
}

/** The fields that a page must tell of: those with a meaning, without LangGraph's own channels. */
function channelsOf(graph: unknown): [string, string][] {
  const { channels } = graph as { channels: Record<string, object> };
  return Object.entries(channels)
    .filter(([name]) => !/^__|^branch:/.test(name))
    .map(([name, channel]) => [name, channel.constructor.name === "DeltaChannel" ? "delta" : "value"]);
}

function swarmText(name: string): string {
  if (name === "messages") return MESSAGES;
  if (name === "lanes") return LANES;
  if (name === "artifacts") return ARTIFACTS;
  return descriptionOf((SwarmState.fields as Record<string, Described | undefined>)[name]);
}

interface Described {
  description?: string;
  def?: { innerType?: Described };
}

/** Of a schema, or of what it wraps: `.default()` and `.optional()` do not pass a description on. */
function descriptionOf(schema: Described | undefined): string {
  if (schema === undefined) return "";
  return schema.description ?? descriptionOf(schema.def?.innerType);
}

function laneComments(): Map<string, string> {
  const texts = new Map<string, string>();
  visit(sourceFile("state/lane-state.ts"), (node) => {
    if (ts.isPropertyAssignment(node) && ts.isIdentifier(node.name)) {
      const comment = commentOf(node);
      if (comment !== "") texts.set(node.name.text, comment);
    }
  });
  return texts;
}

/** From the comment of the reducer itself. */
function lawIn(file: string, reducer: string): string {
  let law = "";
  visit(sourceFile(`state/${file}`), (node) => {
    if (ts.isFunctionDeclaration(node) && node.name?.text === reducer) law = commentOf(node);
  });
  return law
    .replace(/^The law of the `\w+` channel(, and what the board applies at each commit)?: /, "")
    .replace(/ Pure\.$/, "");
}

function row(name: string, kind: string, text: string): string[] {
  const { meaning, writers, law } = parts(text);
  if (meaning === "" || writers === "") throw new Error(`the field ${name} does not say its meaning and its writer`);
  return [`\`${name}\``, kind, meaning, writers, law || (kind === "delta" ? "see below" : "the last write")];
}

/** "Meaning. Writers: a, b. Law: c." */
function parts(text: string): Field {
  const [, meaning = "", writers = "", law = ""] = /^(.*?)\s*Writers?: (.*?)\.(?:\s*Law: (.*?)\.?)?$/s.exec(text) ?? [];
  return { meaning: meaning.replace(/[.;]$/, ""), writers, law };
}

function table(rows: string[][]): string {
  return markdownTable(["field", "channel", "meaning", "writers", "merge law"], rows);
}
