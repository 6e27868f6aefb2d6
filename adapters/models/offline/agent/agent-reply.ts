/** An agent's next message: tool calls, or its result. */
import { CANNOT } from "../../../../engine/prompting/agent-prompt.ts";
import { mergeResults } from "../synthesizer/merge-results.ts";
import type { Fact } from "./json-facts.ts";
import { findAspect } from "./aspect-finding.ts";
import { briefOf, type Brief } from "./brief.ts";
import type { AgentConversation } from "./conversation.ts";
import { knownAspect } from "./known-aspects.ts";
import { materialOf, type Material } from "./material.ts";
import { readQuestion } from "./question.ts";
import { readDocuments } from "./reading.ts";
import { fillSchema } from "./schema-filling.ts";
import { asksSummary, summaryText } from "./summary-answer.ts";
import { answerText } from "./text-answer.ts";
import { passagesIn } from "./tool-reply.ts";
import { nextCalls, type ToolRequest } from "./turns.ts";
import { stemSet } from "../text/words.ts";

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
  const material = materialOf(documents, brief.scope);
  if (conversation.schema !== undefined) return filledText(conversation.schema, { conversation, brief, material });
  const found = [foundText(brief, material), inputsText(conversation, brief)].filter((text) => text !== undefined);
  if (found.length > 0) return found.join("\n\n");
  return brief.nothingFound ?? cannot(conversation, documents.length);
}

function foundText(brief: Brief, material: Material): string | undefined {
  if (brief.mergesInputs) return undefined;
  if (asksSummary(brief.question)) return summaryText(material.units);
  const stated = statedText(brief, material);
  const answer = answerText(brief.question, material.units, brief.subject);
  return stated ?? answer?.text;
}

/** "Which licence does hono have?": the manifest of the thing that the question names says it best. */
function statedText(brief: Brief, material: Material): string | undefined {
  const known = knownAspect(brief.question);
  if (known === undefined) return undefined;
  const named = readQuestion(brief.question).terms;
  const own = material.facts.filter(
    (fact) =>
      brief.scope !== undefined ||
      namesFolder(
        fact.path,
        named.map((term) => term.stem),
      ),
  );
  const finding = findAspect(brief.question, brief.subject ?? "", { facts: own, units: [] });
  return finding === undefined ? undefined : finding.citation;
}

/** Pairs of other things' manifests say nothing of this one. */
function ownFacts(brief: Brief, facts: readonly Fact[]): Fact[] {
  if (brief.scope !== undefined || brief.subject === undefined) return [...facts];
  const stems = stemSet(brief.subject);
  return facts
    .map((fact) => ({
      fact,
      named: stemSet(
        fact.path
          .split("/")
          .slice(-2)
          .join(" ")
          .replace(/\.\w+$/, ""),
      ),
    }))
    .filter(({ named }) => stems.size > 0 && [...stems].every((stem) => named.has(stem)))
    .sort((one, other) => one.named.size - other.named.size)
    .map(({ fact }) => fact);
}

function namesFolder(path: string, stems: readonly string[]): boolean {
  const folder = stemSet(path.split("/").at(-2) ?? "");
  return folder.size > 0 && [...folder].every((stem) => stems.includes(stem));
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
    material: { units: material.units, facts: ownFacts(brief, material.facts) },
    subject: brief.subject ?? "",
    item: conversation.subtask.item ?? brief.subject,
    question: brief.question,
    refused: new Set(conversation.refusals.flatMap((refusal) => refusal.match(/[\p{L}_$][\p{L}\p{N}_$-]*/gu) ?? [])),
  });
  if (filled.kind === "missing") return `${CANNOT} what was read does not state ${oneLine(filled.what)}.`;
  const hasRead = material.units.length > 0 || material.facts.length > 0;
  if (!filled.found && !hasRead) return cannot(conversation, 0);
  return JSON.stringify(filled.value);
}

function cannot(conversation: AgentConversation, documents: number): string {
  const about = oneLine(conversation.subtask.title || conversation.subtask.instructions).slice(0, 160);
  const looked = conversation.exchanges.length > 0;
  const why = !looked
    ? "no documents to look in"
    : documents === 0
      ? "the searches found nothing in the documents"
      : "the documents found do not answer it";
  return `${CANNOT} ${why}: ${about}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
