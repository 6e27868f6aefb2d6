/**
 * The text of an answer's body as it comes, bounded, and the end of its connection.
 *
 * 1. A line or a body beyond all measure throws a SyntaxError: no flood takes the memory of the process.
 * 2. Once the reply is whole, the server has a moment to end the answer, so that the connection serves the next call; then the
 *    connection is closed. An answer that is left in its midst is closed at once. So none keeps the process alive.
 * 3. A reply that says that it is finished is whole without `[DONE]` where nothing more comes.
 */
import type { Readable } from "node:stream";

/** Characters. The longest event holds one tool call's arguments, or a whole reply. */
export const MOST_OF_LINE = 8_000_000;
/** A token takes up to 300 characters on the wire: this is above what any model writes at once. */
const MOST_OF_BODY = 64_000_000;
const END_MS = 300;
/** Usage, and `[DONE]`, come right behind the reason for the end. */
const AFTER_FINISH_MS = 3000;

export class BodyText {
  readonly #body: Readable;
  #timer: NodeJS.Timeout | undefined;
  #isCut = false;

  constructor(body: Readable) {
    this.#body = body.setEncoding("utf8");
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    let [line, whole] = [0, 0];
    try {
      for await (const text of this.#body.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
        whole += text.length;
        const end = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
        line = end < 0 ? line + text.length : text.length - end - 1;
        if (line > MOST_OF_LINE) throw new SyntaxError(`a line of the stream has more than ${MOST_OF_LINE} characters`);
        if (whole > MOST_OF_BODY) throw new SyntaxError(`the stream has more than ${MOST_OF_BODY} characters`);
        yield text;
      }
    } catch (error) {
      if (!this.#isCut) throw error;
    }
  }

  /** The reply has said that it is finished: what still comes comes soon, or not at all. */
  finishing(): void {
    this.#timer ??= setTimeout(() => {
      this.#isCut = true;
      this.#body.destroy();
    }, AFTER_FINISH_MS).unref();
  }

  /** Nobody reads on. `isWhole`: the reply was read to its end. */
  leave(isWhole: boolean): void {
    clearTimeout(this.#timer);
    const body = this.#body;
    if (body.readableEnded) return;
    if (!isWhole) return void body.destroy();
    body.resume();
    const timer = setTimeout(() => body.destroy(), END_MS).unref();
    body.once("close", () => clearTimeout(timer));
  }
}
