import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";

/**
 * Folders whose tests start processes or crash runs on purpose, and may take a while each; files that run tools over the tree; and the
 * longest of the others, so that what is left takes less than a minute.
 */
const SLOW = [
  ...["test/end-to-end/**/*.test.ts", "test/adversarial/**/*.test.ts", "test/faults/**/*.test.ts"],
  ...["test/unit/docs/**/*.test.ts", "test/unit/bench/**/*.test.ts", "test/unit/scripts/**/*.test.ts"],
  ...["test/graph/time-travel*.test.ts", "test/graph/failing-storage.test.ts", "test/property/ignore-rules.test.ts"],
  "test/unit/engine/policy/budget/limited-endpoint.test.ts",
];
/** The LangGraph dev server has its own packages and its own runner (test/dev-server/run.mjs). */
const ELSEWHERE = "test/dev-server/**";

// Processes and threads that tests start find their modules compiled: each of a thousand runs starts some.
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "glasshive-test-compiled");

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    // One more than there are cores: much of the tests' time is waiting, for processes, disks and limits that are meant to pass.
    maxWorkers: availableParallelism() + 1,
    // Files share a process for each worker, which loads its modules once: they leave nothing behind in it.
    isolate: false,
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
