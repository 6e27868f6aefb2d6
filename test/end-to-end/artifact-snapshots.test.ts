/** What a lane sees of the artifacts while others write: one state a step, and at its next step what has changed, once. */
import { expect, it } from "vitest";
import { after, artifactRun, call, completed, read, say, told } from "../support/artifact-run.ts";

it("two reads of one step see the same though others write, and the next step is told what has changed, once", async () => {
  const heard: string[] = [];
  const notes: string[] = [];
  const noted = (asked: Parameters<typeof told>[0]): string =>
    asked.messages
      .map(({ content }) => String(content))
      .filter((text) => text.includes("<changed>"))
      .join("\n");
  const hear = (reply: ReturnType<typeof call>) => (asked: Parameters<typeof told>[0]) => {
    heard.push(told(asked));
    notes.push(noted(asked));
    return reply;
  };
  const append = call("append_artifact", { name: "log.md", content: "second" });
  const run = await artifactRun({
    plan: {
      artifacts: [{ name: "log.md", content: "first\n" }],
      subtasks: [
        { id: "reader", instructions: "Read.", reads: ["log.md"] },
        { id: "writer", instructions: "Write.", writes: ["log.md"] },
      ],
    },
    lanes: {
      // The step begins before its model turn: what is written while the model thinks is not seen by its two reads.
      reader: [
        read("log.md"),
        (asked, reached) => ({
          ...hear({ toolCalls: [1, 2].map(() => ({ name: "read_artifact", args: { name: "log.md" } })) })(asked),
          when: reached("writer", 1),
        }),
        hear(call("list_artifacts", {})),
        hear(say("read")),
      ],
      writer: [after("reader", 1, append), after("reader", 2, append), say("written")],
    },
  });
  completed(await run.run());
  const [, step, ...later] = heard;
  expect(step!.match(/version="1"/g)).toHaveLength(2);
  expect(step).not.toContain("second");
  expect(notes[0]).toBe("");
  expect(notes[1]).toContain("log.md: version 2 by writer, after version 1 that you saw: line 2 new");
  // The list that it asks for then is of the state in which that step began; the note is not said twice.
  expect(later).toHaveLength(1);
  expect(notes[2]!.match(/version 2 by writer, after version 1/g)).toHaveLength(1);
});
