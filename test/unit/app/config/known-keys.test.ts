/** Which texts of the environment and the options are keys. */
import { expect, test } from "vitest";
import { knownKeys } from "../../../../app/config/known-keys.ts";

test.each([
  ["an API key", { OPENAI_API_KEY: "'sk-1234567'" }, ["'sk-1234567'", "sk-1234567"]],
  ["LangSmith's", { LANGSMITH_API_KEY: "lsv2_abc" }, ["lsv2_abc"]],
  ["whatever is called a key", { MY_SERVICE_TOKEN: "a1b2c3d4e5", DB_PASSWORD: "Xy-12345" }, ["a1b2c3d4e5", "Xy-12345"]],
  [
    "headers of an exporter",
    { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abcdef1,x-key=zzzz999" },
    ["abcdef1", "zzzz999"],
  ],
  [
    "a password in a header",
    { OTEL_EXPORTER_OTLP_TRACES_HEADERS: `a=Basic ${Buffer.from("u:pass-word").toString("base64")}` },
    [Buffer.from("u:pass-word").toString("base64"), "pass-word"],
  ],
  ["a password in an address", { HTTPS_PROXY: "http://me:p%40ss-word@proxy:1" }, ["p%40ss-word", "p@ss-word"]],
  ["a key in an address", { OPENAI_BASE_URL: "https://host/v1?api_key=abc-123-def&n=1" }, ["abc-123-def"]],
])("%s", (_, env, keys) => {
  expect(knownKeys(env)).toEqual(keys);
});

test("options are asked too", () => {
  expect(knownKeys({}, { apiKey: "sk-option", baseUrl: "https://u:pass-99@host" })).toEqual(["sk-option", "pass-99"]);
});

test("words, numbers, paths and what is said about a key are none", () => {
  const env = {
    PWD: "/home/me/a",
    SSH_AUTH_SOCK: "/tmp/ssh-1/agent.2",
    TOKEN_COUNT: "12345678",
    SECRET: "password",
    MAX_TOKENS: "100000000",
    KEY_FILE: "key-1234567.pem",
    HOME: "/root",
  };
  expect(knownKeys(env)).toEqual([]);
});
