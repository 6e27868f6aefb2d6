/** Ties a progress to a run: the journal of earlier processes first, then each line as it becomes durable. */
import type { Run } from "../../../engine/runtime/run/run.ts";
import type { JournalLine } from "../../../engine/journal/events.ts";
import { LaneProgress } from "./lane-progress.ts";

export interface Following {
  progress: LaneProgress;
  stop: () => void;
}

export interface Follower {
  onLine: (line: JournalLine, progress: LaneProgress) => void;
  /** The view failed: it is stopped, and the run goes on. A listener that threw would make the journal's writer fail. */
  onFailure: (error: unknown) => void;
}

export function followRun(run: Run, { onLine, onFailure }: Follower): Following {
  const progress = new LaneProgress({
    id: run.id,
    task: run.question.task,
    caps: run.options.caps,
    concurrency: run.team.model.concurrency,
    plan: () => run.shared.board.plan(),
    maxStepsOf: (agent) => run.team.agent(agent)?.maxSteps,
  });
  const stop = run.record.journal.subscribe((line) => {
    try {
      progress.fold(line);
      onLine(line, progress);
    } catch (error) {
      stop();
      onFailure(error);
    }
  });
  progress.foldPast(run.record.journal.past);
  return { progress, stop };
}
