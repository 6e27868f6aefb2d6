/** What is read of a recording's contents: texts, conversations, messages, and where two conversations part. Pure, but for that. */
import { AIMessage } from "@langchain/core/messages";
import { type RecordedMessage, type RecordedText, contentJson, contentText } from "../../journal/recorded-messages.ts";
import type { Contents } from "../../ports/board.ts";
import type { Usage } from "../../../state/usage.ts";

/** Characters around a difference. */
const AROUND = 40;

export function recordedText(contents: Contents, text: RecordedText | undefined): string {
  return typeof text === "object" ? contentText(contents, text.digest) : (text ?? "");
}

/** The messages of a request, oldest first, by the last of them. */
function conversation(contents: Contents, last: string | undefined): RecordedMessage[] {
  const messages: RecordedMessage[] = [];
  for (let digest = last; digest !== undefined; digest = messages.at(-1)?.before)
    messages.push(contentJson(contents, digest));
  return messages.toReversed();
}

/** A reply as its model's client had it. */
export function replyOf(
  contents: Contents,
  { text, parts, thinking, more, calls = [] }: RecordedMessage,
  { id, finish, usage }: { id: string; finish: string | undefined; usage: Usage | undefined },
): AIMessage {
  const read = (one: RecordedText): ReturnType<JSON["parse"]> => JSON.parse(recordedText(contents, one));
  return new AIMessage({
    id,
    content: parts === undefined ? recordedText(contents, text) : read(parts),
    tool_calls: calls
      .filter(({ error }) => error === undefined)
      .map(({ id: call, name, args }) => ({
        type: "tool_call" as const,
        name,
        args: read(args),
        ...(call === undefined ? {} : { id: call }),
      })),
    invalid_tool_calls: calls
      .filter(({ error }) => error !== undefined)
      .map(({ id: call, name, args, error }) => ({
        type: "invalid_tool_call" as const,
        name,
        args: recordedText(contents, args),
        ...(call === undefined ? {} : { id: call }),
        ...(error === undefined || error === "" ? {} : { error }),
      })),
    additional_kwargs: {
      ...(more === undefined ? {} : read(more)),
      ...(thinking === undefined ? {} : { reasoning_content: recordedText(contents, thinking) }),
    },
    response_metadata: finish === undefined ? {} : { finish_reason: finish },
    ...(usage === undefined ? {} : { usage_metadata: tokensOf(usage) }),
  });
}

function tokensOf({ inputTokens, outputTokens }: Usage) {
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens };
}

interface Asked {
  contents: Contents;
  /** The digest of the last message. */
  messages: string | undefined;
}

/** Where what is asked first differs from what was asked: which message, and a few words of both. */
export function firstDifference(expected: Asked, found: Asked): string {
  const [before, now] = [expected, found].map(({ contents, messages }) =>
    conversation(contents, messages).map((message) => wordsOf(contents, message)),
  );
  for (let place = 0; ; place += 1) {
    const [one, other] = [before?.[place], now?.[place]];
    if (one === undefined && other === undefined) return "the two differ in nothing that is text";
    if (one === undefined) return `message ${place + 1} was not there: ${JSON.stringify(other?.slice(0, 2 * AROUND))}`;
    if (other === undefined) return `message ${place + 1} is missing: ${JSON.stringify(one.slice(0, 2 * AROUND))}`;
    if (one !== other) return `message ${place + 1} ${differenceIn(one, other)}`;
  }
}

function differenceIn(one: string, other: string): string {
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const from = Math.max(0, at - AROUND);
  const [was, is] = [one, other].map((text) => JSON.stringify(text.slice(from, at + AROUND).toWellFormed()));
  return `at character ${at + 1}: recorded …${was}…, now …${is}…`;
}

/** All that a message says, as one text. */
function wordsOf(contents: Contents, message: RecordedMessage): string {
  const { role, text, parts, thinking, more, calls = [], answers } = message;
  const said = [thinking, text, parts, more].map((part) => recordedText(contents, part));
  const made = calls.map(({ name, args }) => `${name}(${recordedText(contents, args)})`);
  return [`${role}: ${answers ?? ""}`, ...said, ...made].filter((part) => part !== "").join("\n");
}
