/** What `glasshive resume` does. */
import { isDeepStrictEqual } from "node:util";
import { resolve as resolvePath } from "node:path";
import type { RunView } from "../../../engine/journal/run-view.ts";
import { lostUsage } from "../../../engine/journal/spending-view.ts";
import { SwarmError } from "../../../state/errors.ts";
import { differenceOf } from "../../../state/question.ts";
import { addUsage, AMOUNTS, amountsOf, CAP_FIELDS, type Caps } from "../../../state/usage.ts";
import { readDataFile } from "../../config/read-file.ts";
import { mergeConfig, type RunConfig } from "../../config/run-config.ts";
import { capsOf, overlaid, taskIn, type RunSettings } from "../../config/run-settings.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { refuseKeptPrices } from "../config-file.ts";
import { asking, executeAsking, pausedByStorage, withSwarm } from "../execute.ts";
import type { Asked, Flags } from "../home.ts";
import { interruptible, type Interruption } from "../interruption.ts";
import { inputOf } from "../next-input.ts";
import { printExecution, printRun } from "../print-result.ts";
import { embedded, loadSettings, saveSettings } from "../run-files.ts";
import { tellMisfit } from "../run-record.ts";

export interface ResumeFlags extends Flags {
  answer?: string;
  answerFile?: string;
}

/** Returns the exit code. */
export async function resume(asked: Asked<ResumeFlags>, runId: string): Promise<number> {
  const { cwd, home, flags } = asked;
  try {
    const answer = answerOf(flags, cwd);
    const config = mergeConfig({}, flags);
    const kept = loadSettings(home, runId);
    if (kept.isEmbedded === true) throw embedded(runId, "continue it there");
    refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
    const given = overlaid(kept, config, { cwd, view: () => readJournal(home, runId) });
    if (config.plan !== undefined) refuseOtherTask(config.plan, given, kept);
    const going = { home, kept, given, config, answer };
    return await interruptible(
      () => `glasshive resume ${runId}`,
      (interruption) =>
        goOn({ ...going, interruption }, flags).catch(async (error: unknown) =>
          printExecution(await pausedByStorage(kept, home, error), flags),
        ),
    );
  } catch (error) {
    throw namingLeft(error, home, runId);
  }
}

interface GoingOn {
  home: string;
  kept: RunSettings;
  /** Those with what this command changes. */
  given: RunSettings;
  config: RunConfig;
  answer: unknown;
  interruption: Interruption;
}

async function goOn(
  { home, kept, given, config, answer, interruption }: GoingOn,
  how: Pick<ResumeFlags, "json" | "verbose">,
): Promise<number> {
  const { runId } = kept;
  const plan = config.plan === undefined ? undefined : given.plan;
  return withSwarm(given, { home }, async (swarm, settings) => {
    swarm.runs.hold(runId);
    const recorded = swarm.runs.recorded(runId);
    await recorded.check();
    const caps = capsOf(config);
    const raises = Object.keys(caps).length > 0;
    const journal = readJournal(home, runId);
    refuseSpent(caps, journal, runId);
    const next = await inputOf({
      settings,
      swarm,
      home,
      answer,
      raises,
      plan: swarm.redactor.value(plan),
      isSamePlan: isDeepStrictEqual(plan, kept.plan),
      looksAgain: config.model !== undefined && config.model !== kept.model,
    });
    const executing = { settings, home, swarm, input: null, json: how.json === true, interruption };
    if ("result" in next) {
      tellMisfit(home, next.result, journal);
      const paused = { result: next.result, interrupted: false, error: undefined };
      return printRun(await asking(paused, executing), executing, how);
    }
    // Only what is named: the others may have been raised by an answer.
    if (raises) await recorded.amendCaps(caps);
    saveSettings(home, settings);
    return printRun(await executeAsking({ ...executing, input: next.input }), executing, how);
  });
}

/** A cap below what is spent already would end the run worse than it stands. Throws SwarmError USAGE. */
function refuseSpent(caps: Partial<Caps>, { spending }: RunView, runId: string): void {
  const lost = [...spending.open.values()].map(lostUsage);
  const used = amountsOf(lost.reduce(addUsage, spending.spent));
  for (const name of AMOUNTS) {
    const cap = caps[CAP_FIELDS[name]];
    if (cap === undefined || cap >= used[name]) continue;
    throw new SwarmError("USAGE", `run ${runId} has spent ${used[name]} ${name}: a cap of ${cap} is below that`, {
      next: `give a higher --max-${name}, or none`,
    });
  }
}

/** What is done is the answer to the task on record. Throws SwarmError RUN_DIFFERS. */
function refuseOtherTask(path: string, { plan }: RunSettings, { runId, task }: RunSettings): void {
  const asked = taskIn(plan);
  const difference = asked === "" ? undefined : differenceOf({ task: asked }, { task });
  if (difference !== undefined)
    throw new SwarmError("RUN_DIFFERS", `run ${runId} was asked something else than the plan: ${difference}`, {
      next: `ask it as a run of its own: glasshive run --plan ${path}`,
    });
}

function answerOf({ answer, answerFile, plan }: ResumeFlags, cwd: string): unknown {
  if (plan !== undefined && (answer !== undefined || answerFile !== undefined))
    throw new SwarmError("USAGE", "an answer and a plan are given", { next: "give one of them" });
  if (answerFile !== undefined) return readDataFile(resolvePath(cwd, answerFile), "the answer", "ANSWER_INVALID");
  if (answer === undefined) return undefined;
  try {
    return JSON.parse(answer);
  } catch {
    // A bare word is what a person types: approve, reject.
    return answer;
  }
}
