/**
 * G3: whatever write of a small run a kill meets, the run is resumed from what is on the disk then. Journal: in the middle of a
 * write, and when it is on the disk but nobody has heard of it. Database: after a commit, so also between the board's commit and
 * the checkpoint that mentions it. Files of the result: as the journal.
 *
 * Proved on copies of the disk at each of these moments of one run (moments.ts). Processes that are really killed, at chosen
 * writes and at random ones, are in crash-during-resume, kill-and-resume and artifacts-crash. GLASSHIVE_CRASH_MATRIX=full adds the
 * moments before each write, which differ little from those after the one before.
 */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { foldRun } from "../../engine/journal/run-view.ts";
import {
  CALLS_OF_A_LANE,
  essenceOf,
  resumeHere,
  RUN,
  smallRun,
  SUBTASKS,
  type SmallRun,
} from "../support/crash-run.ts";
import { checkInvariants } from "../support/invariants.ts";
import { lookAtEachWrite, type Sight } from "../support/moments.ts";
import { journalSoFar } from "../support/read-journal.ts";
import { resultOf } from "../support/run-command.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const IS_FULL = process.env["GLASSHIVE_CRASH_MATRIX"] === "full";

type Stats = ReturnType<SmallRun["stats"]>;

/** Resumes from what was seen at one moment, and looks at all that the run then consists of. */
async function resumeFrom({ home, facts: before }: Sight<Stats>, small: SmallRun, undisturbed: object): Promise<void> {
  const { lanes } = foldRun(journalSoFar(home, RUN));
  const whole = small.stats();
  expect(await resumeHere(home)).toEqual({ code: 0, said: [] });
  const { result } = await checkInvariants(home, RUN);
  expect(essenceOf(result)).toEqual(undisturbed);
  const { subtasks, callsByRole, unexpected } = small.stats();
  expect(unexpected).toEqual([]);
  const answers = (callsByRole.synthesizer ?? 0) - (whole.callsByRole.synthesizer ?? 0);
  expect((before.callsByRole.synthesizer ?? 0) + answers).toBeLessThanOrEqual(2);
  for (const id of SUBTASKS) {
    const again = (subtasks[id]?.calls ?? 0) - (whole.subtasks[id]?.calls ?? 0);
    const calls = (before.subtasks[id]?.calls ?? 0) + again;
    expect(calls, `${id} repeats one call at most`).toBeLessThanOrEqual(CALLS_OF_A_LANE + 1);
    const repeated = lanes.get(id)?.published?.attempt === 1 ? again : 0;
    expect(repeated, `${id} was finished and does not run again`).toBe(0);
  }
}

it("a run that is killed at any of its writes and resumed has the result of an undisturbed run, and repeats no finished work", async () => {
  const folder = temporaryFolder();
  const small = await smallRun(join(folder, "home"));
  onTestFinished(() => small.close());
  const { sights, outcome } = await lookAtEachWrite(small.start(small.runArgs(), "each"), {
    home: small.home,
    into: folder,
    isWanted: (moment) => IS_FULL || !moment.startsWith("before"),
    facts: () => small.stats(),
  });
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
  expect(sights.length, "the disk was looked at").toBeGreaterThan(40);
  const undisturbed = essenceOf(resultOf(outcome));
  for (const sight of sights) {
    try {
      await resumeFrom(sight, small, undisturbed);
    } catch (error) {
      throw new Error(`killed at ${sight.moment} ${sight.what}: ${(error as Error).message}`, { cause: error });
    }
  }
}, 300_000);
