/** LangGraph's checkpointer, as Glasshive relies on it: one suite, ours beside the two of the host. */
import { join } from "node:path";
import { AIMessage, HumanMessage, type BaseMessage } from "@langchain/core/messages";
import {
  Annotation,
  DeltaChannel,
  END,
  MemorySaver,
  messagesDeltaReducer,
  START,
  StateGraph,
} from "@langchain/langgraph";
import {
  emptyCheckpoint,
  uuid6,
  type BaseCheckpointSaver,
  type Checkpoint,
  type CheckpointTuple,
} from "@langchain/langgraph-checkpoint";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { openHomeStorage } from "../../adapters/storage/home-storage.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const SAVERS: { name: string; open: () => BaseCheckpointSaver }[] = [
  { name: "MemorySaver", open: () => new MemorySaver() },
  { name: "SqliteSaver", open: () => SqliteSaver.fromConnString(join(temporaryFolder(), "checkpoints.db")) },
  {
    name: "BatchingSaver",
    open: () => {
      const storage = openHomeStorage(temporaryFolder());
      onTestFinished(() => storage.close());
      return storage.checkpointer;
    },
  },
];

const METADATA = { source: "loop", step: 1, parents: {} } as const;
let made = 0;

function checkpointOf(values: Record<string, unknown>): Checkpoint {
  made += 1;
  return { ...emptyCheckpoint(), id: uuid6(made), channel_values: values };
}

const at = (thread: string, namespace = "", id?: string) => ({
  configurable: { thread_id: thread, checkpoint_ns: namespace, ...(id === undefined ? {} : { checkpoint_id: id }) },
});

async function all(found: AsyncIterable<CheckpointTuple>): Promise<CheckpointTuple[]> {
  const tuples: CheckpointTuple[] = [];
  for await (const tuple of found) tuples.push(tuple);
  return tuples;
}

const idsOf = (tuples: CheckpointTuple[]): string[] => tuples.map(({ checkpoint }) => checkpoint.id);

/** Three checkpoints in a row; returns them, oldest first. */
async function chain(saver: BaseCheckpointSaver, thread: string, namespace = ""): Promise<Checkpoint[]> {
  const checkpoints = [1, 2, 3].map((count) => checkpointOf({ count, text: "Grüße \u{1f41d}" }));
  let parent: string | undefined;
  for (const [step, checkpoint] of checkpoints.entries()) {
    await saver.put(at(thread, namespace, parent), checkpoint, { ...METADATA, step }, {});
    parent = checkpoint.id;
  }
  return checkpoints;
}

describe.each(SAVERS)("$name", ({ open }) => {
  it("gives the newest checkpoint, or the one that is named, with its parent and metadata", async () => {
    const saver = open();
    const [first, second, third] = await chain(saver, "t");
    const newest = await saver.getTuple(at("t"));
    expect(newest).toMatchObject({ checkpoint: third, metadata: { step: 2 }, pendingWrites: [] });
    expect(newest?.config.configurable).toEqual(at("t", "", third!.id).configurable);
    expect(newest?.parentConfig?.configurable?.["checkpoint_id"]).toBe(second!.id);
    expect((await saver.getTuple(at("t", "", first!.id)))?.checkpoint).toEqual(first);
    expect((await saver.getTuple(at("t", "", first!.id)))?.parentConfig).toBeUndefined();
    expect(await saver.getTuple(at("t", "", uuid6(99_999)))).toBeUndefined();
    expect(await saver.getTuple(at("other"))).toBeUndefined();
  });

  it("keeps threads and namespaces apart", async () => {
    const saver = open();
    const [, , root] = await chain(saver, "t");
    const [, , inner] = await chain(saver, "t", "lane:1");
    await chain(saver, "t2");
    expect((await saver.getTuple(at("t")))?.checkpoint).toEqual(root);
    expect((await saver.getTuple(at("t", "lane:1")))?.checkpoint).toEqual(inner);
    expect(await all(saver.list(at("t", "lane:1")))).toHaveLength(3);
    expect(await all(saver.list({ configurable: { thread_id: "t" } }))).toHaveLength(6);
  });

  it("lists newest first, bounded by limit, before and metadata", async () => {
    const saver = open();
    const ids = (await chain(saver, "t")).map(({ id }) => id);
    expect(idsOf(await all(saver.list(at("t"))))).toEqual(ids.toReversed());
    expect(idsOf(await all(saver.list(at("t"), { limit: 2 })))).toEqual([ids[2], ids[1]]);
    expect(idsOf(await all(saver.list(at("t"), { before: at("t", "", ids[2]) })))).toEqual([ids[1], ids[0]]);
    expect(idsOf(await all(saver.list(at("t"), { filter: { step: 1 } })))).toEqual([ids[1]]);
  });

  it("keeps a task's writes once: written again, the first stay; special ones are replaced", async () => {
    const saver = open();
    const [, , last] = await chain(saver, "t");
    const place = at("t", "", last!.id);
    const write = (value: string) =>
      saver.putWrites(
        place,
        [
          ["lanes", value],
          ["messages", [value]],
        ],
        "task-1",
      );
    await write("first");
    await write("second");
    await saver.putWrites(place, [["lanes", "other"]], "task-2");
    for (const message of ["first", "second"]) await saver.putWrites(place, [["__error__", message]], "task-3");
    const pending = (await saver.getTuple(at("t")))?.pendingWrites ?? [];
    expect(pending.toSorted((one, other) => `${one[0]}${one[1]}`.localeCompare(`${other[0]}${other[1]}`))).toEqual([
      ["task-1", "lanes", "first"],
      ["task-1", "messages", ["first"]],
      ["task-2", "lanes", "other"],
      ["task-3", "__error__", "second"],
    ]);
    const [listed] = await all(saver.list(at("t"), { limit: 1 }));
    expect(listed?.pendingWrites).toHaveLength(4);
  });

  it("shows what is still being written to a reader that comes after", async () => {
    const saver = open();
    const checkpoint = checkpointOf({ count: 1 });
    const putting = saver.put(at("t"), checkpoint, METADATA, {});
    await putting;
    const writing = Promise.all(
      ["a", "b", "c"].map((task) => saver.putWrites(at("t", "", checkpoint.id), [["lanes", task]], task)),
    );
    await writing;
    expect((await saver.getTuple(at("t")))?.pendingWrites).toHaveLength(3);
  });

  it("replaces a checkpoint that is put again, and forgets a thread with all that is in it", async () => {
    const saver = open();
    const [, , last] = await chain(saver, "t");
    await saver.put(at("t"), { ...last!, channel_values: { count: 9 } }, METADATA, {});
    expect((await saver.getTuple(at("t")))?.checkpoint.channel_values).toEqual({ count: 9 });
    await chain(saver, "t", "lane:1");
    await chain(saver, "t2");
    await saver.putWrites(at("t", "", last!.id), [["lanes", "x"]], "task");
    await saver.deleteThread("t");
    expect(await all(saver.list({ configurable: { thread_id: "t" } }))).toEqual([]);
    expect(await all(saver.list(at("t2")))).toHaveLength(3);
    await saver.put(at("t"), last!, METADATA, {});
    expect((await saver.getTuple(at("t")))?.pendingWrites).toEqual([]);
  });

  it("refuses a checkpoint without a thread, and writes without a checkpoint", async () => {
    const saver = open();
    await expect(saver.put({ configurable: {} }, checkpointOf({}), METADATA, {})).rejects.toThrow();
    await expect(saver.putWrites(at("t"), [["lanes", "x"]], "task")).rejects.toThrow();
  });
});

/** A conversation in a delta channel, with a node that fails the first time. */
function talk(saver: BaseCheckpointSaver, failure: { left: number }) {
  const messages = () =>
    new DeltaChannel<BaseMessage[], BaseMessage | BaseMessage[]>(messagesDeltaReducer, { snapshotFrequency: 4 });
  const State = Annotation.Root({ messages, turns: Annotation<number> });
  return new StateGraph(State)
    .addNode("speak", ({ turns, messages: said }: typeof State.State) => {
      if (turns === 6 && failure.left > 0) {
        failure.left -= 1;
        throw new Error("the process dies");
      }
      return { turns: turns + 1, messages: [new AIMessage({ id: `m${turns}`, content: `${said.length} so far` })] };
    })
    .addEdge(START, "speak")
    .addConditionalEdges("speak", ({ turns }: typeof State.State) => (turns < 11 ? "speak" : END))
    .compile({ checkpointer: saver });
}

describe.each(SAVERS)("a conversation in a delta channel on $name", ({ open }) => {
  it("is the same after a failure and a resume as without one", async () => {
    const saver = open();
    const failure = { left: 1 };
    const input = { messages: [new HumanMessage({ id: "q", content: "begin" })], turns: 0 };
    const told = ({ messages }: { messages: BaseMessage[] }): string[] =>
      messages.map(({ id, text }) => `${id} ${text}`);
    const calm = told(await talk(saver, { left: 0 }).invoke(input, at("calm")));
    expect(calm).toHaveLength(12);
    await expect(talk(saver, failure).invoke(input, at("t"))).rejects.toThrow("the process dies");
    expect(told(await talk(saver, failure).invoke(null, at("t")))).toEqual(calm);
    expect(told((await talk(saver, failure).getState(at("t"))).values as { messages: BaseMessage[] })).toEqual(calm);
  });
});
