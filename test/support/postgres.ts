/** A PostgreSQL server for one test file, in a folder of its own and on a socket there; it ends with its folder. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const DEBIAN = "/usr/lib/postgresql";
const [START_MS, STOP_MS] = [15_000, 5000];

/** Where the server's programs are; undefined: none is installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, "bin")) : [];
  return [...versions, "/usr/local/pgsql/bin"].find((folder) => existsSync(join(folder, "initdb")));
}

export interface Postgres {
  /** As clients take it. */
  url: string;
  stop: () => Promise<void>;
}

/** Nothing of it is synced to the disk. Throws with what the server says. */
export async function startPostgres(programs: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "glasshive-postgres-"));
  const owner = owning();
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const made = spawnSync(join(programs, "initdb"), ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync"], {
    ...{ ...owner, cwd: folder, encoding: "utf8" },
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  const settings = ["fsync=off", "listen_addresses=", `unix_socket_directories=${folder}`];
  const args = ["-D", data, ...settings.flatMap((setting) => ["-c", setting])];
  const server = spawn(join(programs, "postgres"), args, {
    ...owner,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(server, "exit");
  let said = "";
  server.stderr.setEncoding("utf8").on("data", (piece: string) => void (said += piece));
  const kill = (): void => void server.kill("SIGKILL");
  process.once("exit", kill);
  for (const end = Date.now() + START_MS; !said.includes("ready to accept connections"); await sleep(20))
    if (server.exitCode !== null || Date.now() > end) throw new Error(`the server did not come up:\n${said}`);
  return {
    url: `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    stop: async () => {
      // Waits for clients that are still leaving.
      server.kill("SIGTERM");
      await Promise.race([exited, sleep(STOP_MS, undefined, { ref: false })]);
      kill();
      await exited;
      process.off("exit", kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It does not run as root. */
function owning(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout),
  );
  return uid === undefined || gid === undefined || Number.isNaN(uid + gid) ? { uid: 65534, gid: 65534 } : { uid, gid };
}
