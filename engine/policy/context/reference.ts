/**
 * References to texts that were taken out of a conversation: `earlier:` and the hash of the text, so that the same text has the
 * same reference in every process. No subtask's id has a colon, so `read_result` takes both. Pure.
 */
import { createHash } from "node:crypto";

const PREFIX = "earlier:";

export function referenceOf(text: string): string {
  return `${PREFIX}${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
}

export function isReference(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * The text's first `room` characters and how to get the rest. `canRead`: the agent has `read_result`; without, it can only call
 * its tool again.
 */
export function shortened(text: string, room: number, canRead: boolean): string {
  if (text.length <= room) return text;
  const shown = text.slice(0, room).toWellFormed();
  const left = `${text.length - shown.length} more characters`;
  if (!canRead) return `${shown}\n[cut: ${left}]`;
  const args = JSON.stringify({ subtask: referenceOf(text), from_character: shown.length });
  return `${shown}\n[cut: ${left}; go on with read_result ${args}]`;
}
