/** The graph of a lane: the path of one subtask from "inputs ready" to "result published". Topology only. */
import { END, START, StateGraph } from "@langchain/langgraph";
import { moving, nested } from "../engine/runtime/langgraph/nested-lane.ts";
import type { Services } from "../engine/runtime/run/run.ts";
import { act } from "../nodes/act.ts";
import { awaitInputs } from "../nodes/await-inputs.ts";
import { delegate } from "../nodes/delegate.ts";
import { join } from "../nodes/join.ts";
import { person } from "../nodes/person.ts";
import { publish } from "../nodes/publish.ts";
import { recover } from "../nodes/recover.ts";
import { split } from "../nodes/split.ts";
import { think } from "../nodes/think.ts";
import { validate } from "../nodes/validate.ts";
import { Assignment, LaneOutput, LaneState, type LaneStep } from "../state/lane-state.ts";

/** What the lane of a subtask and the lane of a part have in common; where `recover` and `publish` can lead. */
function steps(services: Services, recovery: LaneStep[], published: (typeof END | "part")[]) {
  return new StateGraph({ state: LaneState, input: Assignment, output: LaneOutput })
    .addNode("await-inputs", moving(awaitInputs(services)), { ends: ["think", "recover", "publish", END] })
    .addNode("think", moving(think(services)), {
      ends: ["think", "person", "delegate", "act", "validate", "recover", "publish"],
    })
    .addNode("person", moving(person(services)), { ends: ["validate", "publish", "recover"] })
    .addNode("delegate", moving(delegate(services)), { ends: ["delegate", "validate", "publish", "recover"] })
    .addNode("act", moving(act(services)), { ends: ["act", "think", "recover"] })
    .addNode("validate", moving(validate(services)), { ends: ["publish", "recover"] })
    .addNode("recover", moving(recover(services)), { ends: recovery })
    .addNode("publish", moving(publish(services)), { ends: published })
    .addEdge(START, "await-inputs");
}

/** The lane of a part of a subtask that was split, or of one that a lane has asked for: not split again. */
function partGraph(services: Services) {
  return steps(services, ["await-inputs", "think", "validate", "publish"], [END]).compile({ name: "part" });
}

export function laneGraph(services: Services) {
  const part = nested(partGraph(services), services);
  return (
    steps(services, ["await-inputs", "think", "validate", "split", "publish"], ["part", END])
      .addNode("split", moving(split(services)), { ends: ["part", "recover"] })
      // Results go to the board; the lane reads them there.
      .addNode("part", async (assignment: Assignment, config) => void (await part.run(assignment, config)), {
        subgraphs: part.subgraphs,
      })
      .addNode("join", moving(join(services)), { ends: ["part", "think", "publish", END] })
      .addEdge("part", "join")
      .compile({ name: "lane" })
  );
}
