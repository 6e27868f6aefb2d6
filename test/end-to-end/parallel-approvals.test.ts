/** G8: many lanes wait for a human at once; each answer reaches its own lane, in any order, and re-runs nobody else. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";
import { clerks, type ClerksSaid } from "../support/clerks.ts";
import { byRole, synthesizerAnswer, type Behaviour } from "../support/model-server/index.ts";
import { readJournalFile } from "../support/read-journal.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PROGRAM = `
const { clerks } = await import(${JSON.stringify(new URL("../support/clerks.ts", import.meta.url).href)});
process.stdout.write(JSON.stringify(await clerks(...process.argv.slice(1))));
`;
/** The answers that processes of their own give. */
const IN_PROCESSES = [0, 4, 9];
const senders = Array.from({ length: 10 }, (_, index) => `send-${index}`);
const others = Array.from({ length: 20 }, (_, index) => `free-${index}`);

/** All lanes note first; those that send then ask; each ends with a text. */
const clerk: Behaviour = ({ subtaskId, turn }) => {
  const what = `${subtaskId}`;
  if (turn === 0) return { toolCalls: [{ name: "note", args: { what } }] };
  if (turn === 1 && what.startsWith("send")) return { toolCalls: [{ name: "send", args: { what } }] };
  return { content: `Result of ${what}.` };
};

async function office() {
  const server = await serve(byRole({ agent: clerk, synthesizer: synthesizerAnswer() }), {
    delay: { kind: "fixed", ms: 20 },
  });
  const home = join(temporaryFolder(), "home");
  mkdirSync(home);
  const subtasks = [...senders, ...others].map((id) => ({ id, instructions: "Do it.", steps: 4 }));
  writeFileSync(join(home, "plan.json"), JSON.stringify({ subtasks }));
  const flags = ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", PROGRAM];
  /** In a process of its own, or as a swarm of this one: either knows what is on the disk. */
  const run = async (isProcess: boolean, ...args: string[]): Promise<ClerksSaid> => {
    if (!isProcess) return clerks(home, server.url, ...args);
    const child = spawn(process.execPath, [...flags, home, server.url, ...args], {
      env: { ...process.env, OPENAI_API_KEY: "", OPENAI_BASE_URL: "" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect(stderr).toBe("");
    return JSON.parse(stdout) as ClerksSaid;
  };
  const lines = (file: string): string[] =>
    readFileSync(join(home, `${file}.log`), "utf8")
      .trim()
      .split("\n");
  return { server, home, run, lines };
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((each) => ({ each, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ each }) => each);
}

it("ten lanes wait at a tool while twenty run on; they are answered one by one, in random order, by processes and swarms that come and go", async () => {
  const { server, home, run, lines } = await office();
  const callsOf = (id: string): number => server.records().filter(({ subtask }) => subtask === id).length;
  let said = await run(true);
  expect(said.pending.map(({ subtask }) => subtask ?? "").toSorted()).toEqual(senders.toSorted());
  for (const id of others) expect(callsOf(id)).toBe(2);
  for (const id of senders) expect(callsOf(id)).toBe(2);
  const random = seededRandom("approvals");
  const order = shuffled(said.pending, random);
  const denied = order.slice(0, 3).map(({ subtask }) => subtask);
  const answered = new Set<string>();
  for (const [at, { id, subtask }] of order.entries()) {
    const before = server.stats().calls;
    const decision = denied.includes(subtask) ? { type: "reject", message: "no" } : { type: "approve" };
    said = await run(IN_PROCESSES.includes(at), id, JSON.stringify({ decisions: [decision] }));
    answered.add(subtask!);
    // Its lane took its last turn; after the last lane the synthesizer writes.
    expect(server.stats().calls - before).toBe(answered.size === senders.length ? 2 : 1);
    for (const lane of senders) expect(callsOf(lane)).toBe(answered.has(lane) ? 3 : 2);
    expect(said.pending.map((pending) => pending.subtask)).not.toContain(subtask);
    expect(said.pending).toHaveLength(senders.length - answered.size);
  }
  expect(said).toMatchObject({ status: "complete", coverage: { total: 30, done: 30 } });
  for (const id of others) expect(callsOf(id)).toBe(2);
  expect(server.stats()).toMatchObject({ calls: 20 * 2 + 10 * 3 + 1, repeated: [], unexpected: [] });
  // What was done before the pause was done once; what was allowed, once; what was denied, never.
  expect(lines("note").toSorted()).toEqual([...senders, ...others].toSorted());
  expect(lines("send").toSorted()).toEqual(senders.filter((id) => !denied.includes(id)).toSorted());
  const kinds = readJournalFile(home, "r").filter(({ kind }) => kind === "interrupt" || kind === "resume");
  expect(kinds.filter(({ kind }) => kind === "interrupt")).toHaveLength(10);
  expect(kinds.filter(({ kind }) => kind === "resume").map(({ subtask }) => subtask)).toEqual(
    order.map(({ subtask }) => subtask),
  );
}, 240_000);
