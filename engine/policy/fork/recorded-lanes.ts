/** What the journal of a run says that a fork of it goes by: what was published, and what lanes knew of each other. Pure. */
import type { DataOf, JournalLine, LineOf } from "../../journal/events.ts";
import type { SharedUse } from "./fork-plan.ts";

/** What a plan declares is written under this attempt: no subtask has it. */
const PLAN_ATTEMPT = 0;

/** The newest result of a subtask that was accepted. */
export interface Published extends DataOf<"publish"> {
  attempt: number;
  /** Its place in the journal. */
  line: number;
  steps: number;
}

export class RecordedLanes {
  readonly published = new Map<string, Published>();
  readonly uses: SharedUse[] = [];
  /** Of each artifact the newest version so far, and of each version the SHA-256 of its content. */
  readonly #newest = new Map<string, number>();
  readonly hashes = new Map<string, string>();
  /** Records of writes and conflicts, by digest, in their order. */
  readonly writes = new Set<string>();
  readonly #steps = new Map<string, number>();
  readonly #attempts = new Map<string, number>();

  /** The next line. */
  readonly add = (line: JournalLine): void => {
    if (line.subtask !== undefined && (line.kind === "route" || line.kind === "attempt-start"))
      this.#attempts.set(line.subtask, line.attempt ?? 0);
    if ((line.kind === "write" || line.kind === "conflict") && line.data.content !== undefined)
      this.writes.add(line.data.content);
    if (line.kind === "attempt-end" && line.subtask !== undefined)
      this.#steps.set(line.subtask, line.data.keptFrom?.steps ?? line.data.steps);
    else if (line.kind === "publish") this.#publish(line);
    else if (line.kind === "write") this.#write(line);
    else if (line.kind === "conflict") this.#knows(line, line.data.artifact, line.data.committed);
    else if (line.kind === "tool-call") this.#read(line);
  };

  /** It was sent again since its last result. */
  isOpen(subtask: string): boolean {
    return (this.#attempts.get(subtask) ?? 0) > (this.published.get(subtask)?.attempt ?? 0);
  }

  #publish({ subtask = "", attempt = 0, seq, data }: LineOf<"publish">): void {
    if (data.accepted)
      this.published.set(subtask, { ...data, attempt, line: seq, steps: this.#steps.get(subtask) ?? 0 });
  }

  #write({ subtask = "", attempt, data: { artifact, version, hash } }: LineOf<"write">): void {
    this.#newest.set(artifact, version);
    this.hashes.set(`${artifact}\n${version}`, hash);
    const writer = attempt === PLAN_ATTEMPT ? null : subtask;
    this.uses.push({ kind: "artifact", subtask: writer, artifact, version, isOwn: true });
  }

  /** A step sees what stood when it began: at most what stands now. */
  #read(line: LineOf<"tool-call">): void {
    const { subtask, data } = line;
    if (subtask === undefined || data.outcome !== "ok") return;
    const args = (data.args ?? {}) as { name?: unknown; version?: unknown; subtask?: unknown };
    if (data.tool === "read_result" && typeof args.subtask === "string" && this.published.has(args.subtask))
      this.uses.push({ kind: "result", subtask, of: args.subtask });
    if (data.tool !== "read_artifact" || typeof args.name !== "string") return;
    const newest = this.#newest.get(args.name) ?? 0;
    this.#knows(line, args.name, typeof args.version === "number" ? Math.min(args.version, newest) : newest);
  }

  #knows({ subtask }: JournalLine, artifact: string, version: number): void {
    if (subtask !== undefined) this.uses.push({ kind: "artifact", subtask, artifact, version, isOwn: false });
  }
}
