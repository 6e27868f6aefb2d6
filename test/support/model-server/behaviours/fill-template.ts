import type { ModelCall } from "../call.ts";

/** Replaces `{{subtask}}`, `{{turn}}`, `{{agent}}` and `{{role}}`. */
export function fillTemplate(text: string, call: ModelCall): string {
  const values: Record<string, string> = {
    subtask: call.subtaskId ?? "none",
    turn: String(call.turn),
    agent: call.agent ?? "none",
    role: call.role,
  };
  return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole);
}
