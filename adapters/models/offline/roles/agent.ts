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
import { isWithin, seenIn } from "../reader/documents.ts";
import { factsOf, statedBy, type Fact } from "../reader/facts.ts";
import { listFor } from "../reader/lists.ts";
import { readQuestion } from "../reader/question.ts";
import { quoted } from "../reader/quoting.ts";
import { isSamePlace } from "../reader/ranking.ts";
import { unitsOf, type Unit } from "../reader/units.ts";
import { nextCalls, questionOf, readsWhole, scopeOf, type Scope, type ToolRequest } from "./looking.ts";
import { filledText, PURPOSE } from "./schema.ts";
import { mergeResults } from "./synthesizer.ts";
import { asksSummary, readComparison, readEach } from "./task.ts";

export type AgentReply = { kind: "calls"; calls: ToolRequest[] } | { kind: "result"; text: string };

export interface Asked {
  brief: AgentBrief;
  messages: readonly BaseMessage[];
  /** The names of the tools that it is bound with. */
  tools: ReadonlySet<string>;
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

async function resultOf(
  brief: AgentBrief,
  { seen, refused, pace }: { seen: ReturnType<typeof seenIn>; refused: string; pace: Pace },
): Promise<string> {
  const { subtask } = brief;
  const scope = scopeOf(brief, seen);
  const documents = seen.documents.filter(({ path }) => scope.only === undefined || isWithin(path, scope.only));
  const units: Unit[] = [];
  for (const document of documents) for (const unit of await unitsOf(document, pace)) units.push(unit);
  const found = { units, facts: documents.flatMap(factsOf), scope, pace };
  if (subtask.expects !== undefined) return filledText(subtask.expects, { ...found, item: subtask.item, refused });
  const question = questionOf(subtask);
  const inputs = inputsText(brief);
  const list = (): string | undefined => {
    const asked = readQuestion(question);
    return readsWhole(asked) ? listFor(units, documents, asked, readEach(question)?.noun) : undefined;
  };
  const answer = MERGES.test(question) && inputs !== "" ? undefined : await answerTo(question, found, list);
  const mayBeNothing = subtask.instructions.includes(NOTHING_HERE);
  const own =
    answer === undefined || (mayBeNothing && !answer.isSure)
      ? ""
      : answer.isSure
        ? answer.text
        : `${ONLY_CLOSEST}\n\n${answer.text}`;
  if (own.startsWith(ONLY_CLOSEST) && inputs === "")
    return `${NOT_FOUND} the documents do not state it: ${aboutOf(brief)}\n\n${own}`;
  const text = [own, inputs].filter((part) => part !== "").join("\n\n");
  if (text !== "") return text;
  const why =
    documents.length === 0 ? "the searches found nothing in the documents" : "the documents found do not answer it";
  return mayBeNothing ? NOTHING_HERE : `${NOT_FOUND} ${why}: ${aboutOf(brief)}`;
}

function aboutOf({ subtask }: AgentBrief): string {
  return (subtask.title || subtask.instructions).replace(/\s+/g, " ").trim().slice(0, 160);
}

function inputsText({ task, inputs }: AgentBrief): string {
  const done = inputs.filter(({ outcome, output }) => outcome === "done" && output !== "");
  return mergeResults(
    task,
    done.map(({ subtask, output }) => ({ subtask, title: subtask, detail: "full", output })),
  );
}

interface Found {
  units: Unit[];
  facts: Fact[];
  scope: Scope;
  pace: Pace;
}

async function answerTo(text: string, found: Found, list: () => string | undefined): Promise<Answer | undefined> {
  const { units, facts, scope, pace } = found;
  const sure = (told = ""): Answer | undefined => (told === "" ? undefined : { text: told, isSure: true });
  if (asksSummary(text)) return sure(summaryOf(units, Number(MOST_POINTS.exec(text)?.[1] ?? 6)));
  const question = readQuestion(text);
  const things = readComparison(text)?.items;
  const special = things === undefined ? sure(list()) : relationFrom(units, things, question);
  if (special !== undefined) return special;
  if (things !== undefined) return sideBySide(things, found);
  // What a thing's own data says of it comes before what is said anywhere.
  const asked = PURPOSE.test(text) ? readQuestion("description") : question;
  const named = scope.folders.filter((folder) =>
    text.toLowerCase().includes(folder.split("/").at(-1)?.toLowerCase() ?? "\n"),
  );
  for (const folder of named.slice(0, 3)) {
    const own = facts.filter(({ piece }) => isWithin(piece.path, folder));
    const stated = statedBy(own, asked, folder.split("/").at(-1));
    if (stated !== undefined) return sure(stated.citation);
  }
  const stated = named.length === 0 ? statedBy(facts, question) : undefined;
  return sure(stated?.citation) ?? answerFrom(units, question, pace);
}

/** What is said of each, where nothing speaks of all together. */
async function sideBySide(things: readonly string[], found: Found): Promise<Answer | undefined> {
  const cells: string[] = [];
  for (const thing of things) {
    const answer = await answerTo(`What is ${thing}?`, found, () => undefined);
    if (answer?.isSure !== true) return undefined;
    cells.push(answer.text.split("\n")[0]?.replaceAll("|", "\\|") ?? "");
  }
  const rows = [things, things.map(() => "---"), cells].map((row) => `| ${row.join(" | ")} |`);
  return { text: rows.join("\n"), isSure: true };
}

/** The first sentence that says something, of each place; the opening of all first. */
function summaryOf(units: readonly Unit[], most: number): string {
  const telling = units.filter(
    ({ kind, text }) => (kind === "prose" || kind === "item") && text.split(/\s+/).length > 4 && text.length <= 450,
  );
  const opening = telling.filter((unit, at) => at === 0 || !isSamePlace(unit, telling[at - 1] as Unit)).slice(0, most);
  const more = new Set([
    ...opening,
    ...telling.filter((unit) => !opening.includes(unit)).slice(0, most - opening.length),
  ]);
  const shown = more.size > 0 ? telling.filter((unit) => more.has(unit)) : units.slice(0, most);
  return shown.map((unit) => `- ${lead(unit)}${quoted(unit.pieces)}`).join("\n");
}
