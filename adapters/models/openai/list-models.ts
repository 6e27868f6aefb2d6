/** What an endpoint says of its models (`GET …/models`). */
import { describeError } from "../../../state/errors.ts";
import { classifyError } from "./classify-error.ts";
import type { Endpoint } from "./endpoint.ts";
import { headersFor, proxyOf, send } from "./http-client.ts";
import { beginningOf } from "./completion-stream.ts";
import { isPage, RefusedCall } from "./refused-call.ts";
import { fieldOf, jsonIn } from "../../../state/is-record.ts";

/** `unlisted`: it answers, but with no list. `words` are its own, as far as it has any. */
export type Listing =
  | { kind: "listed"; models: string[] }
  | { kind: "unlisted"; status: number; words: string }
  | { kind: "silent"; words: string };

export async function listModels({ baseUrl, apiKey }: Endpoint, signal: AbortSignal): Promise<Listing> {
  const url = new URL(`${baseUrl}/models`);
  const headers = headersFor(apiKey, "application/json");
  const facts = { secrets: [apiKey], url: url.href, proxy: proxyOf(url.protocol, process.env)?.url.host };
  try {
    const answer = await send({ method: "GET", url, headers, signal });
    const { status, headers: told } = answer;
    const text = await beginningOf(answer);
    const models = status === 200 && !isPage(told) ? modelsIn(text) : undefined;
    if (models !== undefined) return { kind: "listed", models };
    const refused = RefusedCall.ofAnswer(status, told, text);
    return {
      kind: "unlisted",
      status,
      words: classifyError(refused, facts)?.evidence ?? refused.message.slice(0, 300),
    };
  } catch (error) {
    return { kind: "silent", words: classifyError(error, facts)?.evidence ?? describeError(error) };
  }
}

/** The ids of a list, as OpenAI has it or as others do; undefined: it is none. */
function modelsIn(text: string): string[] | undefined {
  const given = jsonIn(text);
  const list = Array.isArray(given) ? given : (fieldOf(given, "data") ?? fieldOf(given, "models"));
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) => {
    const id = typeof entry === "string" ? entry : (fieldOf(entry, "id") ?? fieldOf(entry, "name"));
    return typeof id === "string" ? [id] : [];
  });
}
