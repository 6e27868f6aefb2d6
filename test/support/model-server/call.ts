/**
 * What a behaviour is told about one request: the parsed body, and which planner, lane and turn it comes from. Roles and
 * subtasks are read from the prompts that Glasshive writes (first system line; `<agent name="…">`; `<subtask id="…">`).
 */

export interface WireMessage {
  role: string;
  content?: string | { type: string; text?: string }[] | null;
  tool_calls?: { id?: string; type?: string; function: { name: string; arguments: string } }[];
  tool_call_id?: string;
  reasoning_content?: string;
}

export interface WireTool {
  type: string;
  function: { name: string; description?: string; parameters?: unknown };
}

export interface ChatRequest {
  model: string;
  messages: WireMessage[];
  tools?: WireTool[];
  stream?: boolean;
  stream_options?: { include_usage?: boolean } | null;
}

export type Role = "planner" | "synthesizer" | "agent" | "other";

export interface ModelCall {
  /** 1 for the first chat completion that this server saw. */
  n: number;
  model: string;
  messages: WireMessage[];
  tools: WireTool[];
  /** All system messages, one below the other. */
  systemText: string;
  role: Role;
  /** The agent's name, for role `agent`. */
  agent: string | null;
  /** Of agents and unknown callers; null for the planner and the synthesizer, whose prompts may name many subtasks. */
  subtaskId: string | null;
  /** From `<subtask id="…" attempt="2">`, where the prompt says it. */
  attempt: number | null;
  /** Assistant messages already in the conversation: 0 for a lane's first call. */
  turn: number;
  /** Earlier calls of the same role, subtask and turn: lets a behaviour fail once and then answer. */
  seen: number;
  stream: boolean;
  includeUsage: boolean;
  /** A quarter of the bytes of messages and tools as they were sent, rounded up. */
  inputTokens: number;
  /** The whole body, for whatever is not listed above. */
  request: ChatRequest;
}

export function textOf(message: WireMessage): string {
  if (typeof message.content === "string") return message.content;
  return (message.content ?? []).map((part) => part.text ?? "").join("");
}

/** Parses a request body; undefined where it is no chat completion request. */
export function parseChatRequest(body: string): ChatRequest | undefined {
  try {
    const parsed = JSON.parse(body) as Partial<ChatRequest> | null;
    return typeof parsed?.model === "string" && Array.isArray(parsed.messages) ? (parsed as ChatRequest) : undefined;
  } catch {
    return undefined;
  }
}

/** Everything that the request itself tells; the server adds `n` and `seen`. */
export function describeCall(request: ChatRequest, bodyBytes: number): Omit<ModelCall, "n" | "seen"> {
  const systemText = request.messages.filter(isSystem).map(textOf).join("\n");
  const { role, agent } = roleOf(systemText);
  const mark = role === "planner" || role === "synthesizer" ? undefined : findSubtaskTag(systemText, request.messages);
  return {
    model: request.model,
    messages: request.messages,
    tools: request.tools ?? [],
    systemText,
    role,
    agent,
    subtaskId: mark?.id ?? null,
    attempt: mark?.attempt ?? null,
    turn: request.messages.reduce((count, message) => (message.role === "assistant" ? count + 1 : count), 0),
    stream: request.stream === true,
    includeUsage: request.stream_options?.include_usage === true,
    inputTokens: Math.ceil(promptBytes(request, bodyBytes) / 4),
    request,
  };
}

function isSystem(message: WireMessage): boolean {
  return message.role === "system" || message.role === "developer";
}

function roleOf(systemText: string): { role: Role; agent: string | null } {
  const firstLine = systemText.split("\n", 1)[0] ?? "";
  if (firstLine.startsWith("You are the planner of a Glasshive swarm")) return { role: "planner", agent: null };
  if (firstLine.startsWith("You are the synthesizer of a Glasshive swarm")) return { role: "synthesizer", agent: null };
  const named = /^You are (?:(.+?), )?an agent of a Glasshive swarm/.exec(firstLine);
  if (named === null) return { role: "other", agent: null };
  const agent =
    named[1] ??
    systemText
      .match(/^<agent name="[^"]+"/gm)
      ?.at(-1)
      ?.slice('<agent name="'.length, -1);
  return { role: "agent", agent: agent ?? null };
}

function findSubtaskTag(
  systemText: string,
  messages: WireMessage[],
): { id: string; attempt: number | null } | undefined {
  const inSystem = subtaskTag(systemText);
  if (inSystem !== undefined) return inSystem;
  for (const message of messages) {
    const found = message.role === "user" ? subtaskTag(textOf(message)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function subtaskTag(text: string): { id: string; attempt: number | null } | undefined {
  const tag = /<subtask\b([^>]*)>/.exec(text)?.[1];
  const id = tag === undefined ? undefined : /\bid="([^"]+)"/.exec(tag)?.[1];
  if (tag === undefined || id === undefined) return undefined;
  const attempt = /\battempt="(\d+)"/.exec(tag)?.[1];
  return { id, attempt: attempt === undefined ? null : Number(attempt) };
}

/** Bytes of messages and tools without writing them again: the body less everything else in it (exact for compact JSON). */
function promptBytes(request: ChatRequest, bodyBytes: number): number {
  const { messages: _messages, tools, ...rest } = request;
  const restBytes = Buffer.byteLength(
    JSON.stringify({ ...rest, messages: 0, ...(tools === undefined ? {} : { tools: 0 }) }),
  );
  return bodyBytes - restBytes + (tools === undefined ? 1 : 2);
}
