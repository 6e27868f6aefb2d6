/**
 * What a provider's prompt cache would have served: the longest prefix, in blocks of 128 tokens and from 1,024 tokens
 * on, that an earlier request of the same model had. Tools come before messages, as providers lay prompts out.
 */
import { hash } from "node:crypto";
import type { ChatRequest } from "./call.ts";

const BLOCK_TOKENS = 128;
const BLOCK_CHARS = BLOCK_TOKENS * 4;
const MIN_TOKENS = 1024;

export interface PrefixCacheOptions {
  /** A prefix can be hit so long after the request that brought it arrived; default 0. */
  readyAfterMs?: number;
}

export class PrefixCache {
  readonly #readyAt = new Map<string, number>();
  readonly #readyAfterMs: number;

  constructor(options: PrefixCacheOptions = {}) {
    this.#readyAfterMs = options.readyAfterMs ?? 0;
  }

  /** Returns the cached tokens of a request that arrived at `nowMs`, and remembers its prefix. */
  serve(request: ChatRequest, nowMs: number): number {
    const text = JSON.stringify(request.tools ?? []) + JSON.stringify(request.messages);
    let chain = request.model;
    let cachedBlocks = 0;
    const blocks = Math.floor(text.length / BLOCK_CHARS);
    for (let block = 0; block < blocks; block += 1) {
      chain = hash("sha1", chain + text.slice(block * BLOCK_CHARS, (block + 1) * BLOCK_CHARS));
      const readyAt = this.#readyAt.get(chain);
      if (readyAt === undefined) this.#readyAt.set(chain, nowMs + this.#readyAfterMs);
      else if (readyAt <= nowMs && cachedBlocks === block) cachedBlocks += 1;
    }
    const tokens = cachedBlocks * BLOCK_TOKENS;
    return tokens >= MIN_TOKENS ? tokens : 0;
  }

  clear(): void {
    this.#readyAt.clear();
  }
}
