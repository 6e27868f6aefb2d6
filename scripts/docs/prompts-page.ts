/** `docs/generated/prompts.md`: the prompts as models get them, out of runs with scripted models, so that a change of one is seen in review. */
import { textOf, type WireMessage, type WireTool } from "../../test/support/model-server/call.ts";
import { ARTIFACTS_RUN, DOCUMENTS_RUN, FOLLOW_UP_RUN, LETTER_RUN } from "./prompt-scripts.ts";
import { requestsOf, type SentRequest } from "./prompt-runs.ts";

/** A prompt of the page: the last request of `who`, or all of its messages up to the request of this number. */
interface Shown {
  title: string;
  run: keyof typeof RUNS;
  who: string;
  /** From 0; default: the last one, which begins with all before it. */
  request?: number;
}

const RUNS = { documents: DOCUMENTS_RUN, letter: LETTER_RUN, artifacts: ARTIFACTS_RUN, followUp: FOLLOW_UP_RUN };

const SHOWN: readonly Shown[] = [
  { title: "Planner, with documents", run: "documents", who: "planner", request: 0 },
  { title: "Planner, without documents", run: "letter", who: "planner", request: 0 },
  { title: "Planner, of a question about an earlier run", run: "followUp", who: "planner", request: 0 },
  { title: "Agent, with documents", run: "documents", who: "north" },
  { title: "Agent, with the results of others, asked for JSON", run: "documents", who: "compare", request: 0 },
  { title: "Agent, without documents", run: "letter", who: "letter", request: 0 },
  { title: "Agent, with artifacts", run: "artifacts", who: "prices" },
  { title: "Agent, with artifacts that it may only read", run: "artifacts", who: "proof", request: 0 },
  { title: "Arbiter", run: "artifacts", who: "arbiter" },
  { title: "Judge", run: "artifacts", who: "judge" },
  { title: "Synthesizer", run: "documents", who: "synthesizer", request: 0 },
];

const FENCE = "`````";

export async function promptsPage(): Promise<string> {
  const requests = new Map<string, SentRequest[]>();
  for (const [name, run] of Object.entries(RUNS)) requests.set(name, await requestsOf(run));
  const tools = new Map<string, WireTool>();
  const prompts = SHOWN.map((shown) => {
    const request = chosen(requests.get(shown.run) ?? [], shown);
    for (const tool of request.tools ?? []) tools.set(JSON.stringify(tool), tool);
    return [`## ${shown.title}`, toolLine(request.tools ?? []), request.messages.map(messageText).join("\n\n")].join(
      "\n\n",
    );
  });
  return [
    "# Prompts",
    "What models are sent, word for word, in runs with scripted models. Each part between fences is one message. What every lane of an agent has in common comes first ([why](../guide/prompts.md)).",
    ...prompts,
    "## Tools",
    ...[...tools.values()].map(toolText),
  ].join("\n\n");
}

function chosen(requests: readonly SentRequest[], { title, who, request }: Shown): SentRequest {
  const found = requests.filter((each) => each.who === who).at(request ?? -1);
  if (found === undefined) throw new Error(`no request for "${title}"`);
  return found;
}

function toolLine(tools: readonly WireTool[]): string {
  const names = tools.map((tool) => `\`${tool.function.name}\``).join(", ");
  return tools.length === 0 ? "No tools." : `Tools, ${JSON.stringify(tools).length} bytes: ${names}.`;
}

function messageText(message: WireMessage): string {
  const calls = (message.tool_calls ?? []).map((call) => `${call.function.name} ${call.function.arguments}`);
  const body = [textOf(message), ...calls].filter((part) => part !== "").join("\n");
  return `${FENCE}text ${message.role}\n${body}\n${FENCE}`;
}

function toolText(tool: WireTool): string {
  const { name, description, parameters } = tool.function;
  return `\`${name}\`, ${JSON.stringify(tool).length} bytes: ${description}\n\n${FENCE}json\n${JSON.stringify(parameters, null, 1)}\n${FENCE}`;
}
