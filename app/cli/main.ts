/** The command line's entry: runs one command, ends with its exit code. */
import { setMaxListeners } from "node:events";
import { EXIT } from "./exit-codes.ts";
import { runCommandLine } from "./program.ts";
import { bearClosedPipes } from "./terminal.ts";
import { boundTraceDelivery, boundTraceErrors } from "./trace-delivery.ts";

// Hundreds of lanes listen to one signal: that is meant.
setMaxListeners(0);
bearClosedPipes();
boundTraceErrors(process.env);
// What it is where the command comes to no end: nothing is left that could wake it.
process.exitCode = EXIT.failed;
void runCommandLine(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
  boundTraceDelivery(process.env);
});
