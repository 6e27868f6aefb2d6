/** The log of writes to shared artifacts of a recorded run, in its order. Pure, but for the contents that it reads. */
import type { ArtifactEvent } from "../../../state/artifact.ts";
import type { JournalLine } from "../../journal/events.ts";
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
  readonly #places: ReadonlyMap<string, number[]>;
  readonly #events = new Map<number, RecordedWrite>();

  constructor(contents: Contents, lines: readonly JournalLine[]) {
    this.#contents = contents;
    // Each decision about a conflict has a line, and the same content.
    const known = new Set<string>();
    for (const { kind, seq, data } of lines) {
      if ((kind !== "write" && kind !== "conflict") || data.content === undefined || known.has(data.content)) continue;
      known.add(data.content);
      const event: ArtifactEvent = contentJson(contents, data.content);
      this.#events.set(event.seq, { event, line: seq });
    }
    const inOrder = [...this.#events.keys()].toSorted((one, other) => one - other);
    this.#places = Map.groupBy(inOrder, (place) => this.#events.get(place)?.event.key ?? "");
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
