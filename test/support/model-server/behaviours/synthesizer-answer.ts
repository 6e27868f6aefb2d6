import { hash } from "node:crypto";
import { textOf } from "../call.ts";
import type { Behaviour } from "../reply.ts";

/** `<result subtask="s1" …>text</result>`, also with `id=`, and also as `<subtask …>` or `<input …>`. */
const BLOCK = /<(result|subtask|input)\b[^>]*?\b(?:id|subtask)="([^"]+)"[^>]*>([\s\S]*?)<\/\1>/g;

/**
 * Answers from the results that the prompt holds: their ids in order, and a digest of ids and texts, so that two runs
 * answer alike exactly when the synthesizer was given the same. A prompt without such blocks is digested as a whole.
 */
export function synthesizerAnswer(): Behaviour {
  return (call) => {
    const prompt = call.messages
      .filter((message) => message.role === "user")
      .map(textOf)
      .join("\n");
    const blocks = [...prompt.matchAll(BLOCK)].map((match) => ({ id: match[2] ?? "", text: (match[3] ?? "").trim() }));
    const digest = hash("sha256", blocks.length > 0 ? JSON.stringify(blocks) : prompt).slice(0, 16);
    const ids = blocks.map((block) => block.id).join(", ");
    return { content: `Synthesis of ${blocks.length} results${ids === "" ? "" : `: ${ids}`}. Digest ${digest}.` };
  };
}
