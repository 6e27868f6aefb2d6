/**
 * What the synthesizer has written, checked by code and mended once: a reply that is no answer, citations that were lost or do not
 * hold, and items of the task without a row. What it does not mend stays as it is, to be marked; rows that are still missing come
 * from the results. What stays a refusal, or an announcement, is no answer.
 */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { Plan } from "../../../state/plan.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { workOf } from "../../policy/answer/build-result.ts";
import { itemGroups, itemsNamed, missingItems, withItems, withRows, type Item } from "../../policy/answer/items.ts";
import type { CitationReport } from "../../policy/citations/check-citations.ts";
import { refusalIn } from "../../policy/prompts/agent-prompt.ts";
import { brokenText, citationsIn } from "../../policy/prompts/citation-rule.ts";
import { lostCitations, mendMessage, noAnswer } from "../../policy/prompts/synthesizer-prompt.ts";
import { allBut, chanceOf } from "../../policy/recovery/decide.ts";
import { unfinishedReply } from "../../policy/reply/unfinished.ts";
import { answerWords } from "../../policy/wording/answer-words.ts";
import { languageOf } from "../../policy/wording/language.ts";
import { checkedCitations } from "../citations/checked-citations.ts";
import type { Run } from "../run/run.ts";
import { decideOnRecord } from "./coordinator-turn.ts";
import { readsByRule } from "../../ports/models.ts";

/** What is written anew and comes to less of the first writing than this has lost more than it has mended. */
const LEAST_SHARE = 0.5;
const NAMED = 10;

/** What the synthesizer has said, with all that led to it. */
export interface Said {
  kind: "reply";
  message: AIMessage;
  conversation: BaseMessage[];
}

export type Heard = Said | { kind: "signal"; signal: Signal };

interface Mending {
  plan: Plan;
  said: Said;
  ask: (messages: readonly BaseMessage[]) => Promise<Heard>;
}

export type Mended = { kind: "answer"; text: string } | { kind: "signal"; signal: Signal };

export async function mendedAnswer(run: Run, { plan, said, ask }: Mending): Promise<Mended> {
  const { task } = run.question;
  const { text } = said.message;
  // A reader by rule words what there is, and the same each time.
  if (refusalIn(text) !== undefined || readsByRule(run.team.model)) return { kind: "answer", text };
  const lookup = (id: string) => run.shared.board.result(id);
  const groups = itemGroups(plan, lookup);
  const facts = { groups, isCiting: isCiting(run, plan) };
  const first = await lookedAt(run, text, facts);
  const reply = (await isToBeMended(run, first)) ? await ask([...said.conversation, ...mendingOf(first)]) : undefined;
  const best = reply?.kind === "reply" ? await better(run, { first, facts, reply: reply.message.text }) : first;
  if (best.signal !== undefined && NO_ANSWER.has(best.signal.kind)) return { kind: "signal", signal: best.signal };
  if (best.items.length === 0) return { kind: "answer", text: best.text };
  const total = groups.reduce((sum, { length }) => sum + length, 0);
  const words = answerWords(languageOf(best.text, task));
  const note = words.added({ added: best.items.length, total });
  return { kind: "answer", text: withItems(best.text, best.items, { lookup, note }) };
}

/** What is said in place of an answer. */
const NO_ANSWER: ReadonlySet<SignalKind> = new Set(["announced", "declined"]);

/** Whether what the synthesizer is given cites documents. */
function isCiting(run: Run, plan: Plan): boolean {
  if (run.shared.documents === undefined) return false;
  return workOf(plan).some(({ id }) => {
    const result = run.shared.board.result(id);
    return result?.outcome === "done" && citationsIn(result.output).length > 0;
  });
}

interface LookingFacts {
  groups: readonly Item[][];
  isCiting: boolean;
}

interface Looked {
  text: string;
  broken: CitationReport["broken"];
  /** Without a row. */
  items: Item[];
  /** What is wrong with it; undefined: nothing. */
  signal: Signal | undefined;
}

async function lookedAt(run: Run, text: string, { groups, isCiting }: LookingFacts): Promise<Looked> {
  // A letter of several lines may well end on what its writer is going to do.
  const isOneLine = !text.trim().includes("\n");
  const unfinished = unfinishedReply(text, { isText: true, hasTools: isOneLine, isResearch: isCiting });
  if (unfinished !== undefined && NO_ANSWER.has(unfinished.kind))
    return { text, broken: [], items: [], signal: unfinished };
  const { broken } = await checkedCitations(run, text, { of: "draft" });
  const items = missingItems(run.question.task, text, groups);
  return { text, broken, items, signal: problemOf({ broken, items }) ?? unfinished };
}

function problemOf({ broken, items }: Pick<Looked, "broken" | "items">): Signal | undefined {
  if (broken.length === 0 && items.length === 0) return undefined;
  const kind = broken.length > 0 ? "broken-citation" : "invalid-output";
  const named = items.slice(0, NAMED).map(({ item }) => item);
  const rows = `${items.length} items have no row: ${named.join(", ")}${items.length > NAMED ? " …" : ""}`;
  const said = [...(broken.length > 0 ? [brokenText(broken)] : []), ...(items.length > 0 ? [rows] : [])];
  return { kind, evidence: said.join("; ") };
}

function mendingOf({ broken, items, signal }: Looked): BaseMessage[] {
  if (signal === undefined) return [];
  if (signal.kind === "uncited") return [lostCitations()];
  if (NO_ANSWER.has(signal.kind)) return [noAnswer(signal.evidence)];
  return [mendMessage({ broken, items: items.map(({ item }) => item) })];
}

/** By its own writer: nobody else has read the results. */
async function isToBeMended(run: Run, { signal }: Looked): Promise<boolean> {
  if (signal === undefined) return false;
  const facts = { signal, firings: {}, impossible: allBut("repair"), chance: chanceOf("synthesize/mend") };
  return (await decideOnRecord(run, { purpose: "synthesize", ...facts })).action === "repair";
}

/** The first writing, unless the second one, whole or with rows alone, is no worse in anything and better in something. */
async function better(
  run: Run,
  { first, facts, reply }: { first: Looked; facts: LookingFacts; reply: string },
): Promise<Looked> {
  if (first.signal !== undefined && NO_ANSWER.has(first.signal.kind)) return lookedAt(run, reply, facts);
  const items = facts.groups.flat();
  const [before, now] = [itemsNamed(first.text, items), itemsNamed(reply, items)];
  const isWhole = reply.length >= LEAST_SHARE * first.text.length && [...before].every((item) => now.has(item));
  if (!isWhole && first.items.length === 0) return first;
  const second = await lookedAt(run, isWhole ? reply : withRows(first.text, reply), facts);
  if (second.signal !== undefined && NO_ANSWER.has(second.signal.kind)) return first;
  const isWorse = second.broken.length > first.broken.length || second.items.length > first.items.length;
  const isBetter =
    second.broken.length < first.broken.length ||
    second.items.length < first.items.length ||
    (isUncited(first) && !isUncited(second));
  return isBetter && !isWorse ? second : first;
}

function isUncited({ signal }: Looked): boolean {
  return signal?.kind === "uncited";
}
