/** The artifacts of an open run, by the rules that its plan states. */
import { rulesOf } from "../../engine/policy/merge/artifact-rules.ts";
import { SharedArtifacts } from "../../engine/runtime/artifacts/shared-artifacts.ts";
import type { ArtifactStorage } from "../../engine/runtime/artifacts/artifact-storage.ts";
import type { Board } from "../../engine/ports/board.ts";
import type { Clock } from "../../engine/ports/clock.ts";
import type { ArtifactEvent } from "../../state/artifact-event.ts";
import type { RunOptions } from "../../state/run-options.ts";

interface Parts {
  artifacts: { storage: ArtifactStorage; events: readonly ArtifactEvent[] };
  board: Board;
  clock: Clock;
  options: RunOptions;
}

/** `journal` puts what became of a write on record, once. */
export function runArtifacts(
  runId: string,
  { artifacts, board, clock, options }: Parts,
  journal: (event: ArtifactEvent) => Promise<void>,
): SharedArtifacts {
  const unstated = options.approve.includes("conflicts") ? "human" : "reject-and-retry";
  const declared = (name: string) => board.plan()?.artifacts.find((artifact) => artifact.name === name);
  const rules = (name: string) => rulesOf(name, declared(name), unstated);
  const facts = { runId, storage: artifacts.storage, now: () => clock.now(), rules, journal };
  return new SharedArtifacts(facts, artifacts.events);
}
