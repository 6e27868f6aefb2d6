/** Ties a progress to a run: told of each line once it is durable, and in the view of the journal. */
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
  const { journal } = run.record;
  const progress = new LaneProgress(
    {
      id: run.id,
      task: run.question.task,
      caps: run.options.caps,
      concurrency: run.team.model.endpoint.concurrency,
      plan: () => run.shared.board.plan(),
      maxStepsOf: (agent) => run.team.agent(agent)?.maxSteps,
    },
    journal.view,
  );
  const stop = journal.subscribe((line) => {
    try {
      onLine(line, progress);
    } catch (error) {
      stop();
      onFailure(error);
    }
  });
  return { progress, stop };
}
