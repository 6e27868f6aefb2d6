/**
 * `npm run evals -- --by-hand [FOLDER]` (`by-hand.ts`), or `npm run evals -- [--show] [WORDS]`: how good the answers are. Asks the cases (those whose task holds WORDS) about the
 * packages of this very install and about docs/, prints a table, and ends with 1 where the score is below the threshold.
 */
import { once } from "node:events";
import { resolve } from "node:path";
import process from "node:process";
import { serveByHand } from "./by-hand.ts";
import { allCases } from "./cases/all-cases.ts";
import { offlineRunner } from "./offline-runner.ts";
import { reportText } from "./report.ts";
import { scoreOf, suite } from "./suite.ts";

/** Parts of all checks. What a reader can verify has no tolerance; what is on the point has a little. */
const THRESHOLD = { checks: 0.95, citations: 1 };

const args = process.argv.slice(2);
if (args[0] === "--by-hand") {
  const byHand = await serveByHand(args[1] ?? "by-hand", { log: (line) => console.log(line) });
  console.log(`--model by-hand --base-url ${byHand.url}`);
  await once(process, "SIGINT");
  await byHand.close();
  process.exit();
}
const words = args.filter((arg) => !arg.startsWith("--")).map((arg) => arg.toLowerCase());
const cases = allCases.filter(({ task }) => words.every((word) => task.toLowerCase().includes(word)));
const runner = offlineRunner(resolve(import.meta.dirname, ".."));
try {
  const verdicts = await suite(runner, cases);
  if (args.includes("--show"))
    for (const verdict of verdicts) console.log(`# ${verdict.case.task}\n\n${verdict.answer}\n\n`);
  console.log(reportText(runner.name, verdicts));
  const score = scoreOf(verdicts);
  const isGood =
    verdicts.length > 0 &&
    score.passed >= score.checks * THRESHOLD.checks &&
    score.verified >= score.citations * THRESHOLD.citations;
  console.log(
    `Threshold: ${THRESHOLD.checks * 100} % of the checks, every citation. ${isGood ? "Reached." : "Missed."}`,
  );
  process.exitCode = isGood ? 0 : 1;
} finally {
  runner.close();
}
