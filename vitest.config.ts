import { configDefaults, defineConfig } from "vitest/config";

/** Folders whose tests start processes or crash runs on purpose, and may take a while each; files that run tools over the tree. */
const SLOW = [
  ...["test/end-to-end/**/*.test.ts", "test/adversarial/**/*.test.ts", "test/faults/**/*.test.ts"],
  ...["test/unit/docs/**/*.test.ts", "test/unit/bench/**/*.test.ts", "test/unit/scripts/**/*.test.ts"],
];
/** These share a process for each worker, and load their modules once: they leave nothing behind in them. */
const SHARED = [
  ...["engine", "state", "tools"].map((folder) => `test/unit/${folder}/**/*.test.ts`),
  ...["property", "graph", "contract"].map((folder) => `test/${folder}/**/*.test.ts`),
];
/** The LangGraph dev server has its own packages and its own runner (test/dev-server/run.mjs). */
const ELSEWHERE = "test/dev-server/**";

export default defineConfig({
  test: {
    environment: "node",
    pool: "forks",
    // A worker for each core: much of the tests' time is waiting, for processes and for limits that are meant to pass.
    maxWorkers: "100%",
    // On a terminal what is running is shown; elsewhere (CI) there is a line for each file when it ends.
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "fast-shared",
          include: SHARED,
          isolate: false,
          restoreMocks: true,
          testTimeout: 15_000,
          hookTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: {
          name: "fast",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ELSEWHERE, ...SLOW, ...SHARED],
          testTimeout: 15_000,
          hookTimeout: 15_000,
        },
      },
      {
        extends: true,
        test: { name: "slow", include: SLOW, testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
