/**
 * An agent's next message: tool calls while there is something to look at, then its result. It looks (searches, listings), reads
 * around what was found, reads whole what it is to list, and answers; told anything on the way, it answers with what it has.
 */
import { AIMessage, ToolMessage, type BaseMessage } from "@langchain/core/messages";
import type { AgentBrief } from "../../../../engine/ports/brief.ts";
import { NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { isNote } from "../../../../engine/policy/prompts/artifact-notes.ts";
import { NOTHING_HERE, ONLY_CLOSEST } from "../notice.ts";
import type { Pace } from "../pace.ts";
import { answerFrom, lead, relationFrom, type Answer } from "../reader/answer.ts";
import { isWithin, seenIn, type Seen } from "../reader/documents.ts";
import { listFor } from "../reader/lists.ts";
import { readQuestion } from "../reader/question.ts";
import { quoted } from "../reader/quoting.ts";
import type { Unit } from "../reader/units.ts";
import { nextCalls, questionOf, readsWhole, scopeOf, type ToolRequest } from "./looking.ts";
import { readMaterial, statedIn, type Material } from "./material.ts";
import { filledText } from "./schema.ts";
import { mergeResults } from "./synthesizer.ts";
import { asksSummary, readComparison, readEach } from "./task.ts";
import { oneLine } from "../../../../state/plain-text.ts";

export type AgentReply = { kind: "calls"; calls: ToolRequest[] } | { kind: "result"; text: string };

export interface Asked {
  brief: AgentBrief;
  messages: readonly BaseMessage[];
  /** The names of the tools that it is bound with. */
  tools: ReadonlySet<string>;
  pace: Pace;
}

interface Found {
  seen: Seen;
  /** What was said of an earlier result. */
  refused: string;
  pace: Pace;
}

const APPEND = "append_artifact";
const NOTHING_TO_READ =
  "no documents to look in (name some with --docs DIR, or a language model with --model and --base-url)";
const MERGES =
  /^\W*(?:please\s+)?(?:merge|combine|join|unite|collect|put together|synthesi[sz]e|consolidate)\b|\bresults?\b.*\b(?:above|given|below)\b/i;
const MOST_POINTS =
  /\b(?:at most|up to|no more than|in|maximum of)\s+(\d{1,2})\s+(?:sentences?|points?|bullets?|lines?)/i;

export async function agentReply({ brief, messages, tools, pace }: Asked): Promise<AgentReply> {
  const said = messages
    .slice(messages.findIndex(({ type }) => type === "human") + 1)
    .filter((message) => !isNote(message));
  const calls = said
    .filter((message) => AIMessage.isInstance(message))
    .map(({ tool_calls }) => (tool_calls ?? []).map(({ name, args }) => ({ tool: name, args })));
  const hasWritten = calls.flat().some(({ tool }) => tool === APPEND);
  const turns = calls.filter((some) => some.some(({ tool }) => tool !== APPEND));
  const told = said.filter(({ type }) => type === "human").map(({ text }) => text);
  // What was written down changes nothing of what was found.
  const seen = seenIn(said.filter((message) => !(ToolMessage.isInstance(message) && message.name === APPEND)));
  const found = { seen, refused: told.join("\n"), pace };
  let text: string | undefined;
  if (told.length === 0 && !hasWritten) {
    const made = new Set(turns.flat().map(keyOf));
    const wanted = nextCalls({ brief, seen, turn: turns.length }).filter(
      (call) => tools.has(call.tool) && !made.has(keyOf(call)),
    );
    const next = [...new Map(wanted.map((call) => [keyOf(call), call])).values()];
    // Of one thing among many, what a first look has shown in full needs no second.
    const isEnough =
      turns.length === 1 && brief.subtask.expects !== undefined && scopeOf(brief, seen).only !== undefined;
    if (isEnough) text = await resultOf(brief, found);
    if (next.length > 0 && !isFilled(text)) return { kind: "calls", calls: next };
  }
  text ??= turns.length === 0 ? without(brief) : await resultOf(brief, found);
  const hasNothing = turns.length === 0 && text.startsWith(NOT_FOUND);
  const appends = hasWritten || hasNothing || !tools.has(APPEND) ? [] : appendsOf(brief, text);
  return appends.length > 0 ? { kind: "calls", calls: appends } : { kind: "result", text };
}

/** JSON without a gap. */
function isFilled(text = ""): boolean {
  return text.startsWith("{") && Object.values(JSON.parse(text) as object).every((value) => value !== null);
}

function keyOf({ tool, args }: ToolRequest): string {
  return `${tool} ${JSON.stringify(args, Object.keys(args).sort())}`;
}

/** What was found, added to each artifact that the subtask may write. */
function appendsOf({ subtask: { id, title }, writes }: AgentBrief, text: string): ToolRequest[] {
  const row = { subtask: id, title, output: text };
  const contents: Record<string, unknown> = {
    text: `## ${title}\n\n${text}\n`,
    lines: text,
    json: row,
    table: [{ id, title, output: text }],
  };
  return writes.flatMap(({ name, type }) =>
    type in contents ? [{ tool: APPEND, args: { name, content: contents[type] } }] : [],
  );
}

/** Without any look at documents: what other subtasks have found, if that is given. */
function without(brief: AgentBrief): string {
  const text = inputsText(brief);
  return text !== "" && brief.subtask.expects === undefined
    ? text
    : `${NOT_FOUND} ${NOTHING_TO_READ}: ${aboutOf(brief)}`;
}

async function resultOf(brief: AgentBrief, { seen, refused, pace }: Found): Promise<string> {
  const { instructions, expects, item = "" } = brief.subtask;
  const scope = scopeOf(brief, seen);
  const { only } = scope;
  const within = seen.documents.filter(({ path }) => only === undefined || isWithin(path, only));
  const material = await readMaterial(within, pace);
  if (expects !== undefined) return filledText(expects, { material, item, folder: only ?? scope.folders[0], refused });
  const question = questionOf(brief.subtask);
  const inputs = inputsText(brief);
  const answer = MERGES.test(question) && inputs !== "" ? undefined : await answerTo(question, material, scope.folders);
  const mayBeNothing = instructions.includes(NOTHING_HERE);
  const closest = answer?.isSure === false && !mayBeNothing ? `${ONLY_CLOSEST}\n\n${answer.text}` : "";
  if (closest !== "" && inputs === "")
    return `${NOT_FOUND} the documents do not state it: ${aboutOf(brief)}\n\n${closest}`;
  const text = [answer?.isSure === true ? answer.text : closest, inputs].filter((part) => part !== "").join("\n\n");
  if (text !== "") return text;
  const isVain = within.length === 0;
  const why = isVain ? "the searches found nothing in the documents" : "the documents found do not answer it";
  return mayBeNothing ? NOTHING_HERE : `${NOT_FOUND} ${why}: ${aboutOf(brief)}`;
}

function aboutOf({ subtask }: AgentBrief): string {
  return oneLine(subtask.title || subtask.instructions).slice(0, 160);
}

function inputsText({ task, inputs }: AgentBrief): string {
  const done = inputs.filter(({ outcome, output }) => outcome === "done" && output !== "");
  return mergeResults(
    task,
    done.map(({ subtask, output }) => ({ subtask, title: subtask, detail: "full", output })),
  );
}

/** `folders`: those that are called as words of the question. */
async function answerTo(text: string, material: Material, folders: readonly string[]): Promise<Answer | undefined> {
  const { units, documents, pace } = material;
  if (asksSummary(text)) return summaryOf(units, Number(MOST_POINTS.exec(text)?.[1] ?? 6));
  const question = readQuestion(text);
  const things = readComparison(text)?.items;
  if (things !== undefined)
    return (await relationFrom(units, things, question, pace)) ?? sideBySide(things, material, folders);
  const list = readsWhole(question) ? listFor(units, documents, question, readEach(text)?.noun) : undefined;
  if (list !== undefined) return answerIn(list);
  // What a thing's own data says of it comes before what is said anywhere.
  const isNamed = (folder: string): boolean =>
    text.toLowerCase().includes((folder.split("/").at(-1) ?? "").toLowerCase());
  const named: (string | undefined)[] = folders.filter(isNamed).slice(0, 3);
  for (const folder of named.length === 0 ? [undefined] : named) {
    const stated = statedIn(material, text, folder);
    if (stated !== undefined) return stated;
  }
  return answerFrom(units, question, pace);
}

/** What is said of each, where nothing speaks of all together. */
async function sideBySide(
  things: readonly string[],
  material: Material,
  folders: readonly string[],
): Promise<Answer | undefined> {
  const cells: string[] = [];
  for (const thing of things) {
    const answer = await answerTo(`What is ${thing}?`, material, folders);
    if (answer?.isSure !== true) return undefined;
    cells.push(answer.text.split("\n")[0]?.replaceAll("|", "\\|") ?? "");
  }
  return answerIn([things, things.map(() => "---"), cells].map((row) => `| ${row.join(" | ")} |`).join("\n"));
}

/** The first sentence that says something, of each place; the opening of all first. */
function summaryOf(units: readonly Unit[], most: number): Answer | undefined {
  const telling = units.filter(
    ({ kind, text }) => (kind === "prose" || kind === "item") && text.split(/\s+/).length > 4 && text.length <= 450,
  );
  const opening = new Set(telling.filter(({ place }, at) => place !== telling[at - 1]?.place));
  const chosen = new Set([...opening, ...telling.filter((unit) => !opening.has(unit))].slice(0, most));
  const shown = chosen.size > 0 ? telling.filter((unit) => chosen.has(unit)) : units.slice(0, most);
  return answerIn(shown.map((unit) => `- ${lead(unit)}${quoted(unit.pieces)}`).join("\n"));
}

function answerIn(text: string): Answer | undefined {
  return text === "" ? undefined : { text, isSure: true, value: text, citation: text };
}
