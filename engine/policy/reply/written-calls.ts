/**
 * Tool calls that a model has written into its text, in the dialects of its training, since its server did not read them: Hermes
 * and Qwen, Llama, Kimi, DeepSeek, GLM, Mistral, MiniMax and Claude, gpt-oss, ReAct, Python's, tags named as the tool, or plain JSON.
 * What is quoted in a code block or within backquotes is text. Pure.
 */
import { readArguments, readLoosely, withoutFence } from "./loose-json.ts";
import { isRecord } from "../../../state/is-record.ts";

export interface WrittenCall {
  name: string;
  /** Undefined: they cannot be read. */
  args: Record<string, unknown> | undefined;
  /** Name and arguments as they were written. */
  raw: string;
}

export interface WrittenCalls {
  /** None: the text has the marks of a call, but no call that can be read. */
  calls: WrittenCall[];
  /** What was said before the calls. */
  text: string;
}

const TAGS = String.raw`<[^\s<>"=]{0,24}?`;
/** Characters behind a mark in which a name may end. */
const LONGEST_NAME = 200;
const MARK = new RegExp(
  [
    String.raw`${TAGS}(?:tool_calls?|function_calls?)>|<functioncall>|<TOOLCALL>|<function=|<\|tool_call\|>|<\|python_tag\|>`,
    String.raw`<\|tool_calls_section_begin\|>|<\|tool_call_begin\|>|<｜tool▁calls?▁begin｜>|\[TOOL_CALLS\]`,
    String.raw`${TAGS}invoke\s+name=|<\|channel\|>commentary\s+to=`,
  ].join("|"),
  "g",
);
/** What stands behind a mark that is only spoken of: the next word of its sentence, the end of a cell, of a clause, of a quotation. */
const SPOKEN_OF = /^(?:[ \t]+(?!\w+[ \t]*[\n({<])[^\s{[<`]|[,.;:)|"'”’])/;
const QUOTED = /^[ \t]*(```|~~~)[^]*?(?:^[ \t]*\1|$(?![^]))|`[^`\n]*`/gm;

/** Name and body of each call; one that is not closed goes on to the next, or to the end. */
const DIALECTS: readonly RegExp[] = [
  new RegExp(
    String.raw`${TAGS}invoke\s+name=["']?(?<name>[^"'<>\n]{1,200})["']?[^>]*>(?<body>[^]*?)(?:</[^\s<>]{0,24}?invoke>|(?=${TAGS}invoke\s)|$)`,
    "g",
  ),
  /<function=["']?(?<name>[^"'<>\n]{1,200})["']?>(?<body>[^]*?)(?:<\/function>|(?=<function=)|$)/g,
  /<\|tool_call_begin\|>\s*(?<name>[^\s<]{1,200})\s*<\|tool_call_argument_begin\|>(?<body>[^]*?)(?:<\|tool_call_end\|>|(?=<\|tool_call_begin\|>)|$)/g,
  /<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?\s*(?<name>[^\s<]{1,200})\s*(?:<｜tool▁sep｜>)?(?<body>[^]*?)(?:<｜tool▁call▁end｜>|(?=<｜tool▁call▁begin｜>)|$)/g,
  /<\|channel\|>commentary\s+to=(?<name>[^\s<]{1,200})[^{]{0,100}?<\|message\|>(?<body>[^]*?)(?:<\|call\|>|(?=<\|channel\|>)|$)/g,
  /\[TOOL_CALLS\]\s*(?<name>[A-Za-z_][\w.-]{0,199})\s*(?:\[CALL_ID\][\w-]{0,100})?(?:\[ARGS\])?\s*(?<body>\{[^]*?)(?=\[TOOL_CALLS\]|$)/g,
  /<tool_call>\s*(?<name>[A-Za-z_][\w.-]{0,199})\s*(?<body><arg_key>[^]*?)(?:<\/tool_call>|(?=<tool_call>)|$)/g,
];
/** Marks before which the whole call is JSON, or a list of calls. */
const JSON_MARKS =
  /(?:<tool_calls?>|<function_calls?>|<functioncall>|<TOOLCALL>|<\|tool_call\|>|<\|python_tag\|>|\[TOOL_CALLS\])\s*(?:```\w*\s*)?(?=[[{])/g;
const PARAMETER = new RegExp(
  String.raw`(?:<parameter=["']?([^"'<>\n]{1,200})["']?>|${TAGS}parameter\s+name=["']([^"'<>\n]{1,200})["'][^>]*>)([^]*?)(?:</[^\s<>]{0,24}?parameter>|(?=<parameter=)|$)`,
  "g",
);
const ARGUMENT_PAIR = /<arg_key>([^<]{1,200})<\/arg_key>\s*<arg_value>([^]*?)(?:<\/arg_value>|$)/g;

/** Undefined: the text is no call. `isTool`: whether there is one of that name; JSON alone is a call only where there is. */
export function writtenCalls(text: string, isTool: (name: string) => boolean): WrittenCalls | undefined {
  const whole = text.trim();
  const bare = withoutFence(whole);
  const start = markIn(bare);
  if (start === undefined) return jsonCalls(bare, isTool) ?? spokenCalls(bare, isTool);
  const marked = markedCalls(bare, start, isTool);
  // A block of code may well be an example that was asked for.
  return bare === whole || marked.calls.some(({ name }) => isTool(name)) ? marked : undefined;
}

function markedCalls(bare: string, start: number, isTool: (name: string) => boolean): WrittenCalls {
  const section = bare.slice(start);
  const dialect = DIALECTS.map((pattern) => [...section.matchAll(pattern)]).find((found) => found.length > 0);
  const calls =
    dialect?.map(({ groups }) => bodyCall(groups?.["name"] ?? "", groups?.["body"] ?? "")) ?? markedJson(section);
  const tagged =
    calls.length === 0 && section.length <= LONGEST_SPOKEN
      ? pythonCalls(section.replace(/^<\|python_tag\|>/, ""), isTool)
      : [];
  return { calls: tagged.length > 0 ? tagged : calls, text: bare.slice(0, start).trim() };
}

/** Whether a text has the marks of a call outside of what it quotes. */
export function hasWrittenCall(text: string): boolean {
  return markIn(text.trim()) !== undefined;
}

function markIn(text: string): number | undefined {
  if (text.search(MARK) === -1) return undefined;
  const shown = text.replace(QUOTED, (quoted) => " ".repeat(quoted.length));
  for (const { 0: mark, index } of shown.matchAll(MARK)) {
    const behind = index + mark.length;
    if (mark.endsWith("=") || !SPOKEN_OF.test(shown.slice(behind, behind + LONGEST_NAME))) return index;
  }
  return undefined;
}

function bodyCall(name: string, body: string): WrittenCall {
  const pairs = [
    ...[...body.matchAll(PARAMETER)].map(([, one, other, value]) => [one ?? other ?? "", value ?? ""] as const),
    ...[...body.matchAll(ARGUMENT_PAIR)].map(([, key, value]) => [(key ?? "").trim(), value ?? ""] as const),
  ];
  const args = pairs.length > 0 ? parameters(pairs) : readArguments(body);
  return { name: name.trim(), args, raw: `${name.trim()} ${body.trim()}` };
}

function parameters(pairs: readonly (readonly [string, string])[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(([key, value]) => [key, value.replace(/^\n|\n$/g, "")]));
}

/** Behind so many that cannot be read no more are looked for: each may take a look through the whole text. */
const MOST_UNREADABLE = 20;

function markedJson(section: string): WrittenCall[] {
  const calls: WrittenCall[] = [];
  let unreadable = 0;
  for (const { 0: mark, index } of section.matchAll(JSON_MARKS)) {
    const read = readLoosely(section.slice(index + mark.length));
    if (read === undefined) unreadable += 1;
    else calls.push(...(shapesOf(read.value) ?? []).map(callOfShape));
    if (unreadable === MOST_UNREADABLE) break;
  }
  return calls;
}

function jsonCalls(text: string, isTool: (name: string) => boolean): WrittenCalls | undefined {
  const block = /(?:^|\n)[ \t]*```[\w+-]*[ \t]*\n(\s*[[{][^]*?)\n[ \t]*```\s*$/.exec(text.slice(-20_000));
  const json = /^[[{]/.test(text) ? text : block?.[1];
  if (json === undefined) return undefined;
  const shapes = shapesOf(readLoosely(json)?.value);
  if (shapes === undefined) return undefined;
  const calls = shapes.map(callOfShape);
  const isOfTools = calls.every(({ name }) => isTool(name)) && shapes.every(isCallShape);
  const isCall = isOfTools || (json === text && shapes.every(isPlainShape));
  if (!isCall) return undefined;
  return { calls, text: json === text ? "" : text.slice(0, text.lastIndexOf(block?.[0] ?? "")).trim() };
}

/** An action of ReAct, or calls in tags or words at the end of a text, or nothing but calls as Python writes them: all only where there is such a tool. */
function spokenCalls(text: string, isTool: (name: string) => boolean): WrittenCalls | undefined {
  const shown = text.replace(QUOTED, (quoted) => quoted.replace(/[^\n]/g, " "));
  const action = /^[ \t]*Action:[ \t]*([\w.-]{1,200})[ \t]*\n\s*Action Input:/m.exec(shown);
  if (action?.[1] !== undefined && isTool(action[1])) {
    const [body = ""] = text.slice(action.index + action[0].length).split(/\n[ \t]*Observation:/);
    return { calls: [bodyCall(action[1], body)], text: text.slice(0, action.index).trim() };
  }
  if (text.length > LONGEST_SPOKEN) return undefined;
  const atEnd = taggedCalls({ text, shown }, isTool) ?? namedCall({ text, shown }, isTool);
  if (atEnd !== undefined) return atEnd;
  const block = /(?:^|\n)[ \t]*```tool_(?:code|call)[ \t]*\n([^]*?)\n[ \t]*```\s*$/.exec(text);
  const calls = pythonCalls(block?.[1] ?? text, isTool);
  if (calls.length === 0) return undefined;
  return { calls, text: block === null ? "" : text.slice(0, text.lastIndexOf(block[0])).trim() };
}

interface Shown {
  text: string;
  /** The same without what is quoted. */
  shown: string;
}

const OPENING_TAG = /^[ \t]*<([A-Za-z_][\w.-]{0,199})>/gm;
const TAGGED_CALL = /\s*<([A-Za-z_][\w.-]{0,199})>([^]*?)<\/\1>\s*/y;
const TAGGED_VALUE = /<([A-Za-z_][\w.-]{0,199})>([^]*?)<\/\1>/g;

/** `<search><query>pump</query></search>`, one behind the other, up to the end of the text. */
function taggedCalls({ text, shown }: Shown, isTool: (name: string) => boolean): WrittenCalls | undefined {
  const start = [...shown.matchAll(OPENING_TAG)].find(([, name = ""]) => isTool(name))?.index;
  if (start === undefined) return undefined;
  const calls: WrittenCall[] = [];
  TAGGED_CALL.lastIndex = start;
  for (let end = start; end < text.length; end = TAGGED_CALL.lastIndex) {
    const [, name, body = ""] = TAGGED_CALL.exec(text) ?? [];
    if (name === undefined || !isTool(name)) return undefined;
    const pairs = [...body.matchAll(TAGGED_VALUE)].map(([, key = "", value = ""]) => [key, value.trim()] as const);
    calls.push({
      name,
      args: pairs.length > 0 ? parameters(pairs) : readArguments(body),
      raw: `${name} ${body.trim()}`,
    });
  }
  return { calls, text: text.slice(0, start).trim() };
}

const NAMED_CALL =
  /^[ \t]*\[?(?:(?:call(?:ing)?|us(?:e|ing)|invok(?:e|ing)|execut(?:e|ing)|running)[ \t]+)?(?:(?:tool|function)(?:[ \t]call)?[ \t]*:?[ \t]*)?[`*]{0,2}([A-Za-z_][\w.-]{0,199})[`*]{0,2}[ \t]*(?:with(?:[ \t]+(?:arguments|args|parameters|input))?|:)?[ \t]*(?=\{)/gim;

/** `[Calling tool: search with {"query": "pump"}]`, `search {"query": "pump"}`: the last that is said. */
function namedCall({ text, shown }: Shown, isTool: (name: string) => boolean): WrittenCalls | undefined {
  const found = [...shown.matchAll(NAMED_CALL)].findLast(([, name = ""]) => isTool(name));
  if (found?.[1] === undefined) return undefined;
  const read = readLoosely(text.slice(found.index + found[0].length));
  if (read === undefined || !/^[\s\])]*$/.test(read.rest)) return undefined;
  const raw = JSON.stringify(read.value);
  return {
    calls: [{ name: found[1], args: readArguments(raw), raw: `${found[1]} ${raw}` }],
    text: text.slice(0, found.index).trim(),
  };
}

/** What is longer is a result, not a few calls. */
const LONGEST_SPOKEN = 20_000;
const PYTHON_STRING = String.raw`"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'`;
const PYTHON_CALL = new RegExp(
  String.raw`[\s,;]*(?:print\()?([A-Za-z_][\w.-]{0,199})\(((?:[^"'()]|${PYTHON_STRING})*)\)+`,
  "y",
);
const KEYWORD = new RegExp(String.raw`(${PYTHON_STRING})|([A-Za-z_]\w{0,199})\s*=(?!=)`, "g");

/** `[search(query="pump"), search(query="valve")]`, with or without the brackets; none where anything else stands there. */
function pythonCalls(text: string, isTool: (name: string) => boolean): WrittenCall[] {
  const bare = /^\[([^]*)\]$/.exec(text.trim())?.[1] ?? text.trim();
  const calls: WrittenCall[] = [];
  let end = 0;
  while (end < bare.length) {
    PYTHON_CALL.lastIndex = end;
    const [whole, named, body = ""] = PYTHON_CALL.exec(bare) ?? [];
    const name = [named, named?.replace(/\.call$/, "")].find((each) => each !== undefined && isTool(each));
    if (whole === undefined || name === undefined) return [];
    const fields = body.replace(KEYWORD, (part: string, quoted?: string, key?: string) =>
      quoted === undefined ? `${JSON.stringify(key)}:` : part,
    );
    calls.push({ name, args: readArguments(`{${fields}}`), raw: `${name} ${body}` });
    end += whole.length;
  }
  return calls;
}

interface Shape {
  name: string;
  args: unknown;
  /** Everything else in it. */
  others: string[];
  argsName: string | undefined;
  hasArguments: boolean;
}

const NAME_KEYS = ["name", "tool", "tool_name", "action", "function"];
const ARGUMENT_KEYS = ["arguments", "parameters", "args", "input", "tool_input", "action_input"];

/** The calls that a JSON value is made of; undefined where it is something else. */
function shapesOf(value: unknown): Shape[] | undefined {
  if (Array.isArray(value)) {
    const shapes = value.map((each) => shapesOf(each));
    return value.length > 0 && shapes.every((each) => each !== undefined) ? shapes.flat() : undefined;
  }
  if (!isRecord(value)) return undefined;
  const fields = value;
  if (Array.isArray(fields["tool_calls"])) return shapesOf(fields["tool_calls"]);
  if (typeof fields["function"] === "object" && fields["function"] !== null) return shapesOf(fields["function"]);
  const nameKey = NAME_KEYS.find((key) => typeof fields[key] === "string");
  const name = nameKey === undefined ? undefined : fields[nameKey];
  if (typeof name !== "string") return undefined;
  const argsName = ARGUMENT_KEYS.find((key) => fields[key] !== undefined);
  const others = Object.keys(fields).filter(
    (key) => key !== nameKey && key !== argsName && key !== "id" && key !== "type",
  );
  const args = argsName === undefined ? {} : fields[argsName];
  const hasArguments = argsName !== undefined;
  return [{ name, args, others, hasArguments, argsName: nameKey === "name" ? argsName : undefined }];
}

/** What names a tool to say something of it is no call of it. */
function isCallShape({ hasArguments, others }: Shape): boolean {
  return (hasArguments || others.length === 0) && !others.includes("description");
}

/** `{"name": …, "arguments": {…}}` and nothing else: that is a call, and no result of anything. */
function isPlainShape({ argsName, others, args }: Shape): boolean {
  return (argsName === "arguments" || argsName === "parameters") && others.length === 0 && typeof args === "object";
}

function callOfShape({ name, args }: Shape): WrittenCall {
  const raw = typeof args === "string" ? args : JSON.stringify(args);
  return { name, args: readArguments(raw), raw: `${name} ${raw}` };
}
