/** What the offline engine makes of what manuals are written in: titles, fields, definitions, defaults. */
import { describe, expect, it } from "vitest";
import { playOfflineSwarm } from "../../../../support/offline-swarm.ts";
import { libraryOf, temporaryTree } from "../../documents/temporary-tree.ts";

async function ask(task: string, files: Record<string, string>): Promise<string> {
  const { answer, citationCheck } = await playOfflineSwarm({ task, documents: await libraryOf(temporaryTree(files)) });
  expect(citationCheck.broken).toEqual([]);
  return answer;
}

const PAGE = `<h2>7.1 tank-limit</h2>
${[
  ["Specifies", "How full the tank may get."],
  ["Default value", "4096"],
  ["Notes", "The value of this option can be seen."],
]
  .map(([name, text]) => `<dt>${name}:</dt>\n<dd>\n<p>\n${text}</p>\n</dd>\n`)
  .join("")}`;

describe("a question about a manual", () => {
  it.each([
    ["What is alpha?", { "a/page.md": "alpha 111\n" }, /"alpha 111" \[a\/page\.md:1\]/],
    [
      "What does the gauge module do?",
      {
        "gauge.rst":
          "**********************\ngauge: Pressure Module\n**********************\n\nPurpose\n=======\n\nThis module reads the pressure of a pump once a second.\n\nMetadata\n========\n\nThe gauge module supports metadata.\n",
      },
      /"This module reads the pressure of a pump once a second\."/,
    ],
    [
      "What is the default of pump.litres-per-second?",
      {
        "pump.txt":
          "Options\n=======\n\n:pump.litres-per-second:\n  limits the throughput for each single pipe to the given\n  limit in litres\n\n  default: 0 (no limit)\n\n:tank.litres-per-second:\n  limits the throughput for all pipes to the given limit\n  in litres\n",
      },
      /"default: 0 \(no limit\)"/,
    ],
    [
      "What is the default of tank-limit?",
      {
        "pump.html": PAGE,
      },
      /\*\*Default value:\*\* "4096"/,
    ],
    [
      "What does the tank-limit option do?",
      {
        "pump.html": PAGE,
      },
      /"How full the tank may get\."/,
    ],
    [
      "What does pump.show-seals do?",
      {
        "pump.txt":
          "Options\n=======\n\npump.show-seals\n  shows the seals below the dial\n\n  Default: disabled\n\npump.hide-dial\n  hides the dial\n\n  Default: disabled\n",
      },
      /"shows the seals below the dial"/,
    ],
    [
      "What is the default location of the seal list?",
      {
        "pump.txt":
          "Name the seal list, a file of its own. /etc/pump/seals is the default location. It is read once.\n",
      },
      /"\/etc\/pump\/seals is the default location\."/,
    ],
    [
      "What does zpl stand for?",
      { "zpl.txt": "All of zpl is discarded at once.\n\nThe builtin zpl stands for “Zip to Last Place”.\n" },
      /stands for “Zip to Last Place”/,
    ],
  ])(
    "is answered by the whole of a short text, a title above all, a field, what a name means: %s",
    async (task, files, said) => {
      const answer = await ask(task, files);
      expect(answer).toMatch(said);
      expect(answer).not.toMatch(/NOT FOUND|do not state/);
    },
  );

  it.each([
    [
      "Which user does the pump run as by default?",
      "rundir\n------\n\nWhere the pump runs.\n\n*Default:* ``/run/pump``\n",
    ],
    ["When was the pump created?", "The pump will keep a lock on its tank while creating or deleting a flow.\n"],
    ["What is the default mode of the pump?", "If an old tank is used, the default mode of the pump is *slow*.\n"],
  ])("is not answered by what is of another kind, or holds on a condition: %s", async (task, text) => {
    expect(await ask(task, { "pump.txt": text })).toMatch(/^NOT FOUND: /);
  });
});
