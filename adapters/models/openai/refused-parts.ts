/**
 * What an endpoint does not take of a request, learned from its refusals, once for each model of it: optional parameters by their
 * names, how its output limit is called, how much it may be, and how large its window is. The call that was refused is the
 * caller's to take again.
 */
import type { ModelQuirks } from "./quirks.ts";
import { RefusedCall } from "./refused-call.ts";

type Request = Readonly<Record<string, unknown>>;
type LimitField = ModelQuirks["outputLimitField"];

/** Without these there is no request. */
const NEEDED = new Set(["model", "messages", "stream", "tools"]);
const LIMIT_FIELDS: readonly LimitField[] = ["max_tokens", "max_completion_tokens"];
const OUT_OF_RANGE = /too (large|high|big)|at most|exceed|greater than|less than|maximum|\brange\b/i;
const WINDOW_WORDS = /context (?:length|window|size)[^\d]{0,40}(\d[\d,]*)/i;
/** Of a window that was learned, at most so much is asked for as output: the input needs the rest. */
const OUTPUT_SHARE = 0.25;

/** A refusal that has taught something: the same call may pass now. */
export class RefusedPart extends RefusedCall {
  /** What was learned, in words. */
  readonly lesson: string;

  constructor(lesson: string, refusal: RefusedCall) {
    super(refusal.message, refusal);
    this.lesson = lesson;
  }
}

export class RefusedParts {
  readonly #leftOut = new Set<string>();
  #limitField: LimitField;
  #triedFields = 1;
  contextWindow = Infinity;
  maxOutputTokens = Infinity;

  constructor(limitField: LimitField) {
    this.#limitField = limitField;
  }

  /** The request as the endpoint takes it, as far as is known. */
  fit<R extends Request>(request: R, outputTokens: number | undefined): R {
    const limit = outputTokens === undefined ? undefined : Math.min(outputTokens, this.maxOutputTokens);
    const kept = Object.entries(request).filter(
      ([name]) => !this.#leftOut.has(name) && LIMIT_FIELDS.every((field) => field !== name),
    );
    return Object.fromEntries([...kept, ...(limit === undefined ? [] : [[this.#limitField, limit]])]) as R;
  }

  learn(error: unknown, sent: Request): unknown {
    if (!(error instanceof RefusedCall) || (error.status !== 400 && error.status !== 422)) return error;
    const lesson = this.#window(error.message, sent) ?? this.#parameter(error.message, sent);
    return lesson === undefined ? error : new RefusedPart(lesson, error);
  }

  #window(words: string, sent: Request): string | undefined {
    const tokens = Number(WINDOW_WORDS.exec(words)?.[1]?.replaceAll(",", ""));
    if (!(tokens >= 256)) return undefined;
    this.contextWindow = Math.min(this.contextWindow, tokens);
    const asked = sent[this.#limitField];
    const most = Math.floor(OUTPUT_SHARE * tokens);
    // A smaller output would not have helped: the input alone is too long.
    if (typeof asked !== "number" || asked <= most) return undefined;
    this.maxOutputTokens = Math.min(this.maxOutputTokens, most);
    return `the endpoint's window holds ${tokens} tokens: ${most} are asked for as output from now on`;
  }

  #parameter(words: string, sent: Request): string | undefined {
    const name = Object.keys(sent).find(
      (known) => sent[known] !== undefined && !NEEDED.has(known) && isNamed(known, words),
    );
    if (name === undefined) return undefined;
    if (name === this.#limitField) return this.#outputLimit(words, Number(sent[name]));
    this.#leftOut.add(name);
    return `the endpoint refuses ${name}: it is left out from now on`;
  }

  /** It carries a cap, so it is never left out: it is called otherwise, or becomes less. */
  #outputLimit(words: string, asked: number): string | undefined {
    const name = this.#limitField;
    const other = LIMIT_FIELDS.find((field) => field !== name) ?? name;
    if (!OUT_OF_RANGE.test(words)) {
      if (this.#triedFields === LIMIT_FIELDS.length) return undefined;
      this.#triedFields += 1;
      this.#limitField = other;
      return `the endpoint refuses ${name}: the limit is sent as ${other} from now on`;
    }
    const told = [...words.matchAll(/\d+/g)].map(([digits]) => Number(digits)).filter((figure) => figure < asked);
    const most = Math.max(0, ...told.filter((figure) => figure >= 16));
    if (most === 0) return undefined;
    this.maxOutputTokens = Math.min(this.maxOutputTokens, most);
    return `the endpoint writes ${most} tokens at most: so many are asked for from now on`;
  }
}

/** As a word of its own, in quotes or not. */
function isNamed(name: string, words: string): boolean {
  return new RegExp(`(?<![\\w.-])${name}(?![\\w-])`).test(words);
}
