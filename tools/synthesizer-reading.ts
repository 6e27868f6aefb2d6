/** What the synthesizer may read before it answers: results, documents and artifacts, by the tools that agents have. */
import type { RunnableConfig } from "@langchain/core/runnables";
import type { Clock } from "../engine/ports/clock.ts";
import { StepView } from "../engine/runtime/artifacts/step-view.ts";
import { writtenArtifacts, type Reading } from "../engine/runtime/coordinator/write-answer.ts";
import type { Run } from "../engine/runtime/run/run.ts";
import { SwarmError } from "../state/errors.ts";
import type { ArtifactAccess } from "./artifacts/artifact-access.ts";
import { journalAnswers } from "./lane-tools.ts";
import { callsOf, runToolCalls } from "./run-tool-calls.ts";
import { ShownPassages } from "./shown-passages.ts";
import { understoodCalls } from "./understand-calls.ts";

export function synthesizerReading(run: Run, { clock, config }: { clock: Clock; config: RunnableConfig }): Reading {
  const { toolResults, redactor, documents } = run.shared;
  const names = writtenArtifacts(run).map(({ artifact }) => artifact);
  const useful = [
    "read_result",
    ...(documents === undefined ? [] : ["read_document"]),
    ...(names.length === 0 ? [] : ["read_artifact"]),
  ];
  const tools = useful.flatMap((name) => run.team.tools.get(name) ?? []);
  return {
    tools,
    understood: (reply, before) => understoodCalls(reply, { granted: tools, before, isResult: () => false }),
    async answers(reply, turn) {
      const access = accessOf(run, names, turn);
      const calls = callsOf(reply);
      const place = { origin: { turn } };
      const answers = await runToolCalls(calls, {
        granted: tools,
        clock,
        config,
        access,
        callsOfTurn: calls,
        toolResults,
        redactor,
        model: run.team.model,
        shown: new ShownPassages([]),
        limits: { ...run.recovery.detection, deadline: run.life.stop.deadline, endsAt: undefined },
        answered: (call, ask) => run.effects.tool({ turn }, call, ask),
      });
      await journalAnswers(run, { ...access, ...place, place: {} }, answers);
      return answers.map(({ message }) => message);
    },
  };
}

/** All that was written may be read; all lanes have ended. */
function accessOf(run: Run, reads: string[], turn: number): ArtifactAccess {
  const { artifacts, writer } = run.shared;
  return {
    artifacts,
    writer,
    subtask: { id: "", reads, writes: [] },
    origin: { subtask: "", attempt: 0, agent: "", turn },
    view: new StepView(artifacts, {}),
    arbitrate: () => {
      throw new SwarmError("INTERNAL", "the synthesizer writes no artifact");
    },
    pending: new Map(),
  };
}
