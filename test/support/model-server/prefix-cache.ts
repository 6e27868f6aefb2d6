/**
 * What a provider's prompt cache would have served: the longest prefix, in blocks of 128 tokens and from 1,024 tokens on, that
 * an earlier request of the same model had. Tools come before messages, as providers lay prompts out. A block is known by the
 * hash of all that leads up to it, as in vLLM; it can be hit once the request that brought it has had its first token, and a
 * request that fails before that leaves nothing.
 */
import { hash } from "node:crypto";
import type { ChatRequest } from "./call.ts";

const BLOCK_TOKENS = 128;
const BLOCK_CHARS = BLOCK_TOKENS * 4;
const MIN_TOKENS = 1024;

export interface PromptLookup {
  cachedTokens: number;
  /** The prompt's blocks, to be kept at its first token. */
  blocks: readonly string[];
}

export class PrefixCache {
  readonly #blocks = new Set<string>();

  /** What the cache has of a request now. */
  look(request: ChatRequest): PromptLookup {
    const text = JSON.stringify(request.tools ?? []) + JSON.stringify(request.messages);
    const blocks: string[] = [];
    let chain = request.model;
    let cached = 0;
    for (let end = BLOCK_CHARS; end <= text.length; end += BLOCK_CHARS) {
      chain = hash("sha1", chain + text.slice(end - BLOCK_CHARS, end));
      if (cached === blocks.length && this.#blocks.has(chain)) cached += 1;
      blocks.push(chain);
    }
    const tokens = cached * BLOCK_TOKENS;
    return { cachedTokens: tokens >= MIN_TOKENS ? tokens : 0, blocks };
  }

  /** From now on later requests hit these blocks. */
  keep(blocks: readonly string[]): void {
    for (const block of blocks) this.#blocks.add(block);
  }

  clear(): void {
    this.#blocks.clear();
  }
}
