/** Finds the JSON in a model's reply: bare, in a code fence, or after a sentence. Pure. */

export type Extracted = { ok: true; value: unknown } | { ok: false; problem: string };

export function extractJson(reply: string): Extracted {
  const text = reply.trim();
  if (text === "") return { ok: false, problem: "it is empty" };
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1];
  const problems: string[] = [];
  for (const candidate of [text, fenced, widestBraces(text)]) {
    if (candidate === undefined) continue;
    try {
      return { ok: true, value: JSON.parse(candidate) as unknown };
    } catch (error) {
      problems.push(error instanceof Error ? error.message.replace(/\s+/g, " ") : "not JSON");
    }
  }
  return { ok: false, problem: `it is not JSON: ${(problems.at(-1) ?? "no JSON found").slice(0, 200)}` };
}

function widestBraces(text: string): string | undefined {
  const start = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  return start >= 0 && end > start ? text.slice(start, end + 1) : undefined;
}
