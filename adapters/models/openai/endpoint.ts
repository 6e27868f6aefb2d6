/** The address and the key of an OpenAI-compatible endpoint, checked. */
import { createHash } from "node:crypto";
import { SwarmError } from "../../../state/errors.ts";

export interface Endpoint {
  /** Without a slash at its end. */
  baseUrl: string;
  apiKey: string;
  /** One per address and key; the key cannot be read from it. */
  limiterKey: string;
  /** Some model of it has replied: a page is from now on that of a gateway whose server is away. */
  hasAnswered: boolean;
}

const OPENAI = "https://api.openai.com/v1";
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
/** Servers of one's own machine ask for no key, but the client does. */
const PLACEHOLDER_KEY = "none";
const HASH_CHARACTERS = 8;
/** Odd characters that have a name. */
const NAMES: Readonly<Record<string, string>> = {
  " ": "a blank",
  "\n": "a line end",
  "\r": "a line end",
  "\t": "a tab",
};

/** The address to ask: the one that is given, else the environment's, else OpenAI's. Not checked. */
export function baseUrlOf(given: string | undefined): string {
  return given ?? (process.env["OPENAI_BASE_URL"] || OPENAI);
}

/** Throws `CONFIG_INVALID` for a base URL that cannot be one, `KEY_MISSING` where a key is needed and there is none. */
export function resolveEndpoint(options: {
  model: string;
  baseUrl: string | undefined;
  apiKey: string | undefined;
}): Endpoint {
  const url = readBaseUrl(baseUrlOf(options.baseUrl));
  const baseUrl = url.href.replace(/\/+$/, "");
  const apiKey = readKey(options.apiKey) || (isOnThisMachine(baseUrl) ? PLACEHOLDER_KEY : undefined);
  if (apiKey === undefined) {
    throw new SwarmError("KEY_MISSING", `the model ${options.model} needs an API key for ${url.host}`, {
      next: "set OPENAI_API_KEY, or use --model offline",
      data: { model: options.model, baseUrl },
    });
  }
  const hash = createHash("sha256").update(apiKey).digest("hex").slice(0, HASH_CHARACTERS);
  return { baseUrl, apiKey, limiterKey: `${baseUrl}#${hash}`, hasAnswered: false };
}

/** Of an address that is none: no. */
export function isOnThisMachine(url: string): boolean {
  return LOOPBACK.has(URL.parse(url)?.hostname ?? "");
}

/** What no address and no key has around it: blanks, a line end, the quotes of a file that was read by a program of its own. */
function withoutWrapping(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text.trim())?.[2]?.trim() ?? text.trim();
}

/** A key as it may stand in a header, or undefined. Throws CONFIG_INVALID, and never repeats it. */
function readKey(text: string | undefined): string | undefined {
  const key = withoutWrapping(text ?? "");
  const odd = /[^\x21-\x7e]/u.exec(key)?.[0];
  if (odd === undefined) return key === "" ? undefined : key;
  const code = `U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw new SwarmError("CONFIG_INVALID", `the API key holds a character that no key has: ${NAMES[odd] ?? code}`, {
    next: "look how OPENAI_API_KEY is set: a blank, a line end or a quotation mark may have come with it",
  });
}

/**
 * `https://host/v1`, as it stands or as people paste it: in quotes, with the path of the endpoint behind it. Throws
 * CONFIG_INVALID.
 */
export function readBaseUrl(given: string): URL {
  const text = withoutWrapping(given).replace(/\/chat\/completions\/*$/, "");
  const url = URL.parse(text);
  if (url === null || (!text.includes("://") && !/^https?:/i.test(text))) {
    const isHost = /^[\w.[\]-]+(:\d+)?(\/|$)/.test(text) && URL.canParse(`http://${text}`);
    throw invalid(isHost ? `has no scheme: is it http://${text} or https://${text}?` : "is not a URL", text);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw invalid("is neither http nor https", text);
  // The text is not repeated here: it holds a secret.
  if (url.username !== "" || url.password !== "") throw invalid("must not hold a user name or password");
  // Some hide a key there; and a path is put behind it.
  if (url.search !== "" || url.hash !== "") throw invalid("must not hold a query or a fragment");
  return url;
}

function invalid(problem: string, text?: string): SwarmError {
  const shown = text === undefined ? "" : ` ${JSON.stringify(text)}`;
  return new SwarmError("CONFIG_INVALID", `the base URL${shown} ${problem}`, {
    next: "give an address like https://api.openai.com/v1 with --base-url or OPENAI_BASE_URL",
  });
}
