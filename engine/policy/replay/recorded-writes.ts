/** The log of writes to shared artifacts of a recorded run, in its order. Pure, but for the contents that it reads. */
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { Contents } from "../../ports/board.ts";
import { contentText, contentJson } from "../../journal/recorded-messages.ts";

/** What one place of the log says, and the line of the journal that has it. */
export interface RecordedWrite {
  event: ArtifactEvent;
  line: number;
}

export class RecordedWrites {
  readonly #contents: Contents;
  /** Places by the key of their write: those that were not given yet. */
  readonly #places = new Map<string, number[]>();
  readonly #events = new Map<number, RecordedWrite>();
  /** Each decision about a conflict has a line, and the same content. */
  readonly #known = new Set<string>();

  constructor(contents: Contents) {
    this.#contents = contents;
  }

  /** The next line that has a write or a conflict, and its content. */
  take(line: number, content: string | undefined): void {
    if (content === undefined || this.#known.has(content)) return;
    this.#known.add(content);
    const event: ArtifactEvent = contentJson(this.#contents, content);
    this.#events.set(event.seq, { event, line });
    const places = [...(this.#places.get(event.key) ?? []), event.seq];
    this.#places.set(
      event.key,
      places.toSorted((one, other) => one - other),
    );
  }

  /** The place in the log of the next write that is known by this key; undefined: it left none. */
  next(key: string): number | undefined {
    return this.#places.get(key)?.shift();
  }

  at(place: number): RecordedWrite | undefined {
    return this.#events.get(place);
  }

  /** It is given, and with its content, where that is kept whole. */
  takeOut(event: ArtifactEvent): { event: ArtifactEvent; content: string | undefined } {
    this.#events.delete(event.seq);
    this.next(event.key);
    const hash = event.content === "whole" ? event.version?.hash : undefined;
    return { event, content: hash === undefined ? undefined : contentText(this.#contents, hash) };
  }
}
