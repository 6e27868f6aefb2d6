/** A look-up in a manual: how one is written down. Data; the judging is in `judge-manual.ts`. */
export interface ManualCase {
  /** Answers to those that are held out are never looked at. */
  half: "development" | "held out" | "fresh";
  kind: "fact" | "default" | "relation" | "list" | "each" | "not stated";
  /** Below the folder that the packages were unpacked in; it begins with the package's name. */
  docs: string;
  task: string;
  /** What a right answer says; empty where the documents do not state it. */
  facts: readonly RegExp[];
}

export type Rest = Omit<ManualCase, "half">;

const of =
  (kind: ManualCase["kind"]) =>
  (docs: string, task: string, ...facts: RegExp[]): Rest => ({ kind, docs, task, facts });

export const fact = of("fact");
export const byDefault = of("default");
export const relation = of("relation");
export const list = of("list");
export const each = of("each");
export const notStated = of("not stated");
