/** Messages as a caller hands them in: what LangChain cannot take, or would take for an empty question, is refused by its place. */
import { coerceMessageLikeToMessage, type BaseMessageLike } from "@langchain/core/messages";
import { isRecord, listOf } from "../../state/is-record.ts";
import { nestsDeeper, TOO_DEEP } from "../../state/nesting.ts";
import { shown } from "../../state/problem.ts";
import { SwarmError } from "../../state/errors.ts";

const ROLES = "user, assistant, system, developer or tool";
/** Who may say nothing: an assistant that calls tools. */
const MAY_BE_SILENT = new Set(["assistant", "ai"]);

/** Throws SwarmError CONFIG_INVALID for the first that is no message. Objects of a class are LangChain's own, or LangGraph's. */
export function refuseMessages(given: unknown): void {
  for (const [index, message] of (Array.isArray(given) ? listOf(given) : [given]).entries()) {
    if (typeof message === "object" && message !== null && !isPlain(message)) continue;
    const problem = problemOf(message);
    if (problem !== undefined) throw new SwarmError("CONFIG_INVALID", `messages ${index + 1} ${problem}`);
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || prototype === null || prototype === Object.prototype;
}

function problemOf(message: unknown): string | undefined {
  if (typeof message === "string" || (isRecord(message) && "lc" in message)) return undefined;
  const [role, content] = Array.isArray(message)
    ? listOf(message)
    : isRecord(message)
      ? [message["role"] ?? message["type"], message["content"]]
      : [];
  if (typeof role !== "string") return `expected a text, or an object with role and content, got ${shown(message)}`;
  if (nestsDeeper(content)) return `content: ${TOO_DEEP}`;
  const isSilent = (content === undefined || content === null) && MAY_BE_SILENT.has(role);
  if (!isSilent && !isContent(content)) return `content: expected a text, or a list of parts, got ${shown(content)}`;
  try {
    coerceMessageLikeToMessage(message as BaseMessageLike);
    return undefined;
  } catch {
    return `role: expected ${ROLES}, got ${shown(role)}`;
  }
}

function isContent(content: unknown): boolean {
  if (typeof content === "string") return true;
  return Array.isArray(content) && content.every((part) => typeof part === "string" || isPart(part));
}

function isPart(part: unknown): boolean {
  return isRecord(part) && (part["type"] !== "text" || typeof part["text"] === "string");
}
