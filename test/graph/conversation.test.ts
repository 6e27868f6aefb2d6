/** A second question on a thread knows the first one and its answer. */
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { MemorySaver } from "@langchain/langgraph";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import { sections } from "../../engine/policy/prompts/markup.ts";
import { planOf, scriptedSwarm, thread } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TWO = JSON.stringify(planOf({ s1: {}, s2: { dependsOn: ["s1"] } }));

/** What a prompt says was asked and answered before. */
function earlierIn(messages: readonly { text: string }[]): [string, string][] {
  const text = messages.map((message) => message.text).join("\n");
  return sections(text, "exchange").map(({ body }) => [
    sections(body, "question")[0]?.body ?? "",
    sections(body, "answer")[0]?.body.split("\n")[0] ?? "",
  ]);
}

it("planner, agents and synthesizer of each turn are shown the turns before, and no others", async () => {
  const script = {
    ...{ planner: [TWO, TWO, TWO], s1: ["one", "two", "three"], s2: ["1", "2", "3"] },
    synthesizer: ["One.", "Two.", "Three."],
  };
  const { swarm, model } = scriptedSwarm(script);
  for (const task of ["First?", "Second?", "Third?"]) await swarm.invoke({ task }, thread("t"));
  await swarm.close();
  const shown = (number: number) =>
    model.calls.filter((call) => call.number === number).map(({ who, messages }) => [who, earlierIn(messages)]);
  const [one, two] = [
    ["First?", "One."],
    ["Second?", "Two."],
  ];
  const everybody = ["planner", "s1", "s2", "synthesizer"];
  expect(shown(1)).toEqual(everybody.map((who) => [who, []]));
  expect(shown(2)).toEqual(everybody.map((who) => [who, [one]]));
  expect(shown(3)).toEqual(everybody.map((who) => [who, [one, two]]));
});

it("a chat's messages are such turns, and `history` takes their place", async () => {
  const script = { planner: [TWO, TWO], s1: ["one", "two"], s2: ["1", "2"], synthesizer: ["One.", "Two."] };
  const { swarm, model } = scriptedSwarm(script, { checkpointer: undefined });
  const messages = [new HumanMessage("Before?"), new AIMessage("So it was."), new HumanMessage("And now?")];
  const { answer } = await swarm.invoke({ messages });
  expect(answer).toContain("One.");
  await swarm.invoke({ messages, history: [{ task: "Otherwise?", answer: "Yes." }] });
  await swarm.close();
  const ofPlanner = model.calls.filter(({ who }) => who === "planner").map(({ messages: asked }) => earlierIn(asked));
  expect(ofPlanner).toEqual([[["Before?", "So it was."]], [["Otherwise?", "Yes."]]]);
});

it("a history of another shape is refused", async () => {
  const { swarm } = scriptedSwarm({});
  const history = [{ question: "?", answer: "!" }] as never;
  await expect(swarm.invoke({ task: "Now?", history }, thread("t"))).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining("history") as string,
  });
  await swarm.close();
});

it("without a language model a second question about another thing is the first about that", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "ports.md"), "The port of alpha is 8080.\n\nThe port of beta is 9090.\n");
  await using swarm = createSwarm({ documents: ["ports.md"], cwd, checkpointer: new MemorySaver() });
  const first = await swarm.invoke({ task: "What is the port of alpha?" }, thread("t"));
  expect(first.answer).toContain("8080");
  const second = await swarm.invoke({ messages: [new HumanMessage("and what about beta?")] }, thread("t"));
  expect(second.answer).toContain("9090");
  expect(second.answer).not.toContain("8080");
});
