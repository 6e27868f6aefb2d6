/** The command line's entry: runs one command, ends with its exit code. */
import { setMaxListeners } from "node:events";
import { runCommandLine } from "./program.ts";
import { bearClosedPipes } from "./terminal.ts";
import { boundTraceDelivery, boundTraceErrors } from "./trace-delivery.ts";

// Hundreds of lanes listen to one signal: that is meant.
setMaxListeners(0);
bearClosedPipes();
boundTraceErrors(process.env);
process.exitCode = await runCommandLine(process.argv.slice(2));
boundTraceDelivery(process.env);
