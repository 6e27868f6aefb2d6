/**
 * What a lane says, shown token by token as the swarm's answer: to LangGraph's `streamMode: "messages"`, whose listeners cannot take back what
 * they have shown.
 *
 * 1. Only what is longer than models talk before they call a tool goes out; what ends, or calls, before that is not shown here.
 * 2. Of calls that race only the first to be heard is shown.
 */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import { AIMessageChunk } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { Shown } from "../../ports/turns.ts";

export type Told<Event extends keyof BaseCallbackHandler> = Parameters<
  Extract<NonNullable<BaseCallbackHandler[Event]>, (...told: never[]) => unknown>
>;

/** LangGraph's tag for what is no message of the graph, however its model streams. */
export const UNSEEN = "nostream";
/** The node of the swarm that has the last word. */
const ANSWERS = "synthesizer";
/** Characters: "Let me look at the documents first", and some more. */
const HELD_BACK = 200;

/** By what is shown, the call that is heard. */
const HEARD = new WeakMap<Shown, string>();

interface Words {
  start: Told<"handleChatModelStart">;
  held: string;
  isOut: boolean;
  calls: boolean;
}

/** Stands in the place of a listener. */
export class LastWords extends BaseCallbackHandler {
  override readonly name: string;
  override awaitHandlers = true;
  readonly #listener: BaseCallbackHandler;
  readonly #shown: Shown;
  readonly #said = new Map<string, Words>();

  constructor(listener: BaseCallbackHandler, shown: Shown) {
    super();
    this.name = listener.name;
    this.#listener = listener;
    this.#shown = shown;
  }

  override handleChatModelStart(...told: Told<"handleChatModelStart">): void {
    told[5] = told[5]?.filter((tag) => tag !== UNSEEN);
    told[6] = asTheSwarms(told[6]);
    this.#said.set(told[2], { start: told, held: "", isOut: false, calls: false });
  }

  override handleLLMNewToken(...[token, index, run, parent, tags, fields]: Told<"handleLLMNewToken">): void {
    const words = this.#said.get(run);
    const { chunk } = fields ?? {};
    const message = chunk instanceof ChatGenerationChunk ? chunk.message : new AIMessageChunk(token);
    if (words === undefined || words.calls) return;
    words.calls = AIMessageChunk.isInstance(message) && (message.tool_call_chunks ?? []).length > 0;
    words.held += message.text;
    if (words.calls || words.held === "" || !(words.isOut || this.#goesOut(run, words))) return;
    const text = words.held;
    words.held = "";
    const said = new AIMessageChunk({ content: text, id: this.#shown.inTokensAs });
    const shown = { ...fields, chunk: new ChatGenerationChunk({ text, message: said }) };
    this.#listener.handleLLMNewToken?.(text, index, run, parent, tags, shown);
  }

  override handleLLMEnd(...told: Told<"handleLLMEnd">): void {
    if (this.#said.get(told[1])?.isOut === true) this.#listener.handleLLMEnd?.(...told);
    this.#said.delete(told[1]);
  }

  override handleLLMError(...told: Told<"handleLLMError">): void {
    if (this.#said.get(told[1])?.isOut === true) this.#listener.handleLLMError?.(...told);
    this.#said.delete(told[1]);
  }

  #goesOut(run: string, words: Words): boolean {
    if (words.held.length < HELD_BACK || (HEARD.get(this.#shown) ?? run) !== run) return false;
    HEARD.set(this.#shown, run);
    words.isOut = true;
    this.#listener.handleChatModelStart?.(...words.start);
    return true;
  }
}

/** Metadata of a call in a lane, as if a node of the swarm had made it. */
export function asTheSwarms(metadata: Record<string, unknown> = {}): Record<string, unknown> {
  const path = String(metadata["langgraph_checkpoint_ns"] ?? "").split("|");
  const [, task] = path.at(-1)?.split(":") ?? [];
  const namespace = [...path.slice(0, -2), `${ANSWERS}:${task}`].join("|");
  return { ...metadata, langgraph_node: ANSWERS, langgraph_checkpoint_ns: namespace };
}
