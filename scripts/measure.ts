/**
 * `npm run measure`: figures of the house, for before and after a change. `--json` prints them for a program. The static ones are read
 * from the sources; the files that a model call, a write and a run cross, and those on the stack of a call and of a write, are counted
 * while they happen. `--files` names them.
 */
import { parseArgs } from "node:util";
import { callStacks } from "./measure/call-stacks.ts";
import { countCrossedFiles } from "./measure/crossed-files.ts";
import { measureSource } from "./measure/source.ts";

const { values } = parseArgs({ options: { json: { type: "boolean" }, files: { type: "boolean" } } });
const figures = { ...measureSource(), ...(await countCrossedFiles()), ...(await callStacks()) };
if (values.json === true) console.log(JSON.stringify(figures, undefined, 2));
else
  for (const [name, figure] of Object.entries(figures)) {
    const listed = Array.isArray(figure) ? figure : [];
    console.log(`${String(Array.isArray(figure) ? figure.length : figure).padStart(7)}  ${name}`);
    if (values.files === true || !name.startsWith("files "))
      for (const entry of listed) console.log(`           ${entry}`);
  }
