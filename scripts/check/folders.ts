/** No two folders of the product import each other: such a pair is one folder, or hides a third. */
import { measureSource } from "../measure/source.ts";

/** The pairs that are left from before this was checked; the list only gets shorter. */
const LEFT = new Set(["adapters/models/offline/agent ⇄ adapters/models/offline/synthesizer"]);

const pairs = measureSource()["folder pairs that import each other"] as string[];
for (const pair of pairs.filter((each) => !LEFT.has(each))) console.error(`${pair}: they import each other`);
process.exitCode = pairs.every((pair) => LEFT.has(pair)) ? 0 : 1;
