import { expect, it } from "vitest";
import { KeyedQueue } from "../../../../../engine/runtime/waiting/waits.ts";

it("what is done under one key is done one after the other, in the order in which it was added; other keys do not wait", async () => {
  const queue = new KeyedQueue();
  const first = Promise.withResolvers<string>();
  const begun: string[] = [];
  const add = (key: string, name: string, work: Promise<string> = Promise.resolve(name)) =>
    queue.add(key, () => {
      begun.push(name);
      return work;
    });
  const [one, two] = [add("a", "one", first.promise), add("a", "two")];
  expect(await add("b", "other")).toBe("other");
  expect(begun).toEqual(["one", "other"]);
  first.resolve("ended");
  expect(await Promise.all([one, two])).toEqual(["ended", "two"]);
  expect(begun).toEqual(["one", "other", "two"]);
});

it("what fails is told to who added it, and holds nobody up", async () => {
  const queue = new KeyedQueue();
  const failing = queue.add("a", () => Promise.reject(new Error("no")));
  const next = queue.add("a", () => Promise.resolve("done"));
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe("done");
});
