/** What a tool for artifacts may see and do of the lane that calls it: handed over beside the call's arguments, not by the model. */
import type { BaseMessage } from "@langchain/core/messages";
import type { RunnableConfig } from "@langchain/core/runnables";
import type { StructuredToolInterface } from "@langchain/core/tools";
import { isNamed } from "../../engine/policy/merge/artifact-rules.ts";
import { describeChange } from "../../engine/policy/merge/describe-change.ts";
import { changesNote, standingNote, type StandingArtifact } from "../../engine/policy/prompts/artifact-notes.ts";
import type { TurnReply } from "../../engine/ports/turns.ts";
import { arbitrate } from "../../engine/runtime/artifacts/arbitrate.ts";
import type { ArtifactLog } from "../../engine/runtime/artifacts/artifact-log.ts";
import type { ArtifactWriter, WriteOutcome } from "../../engine/runtime/artifacts/artifact-writer.ts";
import { StepView } from "../../engine/runtime/artifacts/step-view.ts";
import type { LaneContext } from "../../engine/runtime/lanes/lane-node.ts";
import type { ConflictRecord, WriteOrigin } from "../../state/artifact.ts";
import { ArtifactName, nameClash } from "../../state/artifact.ts";
import { SwarmError } from "../../state/errors.ts";
import type { Subtask } from "../../state/plan.ts";

export interface ArtifactAccess {
  artifacts: ArtifactLog;
  writer: ArtifactWriter;
  subtask: Pick<Subtask, "id" | "reads" | "writes">;
  origin: Omit<WriteOrigin, "call">;
  view: StepView;
  arbitrate: (conflict: ConflictRecord) => Promise<WriteOutcome>;
  /** Conflicts that wait for a human, by the number of the call: its answer is still to come. */
  pending: Map<number, ConflictRecord>;
}

/**
 * `step`: from 1, over all that the lane has done; the one whose calls these are. `isBegun`: some of them may have been run.
 */
export async function artifactAccess(lane: LaneContext, step: number, isBegun = false): Promise<ArtifactAccess> {
  const { run, subtask, state } = lane;
  const { artifacts, writer } = run.shared;
  const writes = await run.effects.writesSeen(artifacts, state, isBegun ? step : undefined);
  return {
    artifacts,
    writer,
    subtask,
    origin: { subtask: subtask.id, attempt: state.attempt, agent: state.agent, turn: step },
    view: new StepView(artifacts, state.seen ?? {}, writes),
    arbitrate: (conflict) => arbitrate({ writer, ask: (messages) => askArbiter(lane, messages) }, conflict),
    pending: new Map(),
  };
}

/** A turn of the run's own model, on the account of the lane whose write it is about. Throws where the run drains. */
async function askArbiter({ run, subtask, state, config }: LaneContext, messages: BaseMessage[]): Promise<TurnReply> {
  const { attempt, agent } = state;
  const metadata = { ...config.metadata, run_id: run.id, subtask: subtask.id, attempt, agent: "arbiter" };
  return run.turns.take({
    purpose: "work",
    prompt: { messages, brief: { role: "arbiter" }, tools: [] },
    lane: { subtask: subtask.id, attempt, agent, priority: run.budget.priorityOf(subtask.id) },
    config: { ...config, runName: `arbiter · ${subtask.id}`, metadata },
  });
}

/** Characters of an artifact that is shown as it stands, and of all of them. */
const [SMALL, ALL_SMALL] = [1_500, 6_000];

/**
 * What the agent is told of its artifacts before it begins: how far they are, and the text of small ones where it may read them, which
 * it has then read. Undefined: it has none.
 */
export async function standingOf(
  { artifacts, subtask, view }: ArtifactAccess,
  granted: readonly StructuredToolInterface[],
): Promise<BaseMessage | undefined> {
  const canRead = granted.some(({ name }) => name === "read_artifact");
  const names = [...new Set([...subtask.writes, ...subtask.reads])].filter((name) => !name.endsWith("/*"));
  let room = ALL_SMALL;
  const standing: StandingArtifact[] = [];
  for (const name of names) {
    const version = view.version(name);
    const bytes = artifacts.versions(name)[version - 1]?.bytes ?? 0;
    const isShown = canRead && version > 0 && bytes <= Math.min(SMALL, room);
    if (isShown) view.markRead(name, version);
    room -= isShown ? bytes : 0;
    standing.push({ name, version, bytes, ...(isShown ? { text: await artifacts.content(name, version) } : {}) });
  }
  return standing.length === 0 ? undefined : standingNote(standing);
}

/** What others have changed since the agent saw it, in a few lines. */
export async function changesSince({ artifacts, view }: ArtifactAccess): Promise<BaseMessage | undefined> {
  const changes = await Promise.all(
    view.changes().map(async (change) => {
      const { artifact, seen, newest } = change;
      const { type, key } = artifacts.rules(artifact);
      const contentOf = async (version: number): Promise<string> =>
        version === 0 ? "" : artifacts.content(artifact, version);
      const [before, after] = await Promise.all([contentOf(seen), contentOf(newest)]);
      return { ...change, what: describeChange(type, { before, after, key }) };
    }),
  );
  return changes.length === 0 ? undefined : changesNote(changes);
}

const KEY = "glasshive_artifacts";

interface Handed {
  access: ArtifactAccess;
  call: number;
}

export function withAccess(config: RunnableConfig, access: ArtifactAccess, call: number): RunnableConfig {
  return { ...config, configurable: { ...config.configurable, [KEY]: { access, call } satisfies Handed } };
}

export function accessIn(config: RunnableConfig): Handed {
  const handed = config.configurable?.[KEY] as Handed | undefined;
  if (handed !== undefined) return handed;
  throw new SwarmError("INTERNAL", "a tool for artifacts was called outside a lane");
}

/** Why this lane may not read or write this artifact; undefined: it may. A line for the model. */
export function refusal(access: ArtifactAccess, name: string, wish: "read" | "write"): string | undefined {
  const { subtask } = access;
  const shown = JSON.stringify(name.slice(0, 100));
  const valid = ArtifactName.safeParse(name);
  if (!valid.success) return `${shown} cannot name an artifact: it ${valid.error.issues[0]?.message ?? "is no name"}.`;
  const granted = wish === "write" ? subtask.writes : [...subtask.reads, ...subtask.writes];
  if (isNamed(granted, name)) return wish === "write" ? clash(access, name) : undefined;
  return `This subtask may not ${wish} artifact ${shown}. It may ${wish}: ${granted.join(", ") || "none"}.`;
}

function clash({ artifacts, subtask }: ArtifactAccess, name: string): string | undefined {
  const known = [...Object.keys(artifacts.records), ...subtask.writes];
  const other = known.find((written) => nameClash(written, name));
  return other === undefined
    ? undefined
    : `${JSON.stringify(name)} cannot name an artifact: ${JSON.stringify(other)} differs from it in case alone. Use that name, or another.`;
}
