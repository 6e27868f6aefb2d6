/**
 * What the synthesizer has written, checked by code and mended once: citations that do not hold, and items of the task without a row.
 * What it does not mend stays as it is, to be marked; rows that are still missing come from the results.
 */
import type { AIMessage, BaseMessage } from "@langchain/core/messages";
import type { Plan } from "../../../state/plan.ts";
import type { Signal, SignalKind } from "../../../state/signal.ts";
import { itemGroups, itemsNamed, missingItems, withItems, withRows, type Item } from "../../policy/answer/items.ts";
import type { CitationReport } from "../../policy/citations/check-citations.ts";
import { refusalIn } from "../../policy/prompts/agent-prompt.ts";
import { brokenText } from "../../policy/prompts/citation-rule.ts";
import { mendMessage } from "../../policy/prompts/synthesizer-prompt.ts";
import { chanceOf, decideRecovery } from "../../policy/recovery/decide.ts";
import { answerWords } from "../../policy/wording/answer-words.ts";
import { languageOf } from "../../policy/wording/language.ts";
import { checkedCitations } from "../citations/checked-citations.ts";
import type { Run } from "../run/run.ts";
import { journalDecision } from "./coordinator-turn.ts";

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

export async function mendedAnswer(run: Run, { plan, said, ask }: Mending): Promise<string> {
  const { task } = run.question;
  const { text } = said.message;
  // A reader by rule words what there is, and the same each time.
  if (refusalIn(text) !== undefined || run.team.model.notice !== undefined) return text;
  const lookup = (id: string) => run.shared.board.result(id);
  const groups = itemGroups(plan, lookup);
  const first = await lookedAt(run, text, groups);
  if (first.broken.length === 0 && first.items.length === 0) return text;
  const isMending = await decideMending(run, first);
  const asked = [
    ...said.conversation,
    mendMessage({ broken: first.broken, items: first.items.map(({ item }) => item) }),
  ];
  const reply = isMending ? await ask(asked) : undefined;
  const best = reply?.kind === "reply" ? await better(run, { first, groups, reply: reply.message.text }) : first;
  if (best.items.length === 0) return best.text;
  const total = groups.reduce((sum, { length }) => sum + length, 0);
  const words = answerWords(languageOf(best.text, task));
  return withItems(best.text, best.items, { lookup, note: words.added({ added: best.items.length, total }) });
}

interface Looked {
  text: string;
  broken: CitationReport["broken"];
  /** Without a row. */
  items: Item[];
}

async function lookedAt(run: Run, text: string, groups: readonly Item[][]): Promise<Looked> {
  const { broken } = await checkedCitations(run, text, { of: "draft" });
  return { text, broken, items: missingItems(run.question.task, text, groups) };
}

/** As the policy says, and on record. */
async function decideMending(run: Run, { broken, items }: Looked): Promise<boolean> {
  const kind: SignalKind = broken.length > 0 ? "broken-citation" : "invalid-output";
  const named = items.slice(0, NAMED).map(({ item }) => item);
  const rows =
    items.length === 0
      ? []
      : [`${items.length} items have no row: ${named.join(", ")}${items.length > NAMED ? " …" : ""}`];
  const signal = { kind, evidence: [...(broken.length > 0 ? [brokenText(broken)] : []), ...rows].join("; ") };
  const { policy } = run.recovery;
  const chance = chanceOf("synthesize/mend");
  const decision = decideRecovery({ signal, firings: {}, policy, impossible: NOT_FOR_ANSWERS, chance });
  await journalDecision(run, { purpose: "synthesize", signal, decision });
  return decision.action === "repair";
}

/** Nobody else has read the results. */
const NOT_FOR_ANSWERS = new Set([
  ...(["retry", "wait", "compact", "reassign", "switch-model", "split", "hedge", "ask-human", "pause-run"] as const),
]);

/** The first writing, unless the second one, whole or with rows alone, is no worse in anything and better in something. */
async function better(
  run: Run,
  { first, groups, reply }: { first: Looked; groups: readonly Item[][]; reply: string },
): Promise<Looked> {
  const items = groups.flat();
  const [before, now] = [itemsNamed(first.text, items), itemsNamed(reply, items)];
  const isWhole = reply.length >= LEAST_SHARE * first.text.length && [...before].every((item) => now.has(item));
  if (!isWhole && first.items.length === 0) return first;
  const second = await lookedAt(run, isWhole ? reply : withRows(first.text, reply), groups);
  const isWorse = second.broken.length > first.broken.length || second.items.length > first.items.length;
  const isBetter = second.broken.length < first.broken.length || second.items.length < first.items.length;
  return isBetter && !isWorse ? second : first;
}
