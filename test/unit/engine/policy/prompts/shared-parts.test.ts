import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedOpening, subtaskMessage } from "../../../../../engine/policy/prompts/agent-prompt.ts";
import { sections } from "../../../../../engine/policy/prompts/markup.ts";
import {
  LEAST_SHARED_CHARACTERS,
  sharedFirst,
  sharedParts,
} from "../../../../../engine/policy/prompts/shared-parts.ts";
import type { Subtask } from "../../../../../state/plan.ts";
import { wholeInstructions } from "../../../../support/prompt-role.ts";
import { planOf, resultOf, subtaskOf } from "../../builders.ts";

const LONG = "Say what it costs, since when, and who says so. ".repeat(20);
const each = (item: string, text = `Look up {{item}}. ${LONG}Then compare {{item}} with the rest.`): Subtask =>
  subtaskOf(`each-${item}`, { group: "each", item, instructions: text.replaceAll("{{item}}", item) });

describe("what the subtasks of a plan share", () => {
  it("is the text that a group was expanded from", () => {
    const { instructions, membersOf } = sharedParts(planOf(each("apples"), each("pears"), subtaskOf("alone")));
    expect(instructions.get("each-apples")).toEqual({
      kind: "template",
      text: `Look up {{item}}. ${LONG}Then compare {{item}} with the rest.`,
    });
    expect(instructions.get("each-pears")).toEqual(instructions.get("each-apples"));
    expect(instructions.has("alone")).toBe(false);
    expect([membersOf(each("pears")), membersOf(subtaskOf("alone"))]).toEqual([2, 1]);
  });

  it("is what the instructions begin with, where nobody named a group", () => {
    const plan = planOf(...["one", "two"].map((id) => subtaskOf(id, { instructions: `${LONG}Now do ${id}.` })));
    expect(sharedParts(plan).instructions.get("two")).toEqual({ kind: "head", text: `${LONG}Now do `, rest: "two." });
  });

  it("is nothing where it would be short, or where a group's texts differ beside their items", () => {
    expect(sharedParts(planOf(each("a", "Look up {{item}}."), each("b", "Look up {{item}}."))).instructions.size).toBe(
      0,
    );
    const odd = planOf(each("apples"), subtaskOf("x", { group: "each", item: "pears", instructions: "Else." }));
    expect(sharedParts(odd).instructions.size).toBe(0);
  });

  it("stays the same when recovery adds parts to the plan", () => {
    const plan = planOf(
      ...["one", "two"].map((id) => subtaskOf(id, { instructions: `${LONG}Now do ${id}.`, dependsOn: ["in"] })),
    );
    const part = subtaskOf("one.1", { role: "part", instructions: LONG.slice(0, 600), dependsOn: ["in"] });
    const later = sharedParts({ ...plan, version: 2, subtasks: [...plan.subtasks, part] });
    expect(later.instructions).toEqual(sharedParts(plan).instructions);
    expect(later.dependentsOn("in")).toBe(2);
  });

  it("loses nothing: shared and own part are the instructions", () => {
    const texts = fc.array(fc.constantFrom("alpha ", "beta\n", "gamma", " ", "{{x}} "), { maxLength: 6 });
    fc.assert(
      fc.property(
        texts,
        texts,
        fc.uniqueArray(fc.stringMatching(/^[a-z]{3,8}$/), { minLength: 2, maxLength: 5 }),
        (before, after, items) => {
          const template = `${before.join("")}{{item}} ${LONG}${after.join("")}`;
          const plan = planOf(...items.map((item) => each(item, template)));
          for (const subtask of plan.subtasks) {
            const shared = sharedParts(plan).instructions.get(subtask.id);
            const item = subtask.item as string;
            const whole =
              shared === undefined
                ? subtask.instructions
                : shared.kind === "head"
                  ? shared.text + shared.rest
                  : shared.text.replaceAll("{{item}}", item);
            expect(whole).toBe(subtask.instructions);
          }
        },
      ),
    );
  });
});

describe("the opening of siblings", () => {
  const plan = planOf(each("apples"), each("pears"));
  const facts = (subtask: Subtask, own: string) => ({
    ...{ subtask, inputs: [resultOf("common"), resultOf(own)], missing: [] },
    shared: sharedParts(plan).instructions.get(subtask.id),
    isCommon: (id: string) => id === "common",
  });

  it("begins with the results and the instructions that they share, to the byte", () => {
    const [one, other] = plan.subtasks.map((subtask) => facts(subtask, `own-${subtask.item}`));
    const head = sharedOpening(one!);
    expect(sharedOpening(other!)).toBe(head);
    expect(head.length).toBeGreaterThan(LEAST_SHARED_CHARACTERS);
    for (const each of [one!, other!]) expect(subtaskMessage(each).text.startsWith(head)).toBe(true);
    for (const word of ["apples", "pears", "own-"]) expect(head).not.toContain(word);
  });

  it("still says everything, after what is shared", () => {
    const text = subtaskMessage(facts(plan.subtasks[1]!, "own-pears")).text;
    const [instructions] = sections(text, "instructions");
    const [subtask] = sections(text, "subtask");
    expect(subtask?.attributes).toMatchObject({ id: "each-pears", group: "each", item: "pears" });
    const shared = { kind: instructions!.attributes["kind"], body: instructions!.body };
    expect(wholeInstructions({ shared, body: subtask!.body, item: "pears" })).toBe(plan.subtasks[1]!.instructions);
    expect(
      sections(text, "inputs")
        .flatMap(({ body }) => sections(body, "input"))
        .map(({ body }) => body),
    ).toEqual(["output of common", "output of own-pears"]);
  });
});

describe("the order of tools and skills", () => {
  it("puts first what most agents have, then goes by name, whatever the profiles say", () => {
    const lists = [
      ["read", "search"],
      ["search", "write"],
      ["calc", "search", "read"],
    ];
    expect(sharedFirst(lists[0]!, lists)).toEqual(["search", "read"]);
    expect(sharedFirst(lists[1]!, lists)).toEqual(["search", "write"]);
    expect(sharedFirst(["read", "calc", "search", "calc"], lists)).toEqual(["search", "read", "calc"]);
  });
});
