/** The model behind the page: a plan of four parts, or of one, agents that look something up, and an answer word by word. */
import { textOf } from "../../support/model-server/call.ts";
import type { ModelCall, Reply } from "../../support/model-server/index.ts";
import { nowMs } from "../../support/model-server/recorder.ts";

const WORDS = 30;
const BETWEEN_WORDS_MS = 15;
/** What an agent says, and a page is not to show beside an answer. */
export const SAID_INSIDE = /Inside a lane|"subtasks"/;

export class ChatModel {
  /** Agents' replies wait for it. */
  lanesSeen: Promise<unknown> = Promise.resolve();
  /** When the first agent of the newest plan was asked, and when the newest answer began: milliseconds since the epoch. */
  fannedOutAt = 0;
  answeringAt = 0;
  #answers = 0;

  readonly behaviour = (call: ModelCall): Reply => {
    if (call.role === "planner") return this.#plan(call);
    if (call.role === "agent") return this.#work(call);
    return this.#answer(`the parts`);
  };

  #plan({ messages }: ModelCall): Reply {
    const task = messages.map(textOf).join("\n");
    const parts = /in one part/.test(task) ? ["whole"] : ["north", "east", "south", "west"];
    this.fannedOutAt = 0;
    const subtasks = parts.map((id) => ({
      id,
      title: `The ${id}`,
      instructions: `Look at ${id}.`,
      skills: ["research"],
    }));
    return { content: JSON.stringify({ subtasks }), chunks: 10 };
  }

  #work({ turn, subtaskId }: ModelCall): Reply {
    this.fannedOutAt ||= nowMs();
    if (turn === 0) {
      const toolCalls = [{ name: "search_documents", args: { query: "lane" } }];
      return { content: "Inside a lane I search.", toolCalls, when: this.lanesSeen };
    }
    if (subtaskId === "whole") return this.#answer("the whole");
    return { content: `Inside a lane: what there is in the ${subtaskId}.` };
  }

  #answer(of: string): Reply {
    this.#answers += 1;
    this.answeringAt = nowMs();
    const words = Array.from({ length: WORDS }, (_, index) => `word${index}`).join(" ");
    return { content: `Answer ${this.#answers} of ${of}: ${words}.`, chunks: WORDS, dripMs: BETWEEN_WORDS_MS };
  }
}
