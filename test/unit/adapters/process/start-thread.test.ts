import { expect, it } from "vitest";
import { threadFlags } from "../../../../adapters/process/start-thread.ts";

it("a thread has the flags that say what a process may do, and none that loads or debugs something", () => {
  expect(
    threadFlags([
      ...[
        "--import",
        "./preload.mjs",
        "--require=./preload.cjs",
        "-r",
        "tracer",
        "--loader",
        "tsx",
        "--input-type=module",
      ],
      ...["--max-old-space-size=512", "--inspect", "--test", "--env-file=.env", "--enable-source-maps"],
      ...[
        "--permission",
        "--allow-fs-read",
        "/a b",
        "--allow-fs-write=*",
        "--allow-worker",
        "-C",
        "mine",
        "--no-warnings",
      ],
    ]),
  ).toEqual([
    ...[
      "--permission",
      "--allow-fs-read",
      "/a b",
      "--allow-fs-write=*",
      "--allow-worker",
      "-C",
      "mine",
      "--no-warnings",
    ],
  ]);
});
