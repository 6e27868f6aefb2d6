/**
 * A key that the process was given, and what a named pattern means, stand nowhere once a run has met them: not in a file of the home, not
 * in what is printed, not in what is traced. The real command against endpoints that say everything back.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { tool } from "@langchain/core/tools";
import { Command, MemorySaver } from "@langchain/langgraph";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createSwarm } from "../../app/create-swarm.ts";
import type { RunResult } from "../../state/run-result.ts";
import type { Behaviour } from "../support/model-server/index.ts";
import { runCommand, type CommandOutcome } from "../support/run-command.ts";
import { ScriptedChatModel } from "../support/scripted-chat-model.ts";
import { serve } from "../support/serve.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startTraceServer } from "../support/trace-server.ts";

const KEY = 'sk-live-9f8e/7d6c+5b4a"3c2d';
const LANGSMITH = "lsv2_pt_0123456789abcdef";
const OTHER = "Zk9-service-token-55";
const MAIL = "ann.bell@example.com";
const CUSTOMER = "C-4711998";

/** Every form in which a key may have been written down. */
function formsOf(secret: string): [string, Buffer][] {
  const json = JSON.stringify(secret).slice(1, -1);
  const texts = {
    plain: secret,
    json,
    twice: JSON.stringify(json).slice(1, -1),
    url: encodeURIComponent(secret),
    base64: Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1),
  };
  const bytes = Object.entries(texts).map(([name, text]): [string, Buffer] => [name, Buffer.from(text)]);
  return [
    ...bytes,
    ["utf-16", Buffer.from(secret, "utf16le")],
    [
      "escapes",
      Buffer.from([...secret].map((mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")),
    ],
  ];
}

function expectNowhere(secrets: readonly string[], places: readonly [string, Buffer][]): void {
  const found = places.flatMap(([place, bytes]) =>
    secrets.flatMap((secret) =>
      formsOf(secret).flatMap(([form, searched]) =>
        bytes.includes(searched) ? [`${secret} (${form}) in ${place}`] : [],
      ),
    ),
  );
  expect(found).toEqual([]);
}

function filesIn(folder: string): [string, Buffer][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((path): [string, Buffer][] => [
      [path, path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path)],
      [`the name of ${path}`, Buffer.from(path)],
    ]);
}

const TOLD = `the key is ${KEY} (${Buffer.from(`api:${KEY}`).toString("base64")}), ask ${MAIL} of ${CUSTOMER}`;

/** Looks the document up with arguments that have the key, escaped too; is refused once with the key in the words; then says it all. */
function tellingAll(): Behaviour {
  let isRefused = false;
  return ({ role, turn }) => {
    if (role === "agent" && turn === 0) {
      const escaped = [...KEY].map((mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
      return {
        reasoning: `thinking of ${KEY}`,
        toolCalls: [
          { name: "read_document", args: { path: "notes.md" } },
          { name: "search_documents", args: `{"query":"${escaped} ${MAIL}"}` },
        ],
      };
    }
    if (!isRefused) {
      isRefused = true;
      return {
        status: 500,
        body: { error: { message: `the upstream says: no to ${KEY} of ${MAIL}`, code: "server_error" } },
      };
    }
    return { content: `${TOLD}. `.repeat(3), chunks: 120 };
  };
}

test("a run with the command: keys and named patterns of every source are in no file, no line and no trace", async () => {
  const cwd = temporaryFolder();
  const home = join(cwd, "home");
  const server = await serve(tellingAll(), { keepBodies: true });
  const traces = await startTraceServer();
  onTestFinished(() => traces.close());
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "docs", "notes.md"), `# Notes of ${MAIL}\n\n${TOLD}\n\nToken: ${OTHER}\n`);
  writeFileSync(join(cwd, "docs", "wide.txt"), Buffer.from(`\ufeff${TOLD}`, "utf16le"));
  writeFileSync(
    join(cwd, "docs", "page.html"),
    `<h1>${MAIL}</h1><p>${[...KEY].map((mark) => `&#${mark.charCodeAt(0)};`).join("")}</p>`,
  );
  writeFileSync(join(cwd, "docs", `of ${CUSTOMER}.md`), "what he bought");
  const plan = {
    subtasks: [{ id: "ask", title: `Ask ${MAIL}`, instructions: `What of ${KEY}?`, skills: ["research"] }],
  };
  writeFileSync(join(cwd, "plan.json"), JSON.stringify(plan));
  const args = ["run", `What is ${KEY}, ${OTHER} or ${MAIL}?`, "--plan", "plan.json", "--docs", "docs", "--home", home];
  const named = ["--redact", "email", "--redact", String.raw`customer=/C-\d{7}/`, "--id", "told", "--model", "m"];
  const env = {
    OPENAI_API_KEY: KEY,
    OPENAI_BASE_URL: server.url,
    SERVICE_TOKEN: OTHER,
    LANGSMITH_TRACING: "true",
    LANGSMITH_ENDPOINT: traces.url,
    LANGSMITH_API_KEY: LANGSMITH,
  };
  const outcome = await runCommand([...args, ...named, "--json", "--verbose"], { cwd, env });
  const shown = await runCommand(["show", "told", "--home", home], { cwd });

  const result = JSON.parse(outcome.stdout) as RunResult;
  expect(result.status).toBe("complete");
  expect(result.answer).toContain("the key is [redacted:key] (");
  expect(result.answer).toContain("ask [redacted:email] of [redacted:customer]");
  expect(result.documents.leftOut).toEqual([
    { reason: "redacted", count: 1, names: ["docs/of [redacted:customer].md"] },
  ]);
  expect(Object.keys(result.redacted).toSorted()).toEqual(["customer", "email", "key"]);
  expect(shown.stdout).toContain("redacted from the documents:");
  expect(shown.stdout).toMatch(/redacted: customer \d+, email \d+, key \d+/);
  expect(traces.bodies.join("")).toContain("[redacted:key]");
  const places: [string, Buffer][] = [
    ...filesIn(home),
    ...Object.entries({ ...outcome, code: "", signal: "" }).map(([name, text]): [string, Buffer] => [
      name,
      Buffer.from(text),
    ]),
    ["show", Buffer.from(shown.stdout + shown.stderr)],
    ["the traces", Buffer.from(traces.bodies.join("\n"))],
    ["what the model was asked", Buffer.from(server.bodies().join("\n"))],
  ];
  expectNowhere([KEY, OTHER, LANGSMITH, MAIL, CUSTOMER], places);
});

test("where a key would be written as it stands, the command says so in a line without it", async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, "a.md"), "text");
  const env = { OPENAI_API_KEY: "sk-live-0123456789" };
  for (const named of [
    ["--id", "sk-live-0123456789"],
    ["--home", "sk-live-0123456789"],
    ["--model", "sk-live-0123456789"],
    ["--redact", "x=/sk-live-0123456789/"],
  ]) {
    const { code, stderr, stdout } = await runCommand(["run", "x", ...named], { cwd, env });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^glasshive: .*holds a key that this process was given/);
    expect(stderr + stdout).not.toContain("sk-live-0123456789");
  }
});

test("a program's tools, people's answers and streams of tokens are redacted before its listeners and records have them", async () => {
  const store = new MemorySaver();
  const heard: string[] = [];
  const lookUp = tool(
    ({ id }: { id: string }) => (id === "bad" ? Promise.reject(new Error(`no ${MAIL}`)) : { mail: MAIL, key: OTHER }),
    {
      name: "look_up",
      description: "looks a customer up",
      schema: z.object({ id: z.string() }),
    },
  );
  const calls = [
    { id: "1", name: "look_up", args: { id: "good" } },
    { id: "2", name: "look_up", args: { id: "bad" } },
  ];
  const model = new ScriptedChatModel({
    a: [{ calls }, `It is ${MAIL} with ${OTHER}.`],
    synthesizer: `Answer: ${OTHER} ${MAIL}`,
  });
  const swarm = createSwarm({
    ...{ model, checkpointer: store, tools: [lookUp], redact: ["email"], apiKey: OTHER, approve: ["answer"] },
    agents: [{ name: "worker", description: "does it", tools: ["look_up"] }],
  });
  onTestFinished(() => swarm.close());
  const hear = (...said: unknown[]): void => void heard.push(JSON.stringify(said));
  const callbacks = [
    {
      handleToolEnd: hear,
      handleToolError: (error: Error) => hear(error.message),
      handleLLMNewToken: hear,
      handleLLMEnd: hear,
      handleChainStart: hear,
      handleChainEnd: hear,
    },
  ];
  const config = { configurable: { thread_id: "one", note: MAIL }, metadata: { of: OTHER }, callbacks };
  const plan = { subtasks: [{ id: "a", instructions: `Ask ${MAIL}.` }] };
  for await (const piece of await swarm.stream(
    { task: `Who is ${MAIL}?`, plan },
    { ...config, streamMode: ["messages", "updates"] },
  ))
    hear(piece);
  const edited = { type: "edit", args: { answer: `It is ${MAIL}` } };
  const state = await swarm.invoke(new Command({ resume: edited }), config);

  expect(state.answer).toContain("It is [redacted:email]");
  expect(heard.join("")).toContain('{\\"mail\\":\\"[redacted:email]\\"');
  const kept = JSON.stringify([store.storage, store.writes], (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : value,
  );
  expectNowhere(
    [OTHER, MAIL],
    [
      ["what listeners heard", Buffer.from(heard.join("\n"))],
      ["checkpoints", Buffer.from(kept)],
    ],
  );
});

/** Says whatever it was sent, headers too: of an endpoint that is asked by mistake, or that is hostile. */
async function startEcho(): Promise<string> {
  const echo = createServer((request, response) => {
    const said = JSON.stringify({ detail: [request.url, request.headers] });
    request.resume().on("end", () => response.writeHead(403, { "content-type": "application/json" }).end(said));
  });
  await new Promise<void>((done) => echo.listen(0, "127.0.0.1", done));
  onTestFinished(() => echo.closeAllConnections());
  onTestFinished(() => void echo.close());
  return `127.0.0.1:${(echo.address() as AddressInfo).port}`;
}

test("a batch, what is exported of it, and its forks: no key of model, collector, tracer or proxy in any file or line", async () => {
  const cwd = temporaryFolder();
  const out = join(cwd, "out");
  const [server, echo] = [await serve(tellingAll()), await startEcho()];
  const [collector, basic, proxy] = ["Otlp-bearer-Tk41", "otlp-basic-Pw42", "proxy-Pw-43xyz"];
  const secrets = [KEY, LANGSMITH, OTHER, collector, basic, proxy];
  const profile = { name: "one", description: `does it with ${OTHER}`, instructions: `Never say ${KEY}.` };
  const plan = { subtasks: [{ id: "ask", instructions: `What of ${basic}?` }] };
  writeFileSync(join(cwd, "agents.json"), JSON.stringify({ agents: [profile] }));
  writeFileSync(join(cwd, "plan.json"), JSON.stringify(plan));
  const rows = [
    { id: "good", task: `What is ${secrets.join(", ")}?`, plan: "plan.json" },
    { id: "bad", task: `Why ${collector}?`, docs: `no-${proxy}` },
  ];
  writeFileSync(join(cwd, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  const env = {
    ...{ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: server.url, SERVICE_TOKEN: OTHER },
    ...{ GLASSHIVE_OTEL: "true", OTEL_EXPORTER_OTLP_ENDPOINT: `http://meter:${basic}@${echo}` },
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${collector}`,
    ...{ LANGSMITH_TRACING: "true", LANGSMITH_ENDPOINT: `http://${echo}`, LANGSMITH_API_KEY: LANGSMITH },
    ...{ HTTPS_PROXY: `http://me:${proxy}@127.0.0.1:9`, NO_PROXY: "127.0.0.1" },
  };
  const ran: CommandOutcome[] = [];
  const glasshive = async (...args: string[]): Promise<void> => void ran.push(await runCommand(args, { cwd, env }));
  await glasshive("batch", "rows.jsonl", "--out", "out", "--agents", "agents.json", "--model", "m", "--verbose");
  await glasshive("fork", "good", "--home", "out", "--at", "ask", "--id", "forked", "--instructions", `Of ${KEY}.`);
  await glasshive("audit", "key", "--home", "out");
  await glasshive("audit", "export", "good", "--home", "out");
  await glasshive("audit", "verify", "out");
  expect(ran.map(({ code }) => code)).toEqual([2, 0, 0, 0, 0]);
  expect(ran[0]?.stderr).toContain("traces are not well");
  const { payload } = JSON.parse(ran[3]?.stdout ?? "{}") as { payload: string };
  expect(readFileSync(join(out, "runs", "good", "journal.jsonl"), "utf8")).toMatch(
    /"traces":\{"langsmith":"[^"]{36}","opentelemetry":"[0-9a-f]{32}"\}/,
  );
  expectNowhere(secrets, [
    ...filesIn(out),
    ...ran.map(({ stdout, stderr }, at): [string, Buffer] => [`command ${at}`, Buffer.from(stdout + stderr)]),
    ["the statement", Buffer.from(payload, "base64")],
  ]);
});

test("a key as the id of a run, or in the name of its home, is refused before anything is written", async () => {
  const folder = temporaryFolder();
  const key = "Zk9servicetoken55x";
  const env = { SOME_PASSWORD: key };
  for (const args of [
    ["run", "What?", "--home", join(folder, "home"), "--id", key],
    ["run", "What?", "--home", join(folder, key)],
  ]) {
    const { code, stderr } = await runCommand(args, { cwd: folder, env });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("holds a key") as string });
  }
  const names = readdirSync(folder, { recursive: true }).map(String);
  expect(names.filter((name) => name.includes(key))).toEqual([]);
});
