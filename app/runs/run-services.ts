/** How the services of a run that is opened are put together, of what is on record and what its swarm has. */
import { rulesOf } from "../../engine/policy/merge/artifact-rules.ts";
import { MOST_IN_RUN } from "../../engine/policy/plan/requested-subtasks.ts";
import { layeredPolicy } from "../../engine/policy/recovery/policy.ts";
import { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import { requestSubtasks } from "../../engine/runtime/coordinator/request-subtasks.ts";
import type { Run, RunRecovery } from "../../engine/runtime/run/run.ts";
import { Hedging } from "../../engine/runtime/turns/hedging.ts";
import { ModelTurns } from "../../engine/runtime/turns/model-turns.ts";
import { PromptWarmUp } from "../../engine/runtime/turns/prompt-warm-up.ts";
import { ReplyGate } from "../../engine/runtime/turns/reply-gate.ts";
import { DEFAULT_WARMUP_MS, type RunOptions } from "../../state/run-options.ts";
import { toolset } from "../../tools/toolset.ts";
import { instead } from "../permissions.ts";
import type { EndpointChange } from "./limiter-pool.ts";
import type { RunRecords } from "./run-records.ts";
import type { RunBegin } from "./run-store.ts";
import type { Rules, SwarmSetup } from "./swarm-setup.ts";
import { Team } from "./team.ts";

/** A run whose records are open. */
type Opened = Run & { record: RunRecords };

/** The artifacts of the run, as they are on record. */
export function artifactLog({ id, shared: { artifacts, board } }: RunRecords, { approve }: RunOptions): ArtifactLog {
  const { storage, events } = artifacts;
  const unstated = approve.includes("conflicts") ? "human" : "reject-and-retry";
  const declared = (name: string) => board.plan()?.artifacts.find((artifact) => artifact.name === name);
  const rules = (name: string) => rulesOf(name, declared(name), unstated);
  return new ArtifactLog({ runId: id, storage, rules }, events);
}

/** Those of the swarm that the run may give work to, and what they can do in it. */
export function teamOf(run: Opened, { run: options, plan, approve }: RunBegin, setup: SwarmSetup): Team {
  const { staff, permissions, host } = setup;
  const { board, toolResults, memory } = run.record.shared;
  const { artifacts, documents } = run.shared;
  const { agents: names = staff.agents.map(({ name }) => name), model } = options;
  const agents = staff.agents.filter(({ name }) => names.includes(name));
  const remembering = { memory, run: run.id, agents, clock: host.clock };
  // One agent in place of a swarm has nobody to ask; a plan that a person approves, or gives with more than may be added, stays as it is.
  const isWide = Array.isArray(plan?.subtasks) && plan.subtasks.length > MOST_IN_RUN;
  const isFixed = options.swarm === "single" || approve?.includes("plan") === true || isWide;
  const asking = isFixed ? undefined : requestSubtasks.bind(undefined, run);
  return new Team({
    agents,
    skills: staff.skills,
    models: instead(permissions.models, model),
    tools: toolset({ documents, board, toolResults, remembering, asking, own: staff.tools }),
    results: board.results(),
    effects: run.effects,
    typeOf: (name) => artifacts.rules(name).type,
  });
}

/** The run's policy, under those of an agent and a subtask. */
export function recoveryOf({ recovery, detection }: Rules, team: Pick<Team, "agent">): RunRecovery {
  return {
    policy: recovery,
    detection,
    policyFor: (subtask, agent) => {
      const own = agent === undefined ? undefined : team.agent(agent)?.recovery;
      const isOwn = own !== undefined || subtask?.recovery !== undefined;
      return isOwn ? layeredPolicy(recovery, own, subtask?.recovery) : recovery;
    },
  };
}

/** The limiters that they use are shared with the other runs of the process. */
export function modelTurns(run: Opened, { host, rules }: SwarmSetup): ModelTurns {
  const { id, options, record, budget, team, shared, recovery, life } = run;
  const { clock, limiters } = host;
  const { detection } = rules;
  const { journal } = record;
  const tell = ({ endpoint, limit, reason, ...rates }: EndpointChange): void => {
    const data = { endpoint, limit, reason, ...rates };
    // A run whose journal is broken learns it at its own next line.
    void journal.append({ kind: "limit-change", data }).catch(() => undefined);
  };
  return new ModelTurns({
    run: id,
    clock,
    stop: life.stop,
    detection,
    models: { resolve: (name) => team.modelOf(name) },
    budget,
    record,
    limiters: limiters.join(tell),
    hedging: new Hedging({
      limits: detection.straggler,
      policyOf: ({ subtask, agent }) => recovery.policyFor(shared.board.subtask(subtask), agent),
    }),
    warmUp: new PromptWarmUp(clock, options.cacheWarmupMs ?? DEFAULT_WARMUP_MS),
    gate: new ReplyGate(clock),
    lastReservation: journal.view.spending.lastReservation,
  });
}
