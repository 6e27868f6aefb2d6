/** `npm run build`: the product's folders as JavaScript with declarations in `dist/`, without what an earlier build left. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { resolveProgram, ROOT } from "./launch/resolve-program.mjs";

rmSync(join(ROOT, "dist"), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [resolveProgram("tsc"), "--project", join(ROOT, "tsconfig.build.json")],
  {
    stdio: "inherit",
  },
);
process.exitCode = status ?? 1;
