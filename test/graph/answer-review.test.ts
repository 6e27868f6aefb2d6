/** `approve: ["answer"]`: the written answer waits for a human, and the run ends only after the approval. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, INTERRUPT, isInterrupted } from "@langchain/langgraph";
import { describe, expect, test } from "vitest";
import { createSwarm } from "../../app/create-swarm.ts";
import type { HumanRequest } from "../../state/review.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { ScriptedChatModel, type ScriptedStep } from "../support/scripted-chat-model.ts";
import { planOf, scriptedSwarm, thread, WORKER } from "../support/scripted-swarm.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const TASK = { task: "Two parts.", plan: planOf({ a: {}, b: {} }) };
const OPTIONS = { approve: ["answer"] as const };
const reject = (message: string) => ({ decisions: [{ type: "reject", message }] });
const approve = { decisions: [{ type: "approve" }] };

function requestOf(state: unknown): HumanRequest | undefined {
  return isInterrupted<HumanRequest>(state) ? state[INTERRUPT][0]?.value : undefined;
}

function writing(...drafts: ScriptedStep[]) {
  return scriptedSwarm({ a: "A", b: "B", synthesizer: drafts }, OPTIONS);
}

describe("an answer that needs approval", () => {
  test("waits as a request that chat front ends render, and is published as approved", async () => {
    const { swarm, model } = writing("the answer");
    const asked = await swarm.invoke(TASK, thread("t"));
    expect(requestOf(asked)).toEqual({
      kind: "answer",
      subtask: null,
      action_requests: [
        {
          name: "publish_answer",
          args: { answer: "the answer" },
          description: "Publish this answer? Coverage: 2 of 2 done.",
        },
      ],
      review_configs: [{ action_name: "publish_answer", allowed_decisions: ["approve", "edit", "reject"] }],
    });
    expect((await swarm.getState(thread("t"))).values).toMatchObject({ answer: "", status: "running" });
    const state = await swarm.invoke(new Command({ resume: approve }), thread("t"));
    expect(state).toMatchObject({ status: "complete", draft: null, answeredBy: "model" });
    expect(state.answer).toBe("the answer\n\n---\nCoverage: 2 of 2 done.\n");
    expect(state.messages.at(-1)?.text).toBe(state.answer);
    model.expectUsedUp();
  });

  test("that is written the same again is checked again, where nothing is kept beside the store", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "page.md"), "The lamp is lit.\n");
    const cited = 'It is: "The lamp is lit." [page.md:1]';
    const model = { a: cited, b: cited, synthesizer: [cited, cited] };
    const { swarm } = scriptedSwarm(model, { ...OPTIONS, cwd, documents: ["page.md"] });
    await swarm.invoke(TASK, thread("t"));
    await swarm.invoke(new Command({ resume: reject("Once more.") }), thread("t"));
    const state = await swarm.invoke(new Command({ resume: approve }), thread("t"));
    expect(state.answer).toContain(cited);
  });

  test("that is edited is published as the human has it, with its coverage", async () => {
    const { swarm } = writing("the answer");
    await swarm.invoke(TASK, thread("t"));
    const edit = { type: "edit", edited_action: { name: "publish_answer", args: { answer: "my words" } } };
    const state = await swarm.invoke(new Command({ resume: { decisions: [edit] } }), thread("t"));
    expect(state.answer).toBe("my words\n\n---\nCoverage: 2 of 2 done.\n");
    expect(state.answeredBy).toBe("human");
  });

  test("that is rejected is written anew, told every reason; after three rewrites it is approved or edited", async () => {
    const prompts: string[] = [];
    const draft =
      (text: string): ScriptedStep =>
      ({ messages }) => {
        prompts.push(messages.at(-1)!.text);
        return text;
      };
    const { swarm, model } = writing(draft("one"), draft("two"), draft("three"), draft("four"));
    await swarm.invoke(TASK, thread("t"));
    for (const reason of ["too long", "too short", "too dull"])
      await swarm.invoke(new Command({ resume: reject(reason) }), thread("t"));
    expect(prompts[0]).not.toContain("rejected");
    expect(prompts[1]).toContain("one");
    expect(prompts[1]).toContain("too long");
    expect(prompts[3]).toContain("three");
    for (const reason of ["too long", "too short", "too dull"]) expect(prompts[3]).toContain(reason);
    const again = requestOf(await swarm.invoke(new Command({ resume: reject("no") }), thread("t")));
    expect(again).toMatchObject({
      problem: "it has been rewritten 3 times: approve it, or edit it",
      review_configs: [{ allowed_decisions: ["approve", "edit"] }],
    });
    const state = await swarm.invoke(new Command({ resume: approve }), thread("t"));
    expect(state.answer).toMatch(/^four\n/);
    // The lanes have worked once.
    expect(model.calls.filter(({ who }) => who === "a" || who === "b")).toHaveLength(2);
    model.expectUsedUp();
  });

  test("in an unattended run is published as it is, and says that nobody has approved it", async () => {
    const { swarm } = scriptedSwarm({ a: "A", b: "B", synthesizer: "S" }, { ...OPTIONS, unattended: true });
    const state = await swarm.invoke(TASK, thread("t"));
    expect(state.answer).toContain("This answer is not approved: nobody was there to answer.");
    expect(state.answer).not.toContain("denied");
  });

  test("ends the run after the approval: until then there is no result, and the journal has no end", async () => {
    const home = temporaryFolder();
    const model = new ScriptedChatModel({ a: "A", b: "B", synthesizer: "S" });
    const swarm = createSwarm({ ...OPTIONS, model, home, agents: [WORKER] });
    await swarm.invoke(TASK, thread("t"));
    expect(existsSync(join(home, "runs", "t", "result.json"))).toBe(false);
    await swarm.invoke(new Command({ resume: approve }), thread("t"));
    expect(existsSync(join(home, "runs", "t", "result.json"))).toBe(true);
    const kinds = readJournalFile(home, "t").map(({ kind }) => kind);
    expect(kinds.filter((kind) => ["interrupt", "resume", "run-end"].includes(kind))).toEqual([
      "interrupt",
      "resume",
      "run-end",
    ]);
    model.expectUsedUp();
  });
});

test("without `answer` in approve the run takes no superstep more", async () => {
  const { swarm } = scriptedSwarm({ a: "A", b: "B", synthesizer: "S" });
  await swarm.invoke(TASK, thread("t"));
  const next: string[] = [];
  for await (const { next: nodes } of swarm.getStateHistory(thread("t"))) next.push(nodes.join(" "));
  expect(next).toEqual([
    ...["", "synthesizer", "integrate", "lane lane", "skill-router", "plan-review", "planner", "intake", "__start__"],
  ]);
});
