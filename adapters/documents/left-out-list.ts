/** What a walk and a build leave out: counted by reason, the first few by name. */
import { LEFT_OUT_REASONS, type LeftOut, type LeftOutReason } from "../../state/left-out.ts";

const NAMES_KEPT = 20;

export class LeftOutList {
  /** By a rule: what is hidden, ignored, generated or a lock file. */
  ignored = 0;
  readonly #entries = new Map<LeftOutReason, LeftOut>();

  add(reason: LeftOutReason, path: string): void {
    const entry = this.#entries.get(reason) ?? { reason, count: 0, names: [] };
    this.#entries.set(reason, entry);
    entry.count += 1;
    if (entry.names.length < NAMES_KEPT) entry.names.push(path);
  }

  /** In the order of the reasons; names are absolute paths. */
  get all(): LeftOut[] {
    return LEFT_OUT_REASONS.flatMap((reason) => this.#entries.get(reason) ?? []);
  }
}
