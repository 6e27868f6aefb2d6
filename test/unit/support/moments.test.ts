import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { lookAtEachWrite } from "../../support/moments.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

it.skipIf(process.platform === "win32")("a look that fails is told, and ends the child that waits for it", async () => {
  const script = `const fs = require("node:fs");
    fs.writeSync(3, "before:journal:1 plan\\n");
    fs.readSync(3, Buffer.alloc(1));`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const ended = once(child, "close").then(([code, signal]) => ({
    ...{ code: code as number | null, signal: signal as NodeJS.Signals | null },
    ...{ stdout: "", stderr: "" },
  }));
  const facts = (): never => {
    throw new Error("there are none");
  };
  const looking = lookAtEachWrite(
    { child, ended },
    { home: temporaryFolder(), into: temporaryFolder(), isWanted: () => true, facts },
  );
  await expect(looking).rejects.toThrow("there are none");
  expect(await ended).toMatchObject({ code: null, signal: "SIGKILL" });
});
