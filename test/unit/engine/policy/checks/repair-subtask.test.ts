import { describe, expect, it } from "vitest";
import { repairsOf, withRepairs, type Repair } from "../../../../../engine/policy/checks/repair-subtask.ts";
import { SubtaskId, type Plan, type PlanCheck } from "../../../../../state/plan.ts";
import { planOf, subtaskOf } from "../../builders.ts";

const checkOf = (id: string): PlanCheck => ({ id, artifacts: ["x.md", "y.md"], predicate: "They agree." });
const repairOf = (id: string, by: Repair["by"] = "repair"): Repair => ({
  ...{ check: checkOf(id), evidence: "they differ", by },
  writes: [{ artifact: "x.md", version: 3, subtask: "s1", attempt: 2 }],
});
const namesIn = (plan: Plan, check: string) => repairsOf(plan, check).map(({ id }) => id);

describe("a subtask that mends a check", () => {
  it("reads and writes what the check looks at, and is told what is wrong and since when", () => {
    const [repair] = repairsOf(withRepairs(planOf(), [repairOf("k")]), "k");
    expect(repair).toMatchObject({
      id: "k.repair-1",
      role: "repair",
      reads: ["x.md", "y.md"],
      writes: ["x.md", "y.md"],
    });
    for (const said of ["they differ", "They agree.", "version 3 of x.md by s1 (attempt 2)"])
      expect(repair?.instructions).toContain(said);
  });

  it("belongs to its own check, though ids begin alike", () => {
    let plan = planOf();
    for (const id of ["k", "k.repair-1", "k.repair", "k"]) plan = withRepairs(plan, [repairOf(id)]);
    expect(namesIn(plan, "k")).toEqual(["k.repair-1", "k.repair-2"]);
    expect(namesIn(plan, "k.repair")).toEqual(["k.repair.repair-1"]);
    expect(namesIn(plan, "k.repair-1")).toEqual(["k.repair-1.repair-1"]);
  });

  it("has an id of its own: within 128 characters, beside long ids that begin alike, and beside planned subtasks", () => {
    const long = "k".repeat(127);
    const plan = withRepairs(planOf(subtaskOf("k.repair-1")), [
      repairOf(`${long}a`),
      repairOf(`${long}b`),
      repairOf("k"),
    ]);
    const ids = plan.subtasks.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(SubtaskId.safeParse(id).success).toBe(true);
    expect(namesIn(plan, "k")).toEqual(["k.repair-2"]);
  });

  it("comes with one new version of the plan, however many there are, and says who wanted it", () => {
    const plan = withRepairs(planOf(), [repairOf("k"), repairOf("l", "ask-human")]);
    expect(plan.version).toBe(2);
    expect(plan.subtasks.map(({ mends }) => mends)).toEqual([
      { check: "k", by: "repair" },
      { check: "l", by: "ask-human" },
    ]);
  });
});
