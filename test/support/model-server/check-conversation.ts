import type { WireMessage } from "./call.ts";

/**
 * Returns what a real provider would refuse with a 400, or undefined: each tool call is answered directly after the
 * message that made it, and nothing else is. A server that took any conversation would hide a broken resume.
 */
export function checkConversation(messages: WireMessage[]): string | undefined {
  let open = new Set<string>();
  let asked = new Set<string>();
  for (const [index, message] of messages.entries()) {
    if (message.role === "tool") {
      const id = message.tool_call_id ?? "";
      if (!asked.has(id))
        return `messages[${index}]: a tool message answers "${id}", which the message before did not call`;
      open.delete(id);
      continue;
    }
    if (open.size > 0) return `messages[${index}]: tool calls were not answered: ${[...open].join(", ")}`;
    asked = new Set(message.tool_calls?.map((call) => call.id ?? ""));
    open = new Set(asked);
  }
  return open.size > 0 ? `the last tool calls were not answered: ${[...open].join(", ")}` : undefined;
}
