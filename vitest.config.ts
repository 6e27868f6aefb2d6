import { existsSync, mkdirSync, statfsSync, type StatsFs } from "node:fs";
import { availableParallelism, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Folders whose tests start processes or crash runs on purpose, and may take a while each; files that run tools over the tree; and the
 * longest of the others, so that what is left takes less than a minute.
 */
const SLOW = [
  ...["test/end-to-end/**/*.test.ts", "test/adversarial/**/*.test.ts", "test/faults/**/*.test.ts"],
  ...["test/unit/docs/**/*.test.ts", "test/unit/bench/**/*.test.ts", "test/unit/scripts/**/*.test.ts"],
  ...["test/graph/time-travel*.test.ts", "test/graph/failing-storage.test.ts", "test/property/ignore-rules.test.ts"],
  ...["test/graph/questions.test.ts", "test/graph/swarm-tool.test.ts", "test/graph/*-agents.test.ts"],
  "test/graph/{documents,lives,raise-cap,stopping*,tools,shared-limiter,replaced-plans,graph-questions,going-on}.test.ts",
  "test/contract/{write-queue,run-lock,checkpoint-validation}.test.ts",
  "test/unit/**/{limited-endpoint,reading,in-time,read-file,long-journal}.test.ts",
];
/** The LangGraph dev server has its own packages and its own runner (test/dev-server/run.mjs). */
const ELSEWHERE = "test/dev-server/**";

/** They would be the last ones, alone: a clean clone has not seen yet how long a file takes, and these are short to read. */
const LONGEST = [
  ...["crash-at-every-write", "tampering", "crash-around-checks", "artifacts-crash", "crash-during-resume"],
  ...["kill-and-resume", "many-swarms", "disk-full", "parallel-approvals", "storm"],
];

/** The longest begin first; files of a second or less come last, and fill what others leave of the workers. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId, project }: TestSpecification): number => {
      if (project.name !== "slow") return LONGEST.length + 1;
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

// Processes and threads that tests start find their modules compiled: each of a thousand runs starts some.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "glasshive-test-compiled");

/** Files of tests are in memory, where no flush waits for a disk; but not in the 64 MB that a container may have there. */
const SHARED_MEMORY = "/dev/shm";
const ROOM_BYTES = 2 ** 31;
function hasRoom({ bavail, bsize }: StatsFs): boolean {
  return bavail * bsize > ROOM_BYTES;
}
if (process.env["TMPDIR"] === undefined && existsSync(SHARED_MEMORY) && hasRoom(statfsSync(SHARED_MEMORY))) {
  process.env["TMPDIR"] = join(SHARED_MEMORY, `glasshive-tests-${userInfo().uid}`);
  mkdirSync(process.env["TMPDIR"], { recursive: true });
}

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    // One more than there are cores: much of the tests' time is waiting, for processes, disks and limits that are meant to pass.
    maxWorkers: availableParallelism() + 1,
    // Files share a process for each worker, which loads its modules once: they leave nothing behind in it.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    restoreMocks: true,
    unstubEnvs: true,
    // On a terminal what is running is shown; elsewhere (CI) there is a line for each file when it ends.
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ELSEWHERE, ...SLOW],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: { name: "slow", include: SLOW, testTimeout: 120_000, hookTimeout: 120_000 },
      },
    ],
  },
});
