/** What an agent is told of the artifacts. Pure. */
import { HumanMessage, type BaseMessage } from "@langchain/core/messages";
import type { ArtifactType, ChangedArtifact, ConflictPolicy } from "../../../state/artifact.ts";
import type { Plan, PlanCheck, Subtask } from "../../../state/plan.ts";
import { cutTo } from "../../../state/plain-text.ts";
import { isNamed, type ArtifactRules } from "../merge/artifact-rules.ts";
import { artifactsOf } from "../plan/shared-parts.ts";
import { section } from "./markup.ts";

/** What becomes of two writes that change the same. */
const CLASHES: Readonly<Record<ConflictPolicy, string>> = {
  "reject-and-retry": "the later write is sent back",
  "first-wins": "the first stays",
  "last-wins": "the last stays",
  arbiter: "an arbiter decides",
  human: "a human decides",
};
/** How a tool changes artifacts, beside what its definition says. */
const WAYS: Readonly<Record<string, string>> = {
  append_artifact: "append_artifact adds at the end",
  patch_artifact: "patch_artifact changes parts",
  write_artifact: "write_artifact makes all of it anew",
};
const LONGEST_CHECK = 2_000;

interface ArtifactFacts {
  rules: (name: string) => ArtifactRules;
  checks: Plan["checks"];
  tools: ReadonlySet<string>;
}

/** For the opening of a lane's conversation: what they are and must be, nothing that changes while the run goes on. */
export function artifactsSection(
  { reads, writes }: Pick<Subtask, "reads" | "writes">,
  { rules, checks, tools }: ArtifactFacts,
): string | undefined {
  if (reads.length === 0 && writes.length === 0) return undefined;
  const ways = Object.entries(WAYS).flatMap(([tool, way]) => (writes.length > 0 && tools.has(tool) ? [way] : []));
  const read = reads.filter((name) => !writes.includes(name));
  const lines = [
    ...writes.map((name) => `may write: ${described(name, rules)}${clash(name, rules)}`),
    ...read.map((name) => `may read: ${described(name, rules)}`),
    ...checks.filter((check) => artifactsOf(check).some((name) => isNamed(writes, name))).map(checkLine),
    `Others work on them at the same time${writes.length > 0 ? "; writes to different places are merged" : ""}.`,
    ...(ways.length > 0 ? [`${ways.join("; ")}.`] : []),
    `Your result is still your last reply${writes.length > 0 ? ": a line on what you wrote, where the subtask asks for no more" : ""}.`,
  ];
  return section("artifacts", {}, lines.join("\n"));
}

function described(name: string, rules: ArtifactFacts["rules"]): string {
  if (name.endsWith("/*")) return name;
  const { type, key } = rules(name);
  return `${name} (${TYPES[type]}${type === "table" ? `, rows told apart by ${JSON.stringify(key)}` : ""})`;
}

const TYPES: Readonly<Record<ArtifactType, string>> = {
  text: "text",
  json: "json",
  lines: "lines, a set",
  table: "table",
  binary: "reference to a file",
};

function clash(name: string, rules: ArtifactFacts["rules"]): string {
  if (name.endsWith("/*")) return "";
  const { type, policy } = rules(name);
  return type === "lines" ? "" : `; where two change the same, ${CLASHES[policy]}`;
}

function checkLine(check: PlanCheck): string {
  const about = artifactsOf(check).join(", ");
  const what =
    "schema" in check
      ? `fit this JSON Schema: ${JSON.stringify(check.schema)}`
      : "command" in check
        ? `pass: ${check.command.join(" ")}`
        : `be so: ${check.predicate}`;
  return cutTo(`in the end ${about} must ${what}`, LONGEST_CHECK);
}

/** Marks what is told on the side: it begins nothing anew, as a repair does. Not sent to the model. */
const NOTE = { glasshive: "note" } as const;

export function isNote(message: BaseMessage): boolean {
  return message.additional_kwargs["glasshive"] === NOTE.glasshive;
}

export function note(content: string): BaseMessage {
  return new HumanMessage({ content, additional_kwargs: NOTE });
}

export interface StandingArtifact {
  name: string;
  /** 0: nobody has written it yet. */
  version: number;
  bytes: number;
  /** Where it is small enough to be shown. */
  text?: string;
}

/** At the beginning of an agent's work: how far they are, and what stands in the small ones. */
export function standingNote(artifacts: readonly StandingArtifact[]): BaseMessage {
  const lines = artifacts.map(({ name, version, bytes, text }) => {
    if (version === 0) return `${name}: not written yet`;
    return text === undefined
      ? `${name}: version ${version}, ${bytes} bytes`
      : section("artifact", { name, version }, text);
  });
  return note(section("standing", {}, lines.join("\n")));
}

/** At the beginning of a step: what others have changed since the agent read it. */
export function changesNote(changes: readonly (ChangedArtifact & { what: string })[]): BaseMessage {
  const lines = changes.map(
    ({ artifact, seen, newest, by, what }) =>
      `${artifact}: version ${newest} by ${by}, after version ${seen} that you saw${what === "" ? "" : `: ${what}`}`,
  );
  return note(section("changed", {}, lines.join("\n")));
}
