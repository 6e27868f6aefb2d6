/** The synthesizer's message: the answer from the results in its prompt, or a condensed part of it. */
import type { BaseMessage } from "@langchain/core/messages";
import { NOT_FOUND } from "../../../../engine/policy/prompts/agent-prompt.ts";
import { sections } from "../../../../engine/policy/prompts/markup.ts";
import { messageText } from "../message-text.ts";
import { OFFLINE_NOTICE } from "../offline-notice.ts";
import { mergeResults } from "./merge-results.ts";

/** Pure. */
export function synthesizerReply(messages: readonly BaseMessage[]): string {
  const [system = "", human = ""] = messages.map(messageText);
  const task = sections(system, "task").at(-1)?.body ?? "";
  const isPart = sections(human, "part").length > 0;
  const results = sections(human, "result").map(({ attributes, body }) => ({
    subtask: attributes.subtask ?? "",
    title: attributes.title ?? "",
    group: attributes.group,
    item: attributes.item,
    detail: attributes.detail ?? "full",
    output: body,
  }));
  const merged = mergeResults({ task, results, isPart });
  if (isPart) return merged === "" ? "Nothing in this part." : merged;
  return `${merged === "" ? `${NOT_FOUND} ${nothingIn(results)}` : merged}\n\n${OFFLINE_NOTICE}`;
}

function nothingIn(results: readonly { output: string }[]): string {
  return results.length === 0 ? "no result answers the task" : "the documents searched say nothing about the task";
}
