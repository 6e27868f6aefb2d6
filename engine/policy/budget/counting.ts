/**
 * How the provider of one model counts, against the bounds that we reserve by: learned from what it reports. A bound that was
 * passed once is not trusted again: every later call of this model, and every one in flight, is taken for larger.
 *
 * Invariants:
 * 1. What is learned never shrinks.
 * 2. `bound` is at least its argument, and grows with it.
 */
import type { Overrun } from "../../journal/spending-view.ts";

export interface TokenPair {
  inputTokens: number;
  outputTokens: number;
}

/** The next call may pass its bound further than the worst one so far: twice as far is reserved for. */
const MARGIN = 2;

/** Of one kind of tokens: the most by which a report passed its bound, in tokens and as a multiple of the bound. */
class Excess {
  #tokens: number;
  #ratio: number;

  constructor(tokens = 0, ratio = 0) {
    this.#tokens = tokens;
    this.#ratio = ratio;
  }

  /** True: something new was learned. */
  learn(bound: number, reported: number): boolean {
    const tokens = reported - bound;
    const ratio = bound > 0 ? tokens / bound : 0;
    if (tokens <= this.#tokens && ratio <= this.#ratio) return false;
    this.#tokens = Math.max(this.#tokens, tokens);
    this.#ratio = Math.max(this.#ratio, ratio);
    return true;
  }

  bound(tokens: number): number {
    return tokens + Math.ceil(MARGIN * Math.max(this.#tokens, tokens * this.#ratio));
  }

  /** The most tokens whose bound is at most `room`; may be negative. */
  within(room: number): number {
    return Math.floor(Math.min(room - Math.ceil(MARGIN * this.#tokens), room / (1 + MARGIN * this.#ratio)));
  }
}

export class Counting {
  readonly #input: Excess;
  readonly #output: Excess;
  #isCalibrated: boolean;

  /** `known`: what its reports to earlier processes of the run have shown. */
  constructor(known?: Overrun) {
    this.#input = new Excess(known?.inputTokens, known?.inputShare);
    this.#output = new Excess(known?.outputTokens, known?.outputShare);
    this.#isCalibrated = known !== undefined;
  }

  /** Whether one call has shown how this provider counts, or that it does not say. */
  get isCalibrated(): boolean {
    return this.#isCalibrated;
  }

  /** A reply came without a report: nothing is to be waited for, bounds are what there is. True: it is the first. */
  takeUnreported(): boolean {
    const isFirst = !this.#isCalibrated;
    this.#isCalibrated = true;
    return isFirst;
  }

  /** Compares a report with what the call was asked to keep to. True: bounds are larger from now on. */
  learn(asked: TokenPair, reported: TokenPair): boolean {
    if (reported.inputTokens + reported.outputTokens === 0) return false;
    this.#isCalibrated = true;
    const input = this.#input.learn(asked.inputTokens, reported.inputTokens);
    const output = this.#output.learn(asked.outputTokens, reported.outputTokens);
    return input || output;
  }

  bound({ inputTokens, outputTokens }: TokenPair): TokenPair {
    return { inputTokens: this.#input.bound(inputTokens), outputTokens: this.#output.bound(outputTokens) };
  }

  /** The largest output limit whose bound is at most `room` tokens. */
  outputWithin(room: number): number {
    // Rounding up in the bound may cost the last token.
    const limit = this.#output.within(room);
    return limit > 0 && this.#output.bound(limit) > room ? limit - 1 : limit;
  }
}
