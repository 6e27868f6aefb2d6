import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureAgainst, measureCommand, measureFunction } from "../../../bench/measure.ts";
import { medianOf } from "../../../bench/median.ts";
import { PEERS } from "../../../bench/peers/index.ts";
import { markdownTable } from "../../../bench/table.ts";
import { spawnModelServer, type SpawnedModelServer } from "../../support/model-server/index.ts";

/** Takes so much time of the processor, however busy the machine is. */
function burn(): void {
  const begun = process.cpuUsage();
  while (process.cpuUsage(begun).user < 200_000);
}

describe("measureFunction and measureCommand", () => {
  it("count the CPU time of work in this process", async () => {
    const figures = await measureFunction(async () => burn());
    expect(figures.cpuMs).toBeGreaterThan(150);
    expect(figures.peakMb).toBeGreaterThan(10);
  });

  it("count CPU and peak memory of another process, and pass on its exit code and output", async () => {
    const script = `(${burn.toString()})(); const held = Buffer.alloc(150e6, 1); console.log("out", held.length); process.exit(3);`;
    const figures = await measureCommand({ args: ["--eval", script] });
    expect(figures).toMatchObject({ exitCode: 3, stdout: "out 150000000\n" });
    expect(figures.cpuMs).toBeGreaterThan(150);
    expect(figures.peakMb).toBeGreaterThan(150);
  });

  it("say what was killed instead of reporting half a measurement", async () => {
    await expect(measureCommand({ args: ["--eval", "process.kill(process.pid, 'SIGKILL')"] })).rejects.toThrow(
      "ended by SIGKILL",
    );
  });
});

describe("the peers", () => {
  const script = fileURLToPath(new URL("../../../bench/run-peer.ts", import.meta.url));
  let server: SpawnedModelServer;
  beforeAll(async () => void (server = await spawnModelServer(["--tool-calls", "2", "--delay-ms", "5"])));
  afterAll(() => server.close());

  it.each(Object.keys(PEERS).filter((name) => !name.includes("SQLite")))(
    "%s makes every call of every agent once",
    async (name) => {
      const options = JSON.stringify({ url: server.url, agents: 6, calls: 3, layers: 2 });
      const figures = await measureAgainst(server, () => measureCommand({ args: [script, name, options] }));
      expect(figures.stderr).toBe("");
      expect(figures).toMatchObject({ exitCode: 0, calls: 18, repeated: 0, unexpected: 0, maxInFlight: 3 });
    },
  );
});

describe("the table", () => {
  it("aligns numbers to the right and shows what is missing", () => {
    const rows = [
      { name: "a|b", speed: 1.5 },
      { name: "c", speed: null },
    ];
    const table = markdownTable(rows, [
      { title: "name", value: (row) => row.name },
      { title: "speed", value: (row) => row.speed, digits: 1 },
    ]);
    expect(table).toBe(["| name | speed |", "| ---- | ----: |", "| a\\|b |   1.5 |", "| c    |     – |"].join("\n"));
  });

  it("takes medians of numbers and leaves the rest", () => {
    expect(
      medianOf([
        { name: "x", n: 3 },
        { name: "x", n: 9 },
        { name: "x", n: 1 },
      ]),
    ).toEqual({ name: "x", n: 3 });
  });
});
