/**
 * `npm run measure`: figures of the house, for before and after a change. `--json` prints them for a program. The static ones are read
 * from the sources; the files that a model call, a write and a run cross are counted while they happen.
 */
import { parseArgs } from "node:util";
import { countCrossedFiles } from "./measure/crossed-files.ts";
import { measureSource } from "./measure/source.ts";

const { values } = parseArgs({ options: { json: { type: "boolean" }, files: { type: "boolean" } } });
const crossed = await countCrossedFiles();
const figures = { ...measureSource(), ...crossed };
if (values.json === true) console.log(JSON.stringify(figures, undefined, 2));
else
  for (const [name, figure] of Object.entries(figures)) {
    const listed = Array.isArray(figure) ? figure : [];
    console.log(`${String(Array.isArray(figure) ? figure.length : figure).padStart(7)}  ${name}`);
    if (values.files === true || !name.startsWith("files crossed"))
      for (const entry of listed) console.log(`           ${entry}`);
  }
