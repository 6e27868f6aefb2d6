/** What a command loads before it does anything: time that each of them costs, each time. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const CLI = fileURLToPath(new URL("../../../../app/cli/main.ts", import.meta.url));
const TOLD_AT_ITS_END = `data:text/javascript,import{registerHooks}from"node:module";const packages=new Set();
registerHooks({load(url,context,next){packages.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);return next(url,context)}});
process.on("exit",()=>process.stderr.write([...packages].filter(Boolean).join(" ")))`;

function packagesOf(...args: string[]): string[] {
  const told = encodeURI(TOLD_AT_ITS_END).replaceAll("?", "%3F");
  const { stderr } = spawnSync(process.execPath, ["--import", told, CLI, ...args], { encoding: "utf8" });
  return stderr.split("\n").at(-1)?.split(" ") ?? [];
}

it("what the help says needs neither the graph nor a database nor a reader of files", () => {
  expect(packagesOf("run", "--help").toSorted()).toEqual(["commander", "zod"]);
});
