/** An agent's next message: tool calls, or its result. */
import { CANNOT, NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { mergeResults } from "../synthesizer/merge-results.ts";
import type { Fact } from "./json-facts.ts";
import { briefOf, type Brief } from "./brief.ts";
import type { AgentConversation } from "./conversation.ts";
import { materialOf, type Material } from "./material.ts";
import { namedFolders, onlyManifest, ownFolder } from "./own-folder.ts";
import { isWithin, readDocuments } from "./reading.ts";
import { fillSchema } from "./schema-filling.ts";
import { asksContents, asksSummary, contentsText, summaryText } from "./summary-answer.ts";
import { statedText } from "./stated-answer.ts";
import { answerText } from "./text-answer.ts";
import { passagesIn } from "./tool-reply.ts";
import type { ToolRequest } from "./tool-requests.ts";
import { listedPaths, nextCalls } from "./turns.ts";
import { readComparison } from "../task/comparison.ts";

export type AgentReply = { kind: "calls"; calls: ToolRequest[] } | { kind: "result"; text: string };

/** Pure. `tools`: the names that the agent was bound with. */
export function agentReply(conversation: AgentConversation, tools: ReadonlySet<string>): AgentReply {
  const calls = nextCalls(conversation, tools);
  if (calls.length > 0) return { kind: "calls", calls };
  return { kind: "result", text: resultText(conversation) };
}

function resultText(conversation: AgentConversation): string {
  const brief = briefOf(conversation);
  const documents = readDocuments(conversation.exchanges.flatMap((exchange) => passagesIn(exchange.reply)));
  const material = materialOf(documents, brief.scope ?? folderOfSubject(brief, conversation));
  if (conversation.schema !== undefined) return filledText(conversation.schema, { conversation, brief, material });
  const found = [foundText(brief, material, listedPaths(conversation)), inputsText(conversation, brief)].filter(
    (text) => text !== undefined,
  );
  if (found.length > 0) return found.join("\n\n");
  return brief.nothingFound ?? refused(conversation, documents.length);
}

/** Where the subject has a folder of its own, others' documents do not speak for it. */
function folderOfSubject(brief: Brief, conversation: AgentConversation): string | undefined {
  if (brief.subject === undefined || conversation.schema === undefined) return undefined;
  return ownFolder(brief.subject, listedPaths(conversation));
}

function foundText(brief: Brief, material: Material, paths: readonly string[]): string | undefined {
  if (brief.mergesInputs) return undefined;
  if (asksSummary(brief.question)) return summaryText(material.units, brief.mostPoints);
  if (asksContents(brief.question, brief.scope)) return contentsText(material.units);
  const stated = statedText(brief, material, onlyManifest(paths));
  if (stated !== undefined) return stated;
  return namedText(brief, { material, paths }) ?? answerText(brief.question, material.units, brief.subject)?.text;
}

/** A question about a thing that has a folder is answered from there, if anything there answers it. */
function namedText(brief: Brief, where: { material: Material; paths: readonly string[] }): string | undefined {
  if (brief.scope !== undefined || readComparison(brief.question) !== undefined) return undefined;
  const named = namedFolders(brief.question, where.paths);
  if (named.length === 0) return undefined;
  const own = where.material.units.filter((unit) => named.some(({ folder }) => isWithin(unit.path, folder)));
  const answer = answerText(
    brief.question,
    own,
    brief.subject,
    named.map(({ name }) => name),
  );
  return answer?.isSure === true ? answer.text : undefined;
}

/** Pairs of other things' manifests say nothing of this one. */
function ownFacts(brief: Brief, facts: readonly Fact[]): Fact[] {
  if (brief.scope !== undefined || brief.subject === undefined) return [...facts];
  const wanted = wholeWords(brief.subject);
  return facts
    .map((fact) => ({
      fact,
      named: wholeWords(
        fact.path
          .split("/")
          .slice(-2)
          .join(" ")
          .replace(/\.\w+$/, ""),
      ),
    }))
    .filter(({ named }) => wanted.size > 0 && [...wanted].every((word) => named.has(word)))
    .sort((one, other) => one.named.size - other.named.size)
    .map(({ fact }) => fact);
}

/** Not by stems or parts: `json5` is not JSON. */
function wholeWords(text: string): Set<string> {
  return new Set(
    text
      .toLowerCase()
      .split(/[^\p{L}\p{N}]+/u)
      .filter((word) => word !== ""),
  );
}

function inputsText(conversation: AgentConversation, brief: Brief): string | undefined {
  const done = conversation.inputs.filter((input) => input.outcome === "done" && input.body !== "");
  if (done.length === 0) return undefined;
  const results = done.map((input) => ({
    subtask: input.subtask,
    title: input.subtask,
    group: undefined,
    item: undefined,
    detail: "full",
    output: input.body,
  }));
  const merged = mergeResults({ task: brief.question, results, isPart: true });
  return merged === "" ? undefined : merged;
}

function filledText(
  schema: Record<string, unknown>,
  facts: { conversation: AgentConversation; brief: Brief; material: Material },
): string {
  const { conversation, brief, material } = facts;
  const filled = fillSchema(schema, {
    material: material.isOwn ? material : { ...material, facts: ownFacts(brief, material.facts) },
    subject: brief.subject ?? "",
    item: conversation.subtask.item ?? brief.subject,
    question: brief.question,
    refused: new Set(conversation.refusals.flatMap((refusal) => refusal.match(/[\p{L}_$][\p{L}\p{N}_$-]*/gu) ?? [])),
  });
  if (filled.kind === "missing") return `${NOT_FOUND} what was read does not state ${oneLine(filled.what)}.`;
  if (!filled.found && conversation.exchanges.length === 0) return refused(conversation, 0);
  return JSON.stringify(filled.value);
}

const NOTHING_TO_READ =
  "no documents to look in (name some with --docs DIR, or a language model with --model and --base-url)";

function refused(conversation: AgentConversation, documents: number): string {
  const about = oneLine(conversation.subtask.title || conversation.subtask.instructions).slice(0, 160);
  if (conversation.exchanges.length === 0) return `${CANNOT} ${NOTHING_TO_READ}: ${about}`;
  const why = documents === 0 ? "the searches found nothing in the documents" : "the documents found do not answer it";
  return `${NOT_FOUND} ${why}: ${about}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
