/** Pages of the web: those of Studio and of this machine are answered, all others are kept out. */
import assert from "node:assert/strict";
import type { Check } from "../check.ts";

const STUDIO = "https://smith.langchain.com";
const ANSWERED = [STUDIO, "https://eu.smith.langchain.com", "http://localhost:3000", "http://127.0.0.1:5173"];
const OTHERS = [
  "https://example.com",
  "https://smith.langchain.com.example.com",
  "http://localhost.example.com",
  "null",
];

export const pages: Check[] = [
  {
    name: "scripts of Studio and of this machine may read what the server says, no others",
    async run({ url }) {
      for (const [origins, isAnswered] of [[ANSWERED, true] as const, [OTHERS, false] as const])
        for (const origin of origins) {
          const asks = {
            origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-auth-scheme",
          };
          const { headers } = await fetch(`${url}/threads`, { method: "OPTIONS", headers: asks });
          assert.equal(headers.get("access-control-allow-origin"), isAnswered ? origin : null, origin);
        }
      const { headers } = await fetch(`${url}/ok`, { headers: { origin: STUDIO } });
      assert.match(headers.get("access-control-expose-headers") ?? "", /content-location/i);
    },
  },
  {
    name: "what another page posts without asking first begins nothing",
    async run({ url }) {
      const post = (origin: string): Promise<Response> =>
        fetch(`${url}/threads`, { method: "POST", headers: { origin, "content-type": "text/plain" }, body: "{}" });
      for (const origin of OTHERS) {
        const refused = await post(origin);
        assert.equal(refused.status, 403, origin);
        assert.match(await refused.text(), /may not call this server; .*langgraph\.json/);
      }
      for (const origin of ANSWERED) assert.equal((await post(origin)).status, 200, origin);
    },
  },
];
