/**
 * What a graph takes while it works: its model calls as LangChain tells of them, and, where there are none to hear of (a `RemoteGraph`, a
 * client of its own), what the messages of its state say.
 */
import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { LLMResult } from "@langchain/core/outputs";
import type { TokenUsage } from "../../engine/ports/models.ts";
import type { Signal } from "../../state/signal.ts";
import { fieldOf, listOf } from "../../state/is-record.ts";
import { usageFromMetadata, usageOf } from "../models/openai/inspect-reply.ts";

export interface GraphCaps {
  steps: number;
  /** Undefined: no cap asks for a bound. */
  tokens: number | undefined;
}

/** A graph that would take more than was set aside for it. */
export class OverCap extends Error {
  readonly signal: Signal;

  constructor(signal: Signal) {
    super(signal.evidence);
    this.signal = signal;
  }
}

/** Counts, and lets no model call go out beyond the caps: it waits for this handler, which then never answers. */
export class GraphUsage extends BaseCallbackHandler {
  readonly name = "glasshive-graph-usage";
  /** Aborted with an `OverCap`: the end of the graph, which would wait for its call. */
  readonly over = new AbortController();
  override awaitHandlers = true;
  readonly #caps: GraphCaps;
  #steps = 0;
  #sum: TokenUsage | undefined;

  constructor(caps: GraphCaps) {
    super();
    this.#caps = caps;
  }

  override handleChatModelStart(): Promise<void> {
    return this.#begin();
  }

  override handleLLMStart(): Promise<void> {
    return this.#begin();
  }

  override handleLLMEnd({ generations }: LLMResult): void {
    for (const generation of generations.flat()) this.add(usageIn(generation));
  }

  add(usage: TokenUsage | undefined, steps = 0): void {
    this.#steps += steps;
    if (usage === undefined) return;
    const { inputTokens, cachedInputTokens, outputTokens } = this.#sum ?? NOTHING;
    this.#sum = {
      inputTokens: inputTokens + usage.inputTokens,
      cachedInputTokens: cachedInputTokens + usage.cachedInputTokens,
      outputTokens: outputTokens + usage.outputTokens,
    };
  }

  /** Undefined: the graph tells of no call. */
  get sum(): TokenUsage | undefined {
    return this.#steps === 0 ? undefined : { ...(this.#sum ?? NOTHING), steps: this.#steps };
  }

  addMessages(state: unknown, before: unknown): void {
    const known = new Set(listOf(fieldOf(before, "messages")).map((message) => fieldOf(message, "id")));
    for (const message of listOf(fieldOf(state, "messages"))) {
      const usage = usageFromMetadata(fieldOf(message, "usage_metadata"));
      if (usage !== undefined && !known.has(fieldOf(message, "id"))) this.add(usage, 1);
    }
  }

  async #begin(): Promise<void> {
    const excess = this.#excess();
    if (excess === undefined) this.#steps += 1;
    else {
      this.over.abort(new OverCap(excess));
      await new Promise(() => undefined);
    }
  }

  #excess(): Signal | undefined {
    const { steps, tokens = Infinity } = this.#caps;
    const { inputTokens, outputTokens } = this.#sum ?? NOTHING;
    if (this.#steps >= steps) return { kind: "steps-exceeded", evidence: `no result within ${steps} steps` };
    if (inputTokens + outputTokens < tokens) return undefined;
    return { kind: "budget", evidence: `it has used the ${tokens} tokens that were set aside for it` };
  }
}

const NOTHING: TokenUsage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };

function usageIn(generation: object): TokenUsage | undefined {
  return "message" in generation ? usageOf(generation.message) : undefined;
}
