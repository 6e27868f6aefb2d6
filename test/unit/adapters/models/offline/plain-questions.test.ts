/** The plainest questions, over documents of one to five sentences: what anybody would try first. */
import { describe, expect, it } from "vitest";
import { playOfflineSwarm } from "../../../../support/offline-swarm.ts";
import { libraryOf, temporaryTree } from "../../documents/temporary-tree.ts";

async function ask(task: string, text: string): Promise<string> {
  const documents = await libraryOf(temporaryTree({ "notes.md": text }));
  const { answer, citationCheck } = await playOfflineSwarm({ task, documents });
  expect(citationCheck.broken).toEqual([]);
  return answer;
}

const FRANCE = "The capital of France is Paris. It has two million inhabitants.\n";
const LIBRARY = `The library was founded in 1902 by Clara Holm.
It stands in Harbour Street. It opens at nine and closes at six.
Members may borrow five books at once because the shelves are small.
A card costs 12 euros a year.
`;
const ENGINE = "# Engine\n\nThe engine is cooled by water. It runs on diesel.\n";
const PRICES = "# Prices\n\n| Fruit | Price |\n| --- | --- |\n| Apple | 3 euros |\n| Pear | 4 euros |\n";
const HOOKS =
  "# Hooks\n\n## pre-start\n\nIt takes no arguments, and is called before the pump starts.\n\n## post-stop\n\nIt is called after the pump has stopped.\n";
const SETTINGS =
  "# Settings\n\n## idle-time\n\nHow long a pump may idle. If it is not set, 300 seconds are used.\n\n## Options to valve\n\nBelow is a list of all options that valve takes.\n\n## Invoking valve\n\nThe valve command opens a gate.\n";
const TEAM = "# Team\n\n- Anna leads the project.\n- Ben writes the tests.\n- Carla is on leave until May.\n";

describe("a plain question", () => {
  it.each([
    ["What is the capital of France?", FRANCE, "The capital of France is Paris."],
    ["What is a seal?", "A seal is a ring that keeps water in.\n", "A seal is a ring that keeps water in."],
    ["Who founded the library?", LIBRARY, "The library was founded in 1902 by Clara Holm."],
    ["When was the library founded?", LIBRARY, "The library was founded in 1902 by Clara Holm."],
    ["Where is the library?", LIBRARY, "It stands in Harbour Street."],
    ["How many books may members borrow at once?", LIBRARY, "Members may borrow five books at once"],
    ["How much does a card cost?", LIBRARY, "A card costs 12 euros a year."],
    ["Why may members borrow only five books?", LIBRARY, "because the shelves are small."],
    ["Which fuel does the engine run on?", "The engine runs on diesel fuel.\n", "The engine runs on diesel fuel."],
    ["Is the engine cooled by water?", ENGINE, "The engine is cooled by water."],
    ["What does the engine run on?", ENGINE, "It runs on diesel."],
    ["What is the price of a pear?", PRICES, "Pear | 4 euros"],
    ["How high is the tower?", "The tower is 90 metres high.\n", "The tower is 90 metres high."],
    ["List all fruits.", PRICES, "These are all 2 that stand there."],
    ["Who writes the tests?", TEAM, "Ben writes the tests."],
    ["Who is on leave?", TEAM, "Carla is on leave until May."],
    ["Which hook is called before the pump starts?", HOOKS, "**pre-start:**"],
    ["What happens if idle-time is unset?", SETTINGS, "If it is not set, 300 seconds are used."],
    ["What does the valve command do?", SETTINGS, "The valve command opens a gate."],
    ["Who wrote the guide?", "The guide was written by Clara Holm.\n", "written by Clara Holm."],
  ])("is answered by the sentence, row or item that states it: %s", async (task, text, said) => {
    const answer = await ask(task, text);
    expect(answer).not.toMatch(/NOT FOUND|do not state/);
    expect(answer.replace(/" \[[^\]]*\] ?"?/g, " ")).toContain(said);
  });

  it.each([
    ["What is the capital of Spain?", FRANCE],
    ["Who designed the library?", LIBRARY],
    ["How many chairs does the library have?", LIBRARY],
    ["What is the price of a cherry?", PRICES],
    ["Why does the engine run on diesel?", ENGINE],
    ["When does the team meet?", TEAM],
    ["How many pumps can a valve feed at most?", "A valve can feed pumps with the v2 protocol.\n"],
  ])("that the document does not answer is said to be not stated: %s", async (task, text) => {
    expect(await ask(task, text)).toMatch(/^NOT FOUND: /);
  });
});
