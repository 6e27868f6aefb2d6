import { describe, expect, it } from "vitest";
import { expandPlan, type ExpandDocuments } from "../../../../../engine/policy/plan/read-plan.ts";
import { parsePlanFile } from "../../../../../engine/policy/plan/plan-shape.ts";
import type { Plan, PlanFileInput } from "../../../../../state/plan.ts";
import { problemOf as refusal } from "../../builders.ts";

type Planned = PlanFileInput["subtasks"][number];

function expand(subtasks: Omit<Planned, "instructions">[], expandDocuments?: ExpandDocuments): Plan {
  const file = parsePlanFile({ subtasks: subtasks.map((subtask) => ({ instructions: "Do it.", ...subtask })) });
  return expandPlan(file, { task: "the task", version: 3, expandDocuments });
}
const numbered = (count: number): Omit<Planned, "instructions">[] =>
  Array.from({ length: count }, (_, index) => ({ id: `s${index}` }));

describe("a plan without forEach", () => {
  it("becomes subtasks of work, with the id as the title where it has none", () => {
    const plan = expand([{ id: "a" }, { id: "b", title: "B" }]);
    expect([plan.version, plan.task]).toEqual([3, "the task"]);
    expect(plan.subtasks.map(({ id, title, role }) => [id, title, role])).toEqual([
      ["a", "a", "work"],
      ["b", "B", "work"],
    ]);
  });

  it("is sorted so that each subtask stands after its inputs", () => {
    const plan = expand([{ id: "c", dependsOn: ["b"] }, { id: "b", dependsOn: ["a"] }, { id: "a" }]);
    expect(plan.subtasks.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  it("counts a dependency that is named twice once", () => {
    const plan = expand([{ id: "a" }, { id: "b", dependsOn: ["a", "a"] }]);
    expect(plan.subtasks[1]?.dependsOn).toEqual(["a"]);
  });
});

describe("what is refused", () => {
  it("is an id that is used twice", () => {
    expect(refusal(() => expand([{ id: "a" }, { id: "a" }]))).toBe('subtask id "a" is used twice');
  });

  it("is an id that another subtask's forEach expands to", () => {
    expect(refusal(() => expand([{ id: "a-1" }, { id: "a", forEach: ["x"] }]))).toBe('subtask id "a-1" is used twice');
  });

  it("is a dependency that does not exist, named with its subtask", () => {
    expect(refusal(() => expand([{ id: "a", dependsOn: ["ghost"] }]))).toBe(
      'subtask "a" depends on "ghost", which does not exist',
    );
    expect(refusal(() => expand([{ id: "each", forEach: ["x"], dependsOn: ["toString"] }]))).toBe(
      'subtask "each" depends on "toString", which does not exist',
    );
    expect(refusal(() => expand([{ id: "a", dependsOn: ["evil\nname"] }]))).not.toContain("\n");
  });

  it("is a cycle, which is named", () => {
    expect(
      refusal(() =>
        expand([
          { id: "a", dependsOn: ["b"] },
          { id: "b", dependsOn: ["c"] },
          { id: "c", dependsOn: ["a"] },
        ]),
      ),
    ).toBe("its dependencies form a cycle: a → b → c → a (each waits for the next)");
    expect(refusal(() => expand([{ id: "a", dependsOn: ["a"] }]))).toContain("a → a");
    expect(refusal(() => expand([{ id: "each", forEach: ["x", "y"], dependsOn: ["each"] }]))).toContain(
      "each-1 → each-1",
    );
  });

  it("is more than 4000 subtasks, written out or expanded; 4000 are taken", () => {
    expect(expand(numbered(4000)).subtasks).toHaveLength(4000);
    const tooMany = /^it has more than 4000 subtasks: more work than the ceiling of 4000 steps allows$/;
    expect(refusal(() => expand(numbered(4001)))).toMatch(tooMany);
    const items = Array.from({ length: 3999 }, (_, index) => `item ${index}`);
    expect(expand([{ id: "each", forEach: items }, { id: "one" }]).subtasks).toHaveLength(4000);
    expect(refusal(() => expand([{ id: "each", forEach: items }, { id: "one" }, { id: "two" }]))).toMatch(tooMany);
  });

  it("is a forEach over more documents than a call has arguments, in the same line", () => {
    const paths = Array.from({ length: 150_000 }, (_, index) => `${index}.md`);
    expect(refusal(() => expand([{ id: "each", forEach: { documents: "**" } }], () => paths))).toMatch(
      /^it has more than 4000 subtasks/,
    );
  });
});

describe("forEach over a list", () => {
  it("makes one subtask for each item, numbered in equal width, and remembers group and item", () => {
    const items = Array.from({ length: 10 }, (_, index) => `item ${index}`);
    const { subtasks } = expand([{ id: "each", forEach: items }]);
    expect(subtasks.map(({ id }) => id)).toEqual([...Array(9).keys()].map((n) => `each-0${n + 1}`).concat("each-10"));
    expect(subtasks[9]).toMatchObject({ group: "each", item: "item 9", role: "work", title: "each: item 9" });
    expect(subtasks[0]).not.toHaveProperty("forEach");
  });

  it("fills {{item}} and {{index}} into title and instructions, everywhere", () => {
    const file = parsePlanFile({
      subtasks: [
        {
          id: "e",
          forEach: ["x", "y"],
          title: "{{index}}. {{item}}",
          instructions: "{{item}}, {{ item }} ({{index}})",
        },
      ],
    });
    const { subtasks } = expandPlan(file, { task: "", version: 1, expandDocuments: undefined });
    expect(subtasks.map(({ title, instructions }) => [title, instructions])).toEqual([
      ["1. x", "x, x (1)"],
      ["2. y", "y, y (2)"],
    ]);
  });

  it("takes items as they are, even where they look like a placeholder or a replacement pattern", () => {
    const items = ["$&$1$$", "{{index}}", "{{item}}"];
    const { subtasks } = expand([{ id: "e", forEach: items, title: "<{{item}}>" }]);
    expect(subtasks.map(({ title }) => title)).toEqual(["<$&$1$$>", "<{{index}}>", "<{{item}}>"]);
  });

  it("makes one subtask of an item that is named twice", () => {
    expect(expand([{ id: "e", forEach: ["x", "y", "x"] }]).subtasks.map(({ item }) => item)).toEqual(["x", "y"]);
  });

  it("keeps titles within 300 characters, and well-formed where the cut meets a pair", () => {
    const { subtasks } = expand([{ id: "e", forEach: [`${"x".repeat(296)}\u{1F600}\u{1F600}`], title: "abc{{item}}" }]);
    expect(subtasks[0]?.title.length).toBeLessThanOrEqual(300);
    expect(subtasks[0]?.title.isWellFormed()).toBe(true);
  });

  it("keeps ids valid for the longest id", () => {
    const id = "x".repeat(128);
    expect(
      expand([
        { id, forEach: ["a", "b"] },
        { id: "last", dependsOn: [id] },
      ]).subtasks.at(-1)?.dependsOn,
    ).toEqual([`${"x".repeat(120)}-1`, `${"x".repeat(120)}-2`]);
  });
});

describe("forEach over documents", () => {
  it("asks for the glob and makes one subtask for each path", () => {
    const asked: unknown[] = [];
    const { subtasks } = expand([{ id: "e", forEach: { documents: "**/package.json", as: "folder" } }], (glob, as) => {
      asked.push([glob, as]);
      return ["packages/a", "packages/b"];
    });
    expect(asked).toEqual([["**/package.json", "folder"]]);
    expect(subtasks.map(({ id, item }) => [id, item])).toEqual([
      ["e-1", "packages/a"],
      ["e-2", "packages/b"],
    ]);
  });

  it("is refused where the run has no documents or none matches", () => {
    const plan: Omit<Planned, "instructions">[] = [{ id: "e", forEach: { documents: "*.md" } }];
    expect(refusal(() => expand(plan))).toBe(
      'subtask "e": forEach goes over documents, but the run has none (give --docs)',
    );
    expect(refusal(() => expand(plan, () => []))).toBe('subtask "e": forEach: no document matches "*.md"');
  });
});

describe("a dependency on a forEach", () => {
  it("means all that it expanded to, beside plain ones", () => {
    const { subtasks } = expand([{ id: "sum", dependsOn: ["e", "a"] }, { id: "e", forEach: ["x", "y"] }, { id: "a" }]);
    expect(subtasks.find(({ id }) => id === "sum")?.dependsOn).toEqual(["e-1", "e-2", "a"]);
  });

  it("may name one member", () => {
    const { subtasks } = expand([
      { id: "sum", dependsOn: ["e-2"] },
      { id: "e", forEach: ["x", "y"] },
    ]);
    expect(subtasks.at(-1)).toMatchObject({ id: "sum", dependsOn: ["e-2"] });
  });

  it("of another forEach makes each member wait for all", () => {
    const { subtasks } = expand([
      { id: "first", forEach: ["x", "y"] },
      { id: "second", forEach: ["u", "v"], dependsOn: ["first"] },
    ]);
    for (const { dependsOn } of subtasks.slice(2)) expect(dependsOn).toEqual(["first-1", "first-2"]);
  });
});
