/**
 * `node scripts/launch.mjs evals/manuals.ts FOLDER [--fetch] [--show] [WORDS]`: how good the answers are on documents that nobody tuned for,
 * manuals from Debian's packages below FOLDER. `--fetch` brings what is missing with apt; what cannot be had is skipped, and said.
 * `--show` prints the answers; of the held-out half only figures are ever shown, so that nothing is tuned to it.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import type { ManualCase } from "./cases/manual-case.ts";
import { manualCases } from "./cases/manuals.ts";
import { judgeManual, type ManualVerdict } from "./judge-manual.ts";
import { offlineRunner } from "./offline-runner.ts";

/** Of those presented as answers, the part that is right; of those that the documents answer, the part that is answered. */
const THRESHOLD = { right: 0.9, answered: 0.55 };
const PACKAGES = [...new Set(manualCases.map(({ docs }) => packageOf(docs)))];

const args = process.argv.slice(2);
const [folder, ...words] = args.filter((arg) => !arg.startsWith("--"));
if (folder === undefined) {
  console.error("manuals: name the folder of the unpacked packages, with --fetch to have apt bring them there");
  process.exit(2);
}
const root = resolve(folder);
if (args.includes("--fetch")) fetchMissing();
const missing = PACKAGES.filter((name) => !existsSync(join(root, name)));
for (const name of missing)
  console.error(`manuals: ${name} is skipped: it is not in ${folder}; --fetch has apt bring it`);
const asked = manualCases.filter(
  ({ task, docs }) => !missing.includes(packageOf(docs)) && words.every((word) => `${docs} ${task}`.includes(word)),
);
if (asked.length === 0) {
  console.error("manuals: nothing was measured");
  process.exit(2);
}
const runner = offlineRunner(root);
try {
  const isGood = [await measure("development"), await measure("held out"), await measure("fresh")].every(Boolean);
  process.exitCode = isGood ? 0 : 1;
} finally {
  runner.close();
}

function packageOf(docs: string): string {
  return docs.slice(0, docs.indexOf("/"));
}

/** Each for itself: one that apt does not know keeps none of the others away. */
function fetchMissing(): void {
  mkdirSync(root, { recursive: true });
  const debs = mkdtempSync(join(tmpdir(), "manuals-"));
  for (const name of PACKAGES.filter((one) => !existsSync(join(root, one)))) {
    try {
      execFileSync("apt-get", ["download", name], { cwd: debs, stdio: "ignore" });
    } catch (error) {
      console.error(`manuals: apt-get download ${name}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    const deb = readdirSync(debs).find((file) => file.startsWith(`${name}_`)) as string;
    execFileSync("dpkg", ["-x", join(debs, deb), join(root, name)]);
    // Plain files only: a link to what another package holds is none to unpack.
    execFileSync("find", [join(root, name), ..."-type f -name *.gz -exec gunzip --force {} +".split(" ")]);
  }
  rmSync(debs, { recursive: true });
}

async function measure(half: ManualCase["half"]): Promise<boolean> {
  const verdicts: ManualVerdict[] = [];
  for (const one of asked.filter((each) => each.half === half)) {
    const { answer } = await runner.answer(one.task, [one.docs]);
    const verdict = judgeManual(one, answer);
    verdicts.push(verdict);
    if (half === "held out" || !args.includes("--show")) continue;
    console.log(
      `# ${verdict.isRight ? "right" : verdict.isPresented ? "WRONG" : "not presented"}: ${one.task}\n\n${answer}\n`,
    );
  }
  return verdicts.length === 0 || report(half, verdicts);
}

function report(half: string, verdicts: readonly ManualVerdict[]): boolean {
  const count = (holds: (verdict: ManualVerdict) => boolean): number => verdicts.filter(holds).length;
  const presented = count(({ isPresented }) => isPresented);
  const right = count(({ isPresented, isRight }) => isPresented && isRight);
  const kinds = Map.groupBy(verdicts, (verdict) => verdict.case.kind);
  const byKind = [...kinds].map(
    ([kind, some]) =>
      `${kind} ${some.filter(({ isRight }) => isRight).length}/${some.filter(({ isPresented }) => isPresented).length}/${some.length}`,
  );
  const answerable = count(({ isStated }) => isStated);
  const share = (part: number, whole: number): string => `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`;
  console.log(
    [
      `${half}: ${verdicts.length} look-ups`,
      `  right / presented / asked: ${byKind.join(", ")}`,
      `  presented as answers and right: ${share(right, presented)}`,
      `  answered, of those that the documents answer: ${share(right, answerable)}`,
      `  said to be not stated, of those that are not: ${share(
        count(({ isStated, isPresented }) => !isStated && !isPresented),
        verdicts.length - answerable,
      )}`,
    ].join("\n"),
  );
  return right >= presented * THRESHOLD.right && right >= answerable * THRESHOLD.answered;
}
