/**
 * What a fork keeps of a recorded run, and what it runs anew (docs/decisions/0058).
 *
 * 1. A subtask is kept where it is asked the same as before, has a result on record, and stands on nothing that runs anew: not by the
 *    plan, not by a result that it read, not by a version of an artifact that it read, met or made.
 * 2. Of each artifact the versions before the first one that is left out are kept.
 * 3. Parts are kept with the subtask that was split. Repairs never are: the checks that they answer are looked at anew.
 *
 * Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { SwarmError } from "../../../state/errors.ts";
import { listed } from "../../../state/plain-text.ts";
import { nearestName } from "../../../state/nearest-name.ts";
import type { Outcome } from "../../../state/outcome.ts";
import type { Plan, Subtask } from "../../../state/plan.ts";
import { replacePlan } from "../plan/replace-plan.ts";

/** What a lane did with what lanes share, as it is on record. `subtask` null: the plan declared it. */
export type SharedUse =
  | { kind: "artifact"; subtask: string | null; artifact: string; version: number; isOwn: boolean }
  | { kind: "result"; subtask: string; of: string };

export interface ForkFacts {
  /** As recorded, with what recovery and checks have added. */
  old: Plan;
  /** What the fork is to do: work, and what condenses it. */
  given: Plan;
  /** Run anew, whatever is on record. */
  at: readonly string[];
  hasResult: (subtask: string) => boolean;
  uses: readonly SharedUse[];
  /** The newest version of an artifact that is taken along, beside those that the plan declares; default: whatever stands on nothing anew. */
  newest?: (artifact: string) => number;
}

export interface ForkPlan {
  plan: Plan;
  /** Subtasks and parts whose results are taken from the recording, in the order of the plan. */
  kept: string[];
  /** Why each of the others runs anew, in one line. */
  anew: ReadonlyMap<string, string>;
  isKeptVersion: (artifact: string, version: number) => boolean;
}

/** The recorded plan without what recovery and checks have added; what agents have asked for is part of it. `change`: what is asked otherwise of some of it. */
export function plannedWork(old: Plan, change: (subtask: Subtask) => Subtask = (subtask) => subtask): Plan {
  const planned = old.subtasks.filter(({ role }) => role === "work" || role === "reduce");
  return { ...old, subtasks: planned.map(({ parts: _parts, requestedBy: _by, ...subtask }) => change(subtask)) };
}

export function forkPlan(facts: ForkFacts): ForkPlan {
  const { old, given } = facts;
  const lineage = new Lineage(facts);
  const { anew } = lineage;
  lineage.spread();
  const subtasks = given.subtasks.flatMap((subtask) => {
    const parts = anew.has(subtask.id) ? [] : old.subtasks.filter(({ partOf }) => partOf === subtask.id);
    return parts.length === 0 ? [subtask] : [...parts, { ...subtask, parts: parts.map(({ id }) => id) }];
  });
  const kept = subtasks.map(({ id }) => id).filter((id) => !anew.has(id) && facts.hasResult(id));
  const cuts = lineage.cuts();
  return {
    plan: { ...given, version: 1, subtasks },
    kept,
    anew,
    isKeptVersion: (artifact, version) => version < (cuts.get(artifact)?.version ?? Infinity),
  };
}

/** The first version of an artifact that is left out, and what wrote it. */
interface Cut {
  version: number;
  by: string;
}

/** What runs anew, and what stands on it. */
class Lineage {
  readonly anew = new Map<string, string>();
  readonly #facts: ForkFacts;
  readonly #owners: ReadonlyMap<string, string>;
  readonly #planned: ReadonlySet<string>;

  constructor(facts: ForkFacts) {
    const { old, given, at, hasResult } = facts;
    this.#facts = facts;
    this.#owners = new Map(old.subtasks.flatMap(({ id, partOf }) => (partOf === undefined ? [] : [[id, partOf]])));
    this.#planned = new Set(given.subtasks.map(({ id }) => id));
    const known = new Set(old.subtasks.map(({ id }) => id));
    const dropped = new Set(replacePlan(old, given, hasResult).dropped);
    for (const { id, dependsOn } of given.subtasks) {
      const input = dependsOn.find((each) => this.anew.has(each));
      if (at.includes(id)) this.anew.set(id, "the fork begins here");
      else if (!known.has(id)) this.anew.set(id, "it is new");
      else if (input !== undefined) this.anew.set(id, `it builds on ${input}`);
      else if (dropped.has(id)) this.anew.set(id, "it is asked otherwise");
      else if (!hasResult(id)) this.anew.set(id, "it has no result on record");
    }
  }

  /** Until nothing that is kept stands on what runs anew. */
  spread(): void {
    for (let before = -1; before < this.anew.size;) {
      before = this.anew.size;
      for (const { id, dependsOn } of this.#facts.given.subtasks) {
        const input = dependsOn.find((each) => this.anew.has(each));
        if (input !== undefined) this.#mark(id, `it builds on ${input}`);
      }
      const cuts = this.cuts();
      for (const use of this.#facts.uses) {
        const reason = this.#stain(use, cuts);
        if (use.subtask !== null && reason !== undefined) this.#mark(this.#ownerOf(use.subtask), reason);
      }
    }
  }

  cuts(): ReadonlyMap<string, Cut> {
    const cuts = new Map<string, Cut>();
    for (const use of this.#facts.uses) {
      if (use.kind === "result" || !use.isOwn || (this.#isKept(use) && this.#isTaken(use))) continue;
      const { artifact, version } = use;
      if (version < (cuts.get(artifact)?.version ?? Infinity))
        cuts.set(artifact, { version, by: use.subtask ?? "the plan" });
    }
    return cuts;
  }

  #stain(use: SharedUse, cuts: ReadonlyMap<string, Cut>): string | undefined {
    if (use.kind === "result")
      return this.#isKept({ subtask: use.of }) ? undefined : `it has read the result of ${use.of}`;
    const cut = cuts.get(use.artifact);
    if (cut === undefined || use.version < cut.version) return undefined;
    const what = use.isOwn ? "wrote" : "knew";
    return `it ${what} version ${use.version} of ${use.artifact}, which has version ${cut.version} by ${cut.by} in it`;
  }

  #isKept(use: { subtask: string } | Extract<SharedUse, { kind: "artifact" }>): boolean {
    if (use.subtask === null) return "artifact" in use && this.#isDeclaredTheSame(use.artifact);
    const owner = this.#ownerOf(use.subtask);
    return this.#planned.has(owner) && !this.anew.has(owner);
  }

  #isTaken({ subtask, artifact, version }: Extract<SharedUse, { kind: "artifact" }>): boolean {
    const { newest } = this.#facts;
    return subtask === null || newest === undefined || version <= newest(artifact);
  }

  #isDeclaredTheSame(name: string): boolean {
    const [before, now] = [this.#facts.old, this.#facts.given].map(
      ({ artifacts }) => artifacts.find((artifact) => artifact.name === name) ?? null,
    );
    return isDeepStrictEqual(before, now);
  }

  #mark(id: string, reason: string): void {
    if (this.#planned.has(id) && !this.anew.has(id)) this.anew.set(id, reason);
  }

  #ownerOf(subtask: string): string {
    return this.#owners.get(subtask) ?? subtask;
  }
}

const MOST_NAMED = 20;

/** `of`: whose plan it is, in words. The id of a `forEach` stands for all that it expanded to. Throws SwarmError USAGE. */
export function forkPoints(plan: Plan, names: readonly string[], of: string): string[] {
  const points = new Set<string>();
  for (const name of names) {
    const members = plan.subtasks.filter(({ group }) => group === name);
    const named = plan.subtasks.filter(({ id }) => id === name);
    const [found, ...others] = named.length > 0 ? named : members;
    if (found === undefined) throw unknownSubtask(plan, name, of);
    refuseAdded(found, of);
    for (const { id } of [found, ...others]) points.add(id);
  }
  return [...points];
}

/** What recovery or a check has added runs where the subtask, or the check, that it belongs to runs. */
function refuseAdded({ id, role, partOf, mends }: Subtask, of: string): void {
  if (role === "part")
    throw refused(`"${id}" of ${of} is a part of ${partOf ?? "another"}, which recovery has split`, {
      next: `fork at ${partOf ?? "that"}: it is then split, or not, as recovery says`,
    });
  if (role === "repair")
    throw refused(`"${id}" of ${of} mends the check ${mends?.check ?? ""}, and checks are looked at anew in any fork`, {
      next: "fork at a subtask that wrote what the check found",
    });
}

function unknownSubtask({ subtasks }: Plan, name: string, of: string): SwarmError {
  const known = [
    ...new Set(subtasks.flatMap(({ id, role, group }) => (role === "work" ? [...(group ? [group] : []), id] : []))),
  ];
  const near = nearestName(name, known);
  return refused(`${of} has no subtask ${JSON.stringify(name.slice(0, 128))}`, {
    next: `${near === undefined ? "" : `did you mean "${near}"? `}it has ${listed(known, MOST_NAMED)}`,
  });
}

interface Kept {
  plan: Plan;
  at: readonly string[];
  isKept: (subtask: string) => boolean;
  outcomeOf: (subtask: string) => Outcome | undefined;
}

/** One that was skipped for want of an input is skipped again where the input is kept as it is. Throws SwarmError USAGE. */
export function refuseSkipped({ plan, at, isKept, outcomeOf }: Kept, of: string): void {
  for (const { id, dependsOn, allowMissingInputs } of plan.subtasks) {
    if (!at.includes(id) || allowMissingInputs) continue;
    const missing = dependsOn.filter((input) => isKept(input) && outcomeOf(input) !== "done");
    const [first] = missing;
    if (first === undefined) continue;
    const ended = missing.map((input) => `${input} (${outcomeOf(input) ?? "no result"})`).join(", ");
    throw refused(
      `${id} would be skipped, as in run ${of}, since what it builds on did not come to a result: ${ended}`,
      {
        next: `fork at ${missing.join(" and ")}: --at ${missing.join(" --at ")}`,
      },
    );
  }
}

function refused(problem: string, { next }: { next: string }): SwarmError {
  return new SwarmError("USAGE", problem, { next });
}
