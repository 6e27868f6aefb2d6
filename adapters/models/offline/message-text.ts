/** The text of a message, whatever form its content has. */
import type { BaseMessage } from "@langchain/core/messages";

/** Pure. Blocks that are not text are left out. */
export function messageText(message: BaseMessage): string {
  if (typeof message.content === "string") return message.content;
  return message.content
    .map((block) => (block.type === "text" && typeof block.text === "string" ? block.text : ""))
    .join("");
}
