/** What `glasshive ask` does: a question about a finished run, with the settings of that run but for what is said otherwise, as a run of its own. */
import type { RunView } from "../../../engine/journal/run-view.ts";
import { SwarmError } from "../../../state/errors.ts";
import { verify } from "../../audit/verify.ts";
import { overlaid, withTask } from "../../config/run-settings.ts";
import { refuseUnfinished } from "../../runs/follow-up.ts";
import { namingLeft, readJournal } from "../../runs/run-journal.ts";
import { configuration, refuseNamed, refuseKeptPrices, refusePrices } from "../config-file.ts";
import type { Asked } from "../home.ts";
import { loadSettings, refuseUnfit, runIdOf } from "../run-files.ts";
import { begin, taskOf, withTaskBehind, type RunFlags } from "./run.ts";

/** Returns the exit code. */
export async function ask(
  { cwd, home, flags: typed }: Asked<RunFlags>,
  source: string,
  argument: string | undefined,
): Promise<number> {
  const { given, flags } = withTaskBehind(argument, typed, cwd);
  try {
    const config = configuration(flags, cwd);
    const question = await taskOf(given, flags, cwd);
    const kept = loadSettings(home, source);
    refuseUnfit(kept, { elsewhere: "ask on its thread there", empty: "it has no answer to ask about" });
    refuseUnfinished(home, source);
    await refuseChanged(source, { home, cwd });
    const about = { runId: runIdOf(flags), createdAt: new Date().toISOString(), followUp: source };
    const { fork: _fork, plan: _plan, ...before } = kept;
    const view = (): RunView => readJournal(home, source);
    const settings = withTask(overlaid({ ...before, ...about }, config, { cwd, view }), question);
    // The agents of the run that is asked about were named when it was begun.
    refuseNamed(flags, { plan: settings.plan, agents: config.agents === undefined ? [] : settings.agents });
    refusePrices(flags, settings);
    refuseKeptPrices({ maxUsd: config.maxUsd }, kept);
    return await begin(settings, home, flags);
  } catch (error) {
    throw namingLeft(error, home, source);
  }
}

/** What is told of a run is what it has on record. Throws SwarmError JOURNAL_BROKEN. */
async function refuseChanged(runId: string, place: { home: string; cwd: string }): Promise<void> {
  const { runs } = await verify(runId, place);
  const [first] = runs.flatMap(({ problems }) => problems);
  if (first === undefined) return;
  throw new SwarmError("JOURNAL_BROKEN", `run ${runId} does not verify: ${first.where} ${first.problem}`, {
    next: `see: glasshive audit verify ${runId}; nothing is told of a record that was changed`,
  });
}
