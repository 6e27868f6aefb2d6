import { seededRandom } from "../../seeded-random.ts";
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
  /** The answer goes on to so many bytes, in lines of numbers that no two subtasks have alike. */
  answerBytes?: number;
}

/** The usual agent: `toolCalls` turns with a tool call, then an answer that names its subtask. */
export function toolCallsThenAnswer(options: ToolCallsThenAnswerOptions): Behaviour {
  const args = JSON.stringify(options.args ?? { turn: "{{turn}}" });
  const name = options.toolName ?? "read_result";
  return (call) =>
    call.turn < options.toolCalls
      ? { toolCalls: [{ name, args: fillTemplate(args, call) }] }
      : {
          content: longer(fillTemplate(options.answer ?? "Result of {{subtask}}.", call), {
            bytes: options.answerBytes ?? 0,
            seed: call.subtaskId ?? "",
          }),
        };
}

function longer(text: string, { bytes, seed }: { bytes: number; seed: string }): string {
  const random = seededRandom(seed);
  const lines = [text];
  for (let length = text.length; length < bytes; length += lines.at(-1)!.length + 1) {
    lines.push(Array.from({ length: 8 }, () => Math.floor(random() * 1e9)).join(" "));
  }
  return bytes === 0 ? text : lines.join("\n").slice(0, bytes);
}
