/**
 * Who may call the swarm on LangGraph's dev server (langgraph.json): programs, and pages of the origins whose scripts it answers. The server
 * takes a simple POST of any page for JSON, and its CORS keeps the page from the answer alone: the run would be begun all the same.
 */
import { readFileSync } from "node:fs";
import { Auth, HTTPException } from "@langchain/langgraph-sdk/auth";
import { z } from "zod";
import { forgetCheckpoint } from "./dev-server.ts";

const Config = z.object({ http: z.object({ cors: z.object({ allow_origin_regex: z.string() }) }) });

const file = new URL("../langgraph.json", import.meta.url);
const { allow_origin_regex } = Config.parse(JSON.parse(readFileSync(file, "utf8"))).http.cors;
const allowed = new RegExp(allow_origin_regex);

export const auth = new Auth()
  .authenticate((request) => {
    const origin = request.headers.get("origin");
    if (origin === null || allowed.test(origin)) return "caller";
    throw new HTTPException(403, {
      message: `a page of ${origin} may not call this server; where it should, add it to http.cors.allow_origin_regex in langgraph.json`,
    });
  })
  .on("threads:create_run", ({ value }) => forgetCheckpoint(value.kwargs));
