/** The text of a LangChain message. Its own getter makes content blocks first, of a plain string too: too dear for what each turn asks. Pure. */
import type { BaseMessage } from "@langchain/core/messages";

/** All that a message says, its text parts one after the other; parts of other kinds are left out. */
export function messageText(message: BaseMessage): string {
  return typeof message.content === "string" ? message.content : message.text;
}
