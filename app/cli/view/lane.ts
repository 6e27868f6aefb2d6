/** One lane as the view shows it: how it stands by the journal, and what the plan says of it. Texts are cleaned when they are asked for. */
import { newLaneNow, type LaneNow, type LanePhase } from "../../../engine/journal/progress-view.ts";
import type { Subtask } from "../../../state/plan.ts";
import { cleanText, clip } from "./terminal-text.ts";

/** What waits is told apart: `waiting-inputs` for results that it names, `waiting-slot` for an agent slot. */
export type ShownPhase = Exclude<LanePhase, "waiting"> | "waiting-inputs" | "waiting-slot";

/** What a subtask's title may take; a screen shows less. */
const TITLE_CHARACTERS = 200;
/** Cells of a tool's arguments that are worth keeping. */
const GIST = 60;

export class Lane {
  readonly id: string;
  readonly phase: ShownPhase;
  /** As the journal says. */
  readonly now: LaneNow;
  readonly #subtask: Subtask | undefined;

  /** `isReady`: all that it waits for has ended. */
  constructor(
    id: string,
    { now = newLaneNow(), subtask, isReady }: { now?: LaneNow; subtask?: Subtask; isReady: boolean },
  ) {
    this.id = id;
    this.now = now;
    this.#subtask = subtask;
    this.phase = now.phase === "waiting" ? (isReady ? "waiting-slot" : "waiting-inputs") : now.phase;
  }

  get title(): string {
    return cleanText(this.#subtask?.title.slice(0, TITLE_CHARACTERS) ?? "") || this.id;
  }

  /** `reduce`: parts of a split subtask too. */
  get role(): "work" | "reduce" | "repair" {
    const { role = "work" } = this.#subtask ?? {};
    return role === "part" ? "reduce" : role;
  }

  /** The most turns that it may take; undefined: not known. */
  get limit(): number | undefined {
    return this.#subtask?.steps;
  }

  get agent(): string {
    return cleanText(this.now.agent);
  }

  /** Tools that it runs now, or that wait for a human, each once. */
  get calls(): string {
    return namesOf(this.now.calls);
  }

  /** `search_documents “node version”`: the tool call before with the first text among its arguments. */
  get lastTool(): string {
    const { lastTool } = this.now;
    if (lastTool === undefined) return "";
    const tool = cleanText(lastTool.tool);
    const args: unknown[] = Object.values(lastTool.args ?? {});
    const first = args.find((value) => typeof value === "string" && value !== "");
    return typeof first !== "string" ? tool : `${tool} “${clip(cleanText(first.slice(0, 4 * GIST)), GIST)}”`;
  }

  get cause(): string {
    return cleanText(this.now.cause);
  }
}

export function namesOf(names: readonly string[]): string {
  return [...new Set(names.slice(0, 20).map((name) => cleanText(name)))].filter((name) => name !== "").join(", ");
}
