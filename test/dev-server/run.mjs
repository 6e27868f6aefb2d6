/**
 * The swarm on LangGraph's dev server, asked through its SDK: `node scripts/launch.mjs test/dev-server/run.mjs`. Prints a line a
 * check and ends with "N passed, N failed". The server and the SDK have a lock file of their own, in this folder.
 *
 * Neither vitest nor node:test runs these: all checks share one server, which they stop and start, and their order counts.
 */
import process from "node:process";
import { checkDevServer } from "./check-dev-server.ts";

process.exitCode = await checkDevServer();
