/**
 * What the decisions of a recorded run were made from, by the contents beside its journal: agents and policy as the run had them, and
 * the subtasks of its plan. A content that is missing is a problem of its own; nothing is derived from it then.
 */
import { openContents } from "../../adapters/storage/content-store.ts";
import type { JournalLine } from "../../engine/journal/events.ts";
import type { RecordedInputs } from "../../engine/policy/audit/decisions.ts";
import { layeredPolicy } from "../../engine/policy/recovery/policy.ts";
import { indexAgents, routeSubtask, type RouteDecision } from "../../engine/policy/route/route.ts";
import type { AgentProfile } from "../../state/agent-profile.ts";
import type { DeclaredArtifact } from "../../state/artifact.ts";
import type { Plan, Subtask } from "../../state/plan.ts";
import type { RecoveryPolicy } from "../../state/recovery-policy.ts";
import { contentJson } from "../../engine/journal/recorded-messages.ts";

interface Setup {
  agents: readonly AgentProfile[];
  recovery: RecoveryPolicy;
}

export class InputsInContents implements RecordedInputs {
  readonly #contents: ReturnType<typeof openContents>;
  readonly #subtasks = new Map<string, Subtask>();
  #artifacts: readonly DeclaredArtifact[] = [];
  #setup: Setup | undefined;
  #facts: Omit<Parameters<typeof routeSubtask>[1], "excluded"> | undefined;

  constructor(runFolder: string) {
    this.#contents = openContents(runFolder);
  }

  readonly add = (line: JournalLine): void => {
    if (line.kind === "run-start") this.#begin(this.#read(line.data.setup));
    if (line.kind !== "plan") return;
    const plan: Pick<Plan, "subtasks" | "artifacts"> | undefined = this.#read(line.data.content);
    if (plan !== undefined) this.#artifacts = plan.artifacts;
    for (const subtask of plan?.subtasks ?? []) this.#subtasks.set(subtask.id, subtask);
  };

  readonly artifact = (name: string): DeclaredArtifact | undefined => this.#artifacts.find((one) => one.name === name);

  policyFor(id: string | undefined, agent: string | undefined): RecoveryPolicy | undefined {
    const subtask = this.#subtasks.get(id ?? "");
    if (this.#setup === undefined || (id !== undefined && subtask === undefined)) return undefined;
    const { agents, recovery } = this.#setup;
    return layeredPolicy(recovery, agents.find(({ name }) => name === agent)?.recovery, subtask?.recovery);
  }

  route(id: string): RouteDecision | undefined {
    const subtask = this.#subtasks.get(id);
    return subtask === undefined || this.#facts === undefined ? undefined : routeSubtask(subtask, this.#facts);
  }

  #begin(setup: Setup | undefined): void {
    this.#setup = setup;
    if (setup === undefined) return;
    const { agents } = setup;
    const tools = new Set(agents.flatMap((agent) => agent.tools));
    this.#facts = { agents, index: indexAgents(agents), records: new Map(), assigned: 0, tools };
  }

  #read(digest: string | undefined): ReturnType<JSON["parse"]> {
    if (digest === undefined) return undefined;
    try {
      return contentJson(this.#contents, digest);
    } catch {
      return undefined;
    }
  }
}
