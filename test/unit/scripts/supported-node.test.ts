import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { isSupportedNode, SUPPORTED_NODE, unsupportedNodeMessage } from "../../../bin/supported-node.mjs";
import { environmentFor, nodePackage } from "../../../scripts/launch/private-node.mjs";
import { ROOT } from "../../../scripts/launch/resolve-program.mjs";

describe("the Node that is supported", () => {
  it.for([
    ["18.20.8", false],
    ["20.20.2", false],
    ["22.18.0", false],
    ["22.19.0", true],
    ["23.11.1", false],
    ["24.0.0", true],
    ["26.1.0", true],
    ["25.0.0-nightly20250101", true],
  ] as const)("%s: %s", ([version, supported]) => {
    expect(isSupportedNode(version)).toBe(supported);
  });

  it("is the range that package.json declares", () => {
    const { engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { engines: { node: string } };
    expect(engines.node).toBe(SUPPORTED_NODE);
  });

  it("is named in one line with what was found and what to do", () => {
    const message = unsupportedNodeMessage("20.20.2");
    expect(message).toContain(SUPPORTED_NODE);
    expect(message).toContain("20.20.2");
    expect(message).toContain("install Node 24");
    expect(message).not.toContain("\n");
  });
});

describe("a private Node", () => {
  it("is one archive for each platform, by its hash, and one that runs Glasshive", () => {
    const platforms = ["linux x64", "linux arm64", "darwin x64", "darwin arm64", "win32 x64"];
    for (const [platform = "", arch = ""] of platforms.map((both) => both.split(" "))) {
      const { name, version, integrity } = nodePackage(platform, arch);
      expect(name).toMatch(/^node-[a-z0-9-]+$/);
      expect(isSupportedNode(version)).toBe(true);
      expect(Buffer.from(integrity.replace("sha512-", ""), "base64")).toHaveLength(64);
    }
    expect(() => nodePackage("sunos", "sparc")).toThrow("none to fetch for sunos on sparc: install Node 24");
  });

  it("comes first on PATH, under whatever name PATH has, and keeps the rest of the environment", () => {
    const executable = join("/tools", "bin", "node");
    const env = environmentFor({ Path: "/usr/bin", INIT_CWD: "/where/i/stand" }, "/tools", executable);
    expect(env).toEqual({
      Path: `${join("/tools", "bin")}${delimiter}/usr/bin`,
      INIT_CWD: "/where/i/stand",
      NODE: executable,
      npm_node_execpath: executable,
      npm_config_nodedir: "/tools",
    });
  });
});
