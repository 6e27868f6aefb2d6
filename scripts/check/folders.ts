/** No two folders of the product import each other: such a pair is one folder, or hides a third. */
import { measureSource } from "../measure/source.ts";

const pairs = measureSource()["folder pairs that import each other"] as string[];
for (const pair of pairs) console.error(`${pair}: they import each other`);
process.exitCode = pairs.length === 0 ? 0 : 1;
