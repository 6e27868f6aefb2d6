/**
 * Policy `arbiter`: a model is shown both sides of a conflict and says what becomes of it. It is asked anew where what it wrote
 * clashes with what others have written meanwhile, a bounded number of times; without a usable word what is committed stays.
 */
import type { BaseMessage } from "@langchain/core/messages";
import type { ConflictRecord } from "../../../state/artifact.ts";
import { oneLine } from "../../../state/plain-text.ts";
import { extractJson } from "../../policy/output/extract-json.ts";
import type { TurnReply } from "../../ports/turns.ts";
import { arbiterMessages, arbiterRepair } from "../../policy/prompts/arbiter-prompt.ts";
import type { ArtifactLog } from "./artifact-log.ts";
import type { ArtifactWriter, WriteOutcome } from "./artifact-writer.ts";
import type { Verdict } from "../../policy/merge/commit-write.ts";
import { isRecord } from "../../../state/is-record.ts";

const MOST_QUESTIONS = 3;
const LONGEST_REASON = 300;

export interface Arbiter {
  writer: ArtifactWriter;
  /** One model turn without tools. */
  ask: (messages: BaseMessage[]) => Promise<TurnReply>;
}

export async function arbitrate({ writer, ask }: Arbiter, conflict: ConflictRecord): Promise<WriteOutcome> {
  let contested = conflict;
  let problem = "";
  for (let question = 0; question < MOST_QUESTIONS; question += 1) {
    const seen = writer.log.versions(contested.artifact).length;
    const messages = arbiterMessages(contested, await sidesOf(writer.log, contested, seen));
    const reply = await ask(problem === "" ? messages : [...messages, arbiterRepair(problem)]);
    if (reply.kind === "signal")
      return leave(writer, contested, `the arbiter could not be asked (${reply.signal.kind})`);
    await reply.recorded;
    const ruling = rulingIn(reply.message.text);
    if (typeof ruling === "string") problem = ruling;
    else {
      const outcome = await writer.resolve(contested, ruling.verdict, { seen, reason: ruling.reason });
      if (outcome.kind === "pending") contested = outcome.conflict;
      else if (outcome.kind !== "problem") return outcome;
      problem = outcome.kind === "problem" ? outcome.problem : "";
    }
  }
  return leave(writer, contested, "the arbiter came to no usable ruling");
}

async function sidesOf(artifacts: ArtifactLog, conflict: ConflictRecord, seen: number) {
  const { artifact } = conflict;
  const [before, committed, incoming] = await Promise.all([
    artifacts.base(conflict),
    artifacts.content(artifact, seen),
    artifacts.incoming(conflict),
  ]);
  return { type: artifacts.rules(artifact).type, base: before.content, committed, incoming };
}

/** What was committed stays, on record as left by the arbiter. */
function leave(writer: ArtifactWriter, conflict: ConflictRecord, reason: string): Promise<WriteOutcome> {
  return writer.resolve(conflict, { take: "committed" }, { seen: conflict.committed, reason });
}

/** The ruling, or what is wrong with the reply. */
function rulingIn(text: string): { verdict: Verdict; reason: string } | string {
  const extracted = extractJson(text, isRecord);
  if (!extracted.ok) return extracted.problem;
  const { take, content, reason } = isRecord(extracted.value) ? extracted.value : {};
  const why = typeof reason === "string" ? oneLine(reason).slice(0, LONGEST_REASON) : "";
  if (content !== undefined && content !== null) return { verdict: { take: "content", content }, reason: why };
  if (take === "incoming" || take === "committed") return { verdict: { take }, reason: why };
  return 'it has neither "content" nor a "take" that is "incoming" or "committed"';
}
