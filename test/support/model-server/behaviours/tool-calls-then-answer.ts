import type { Behaviour } from "../reply.ts";
import { fillTemplate } from "./fill-template.ts";

export interface ToolCallsThenAnswerOptions {
  /** Turns with one tool call each, before the turn that answers. */
  toolCalls: number;
  /** Default `read_result`. */
  toolName?: string;
  /** Arguments of each call; texts in it are templates (`{{subtask}}`, `{{turn}}`). Default: the turn, so that no two are alike. */
  args?: Record<string, unknown>;
  /** A template; default `Result of {{subtask}}.` */
  answer?: string;
}

/** The usual agent: `toolCalls` turns with a tool call, then an answer that names its subtask. */
export function toolCallsThenAnswer(options: ToolCallsThenAnswerOptions): Behaviour {
  const args = JSON.stringify(options.args ?? { turn: "{{turn}}" });
  const name = options.toolName ?? "read_result";
  return (call) =>
    call.turn < options.toolCalls
      ? { toolCalls: [{ name, args: fillTemplate(args, call) }] }
      : { content: fillTemplate(options.answer ?? "Result of {{subtask}}.", call) };
}
