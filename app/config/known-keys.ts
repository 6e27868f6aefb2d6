/** The keys that this process was given: by options, by the environment, in addresses and in headers. Read once, shown to nobody. */
import { uriDecoded } from "../../state/plain-text.ts";

/** Whatever their values look like. */
const SURELY_KEYS = ["OPENAI_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"];
const HEADERS = /^OTEL_EXPORTER_OTLP_(?:\w+_)?HEADERS$/;
/** What people call a variable that holds a key, and what they call one that says something of a key. */
const KEY_NAME =
  /(?:^|[_-])(?:API_?KEY|KEY|TOKEN|AUTHTOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PWD|CREDENTIALS?|AUTH|PAT)(?:$|[_-])/i;
const ABOUT_A_KEY =
  /(?:^(?:OLD)?PWD|_(?:FILE|PATH|DIR|SOCK|SOCKET|NAME|URL|COUNT|LIMITS?|MODE|TYPE|TTL|TOKENS|USER|HOST|PORT|BASE))$/i;
/** A shorter one, and one that is a word, a number or a path, may say something else. */
const SHORTEST_BY_NAME = 8;
const PLAIN_VALUE = /^(?:[a-z]{1,15}|[A-Z]{1,15}|\d+|[.~]?\/.*\/.*|.*\s.*)$/s;
/** Parameters of an address that hold one. */
const PARAMETER = /key|token|secret|password|auth|sig/i;

export function knownKeys(
  env: NodeJS.ProcessEnv,
  { apiKey, baseUrl }: { apiKey?: string | undefined; baseUrl?: string | undefined } = {},
): string[] {
  const keys = [
    ...unquoted((apiKey ?? "").trim()),
    ...keysInAddress((baseUrl ?? "").trim()),
    ...Object.entries(env).flatMap(([name, value = ""]) => keysIn(name, value.trim())),
  ];
  return [...new Set(keys)].filter((each) => each !== "");
}

function keysIn(name: string, value: string): string[] {
  if (SURELY_KEYS.includes(name)) return unquoted(value);
  if (HEADERS.test(name)) return value.split(",").flatMap(keysInHeader);
  if (value.includes("://")) return keysInAddress(value);
  const isKey = KEY_NAME.test(name) && !ABOUT_A_KEY.test(name);
  return isKey && value.length >= SHORTEST_BY_NAME && !PLAIN_VALUE.test(value) ? unquoted(value) : [];
}

/** As it stands, and as the client reads it. */
function unquoted(value: string): string[] {
  const inner = /^(["'])(.*)\1$/s.exec(value)?.[2]?.trim();
  return inner === undefined ? [value] : [value, inner];
}

/** `authorization=Bearer%20…`: the value, what stands behind its scheme, and of `Basic` what it says. */
function keysInHeader(header: string): string[] {
  const value = uriDecoded(header.slice(header.indexOf("=") + 1).trim());
  const [, scheme, credentials] = /^(\w+)\s+(\S+)$/.exec(value) ?? [];
  if (scheme === undefined || credentials === undefined) return [value];
  if (scheme.toLowerCase() !== "basic") return [credentials];
  const [, password = ""] = /:(.*)$/s.exec(Buffer.from(credentials, "base64").toString()) ?? [];
  return [credentials, password];
}

/** `https://user:password@host/?key=…`. */
function keysInAddress(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const parameters = [...url.searchParams].flatMap(([name, value]) => (PARAMETER.test(name) ? [value] : []));
  return [url.password, uriDecoded(url.password), ...parameters];
}
