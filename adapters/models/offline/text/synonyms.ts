/** Words that documents use for one another. Small on purpose: a wrong synonym costs more than a missing one. */
import { stem } from "./stem.ts";

const GROUPS = [
  "licence license licensed",
  "default defaults fallback",
  "timeout timeouts deadline",
  "install installation setup",
  "delete remove drop unset clear",
  "create make define declare construct",
  "configure setting option config configuration set settings",
  "error exception failure fail throw",
  "argument parameter param args",
  "function method callback",
  "fast performance speed quick efficient",
  "stop exit terminate abort cancel",
  "start begin launch",
  "require need must depend",
  "support compatible compliant conform",
  "decide decision decided",
  "why reason rationale motivation",
  "allow permit enable",
  "disable prevent skip",
  "show display print output",
  "directory folder",
  "minimum min least",
  "maximum max limit most",
  "repository repo",
  "environment env",
  "variable variables env",
  "synchronous sync",
  "asynchronous async",
  "database db sqlite",
  "validate validation check verify",
  "purpose description aim",
  "large big huge",
  "version release",
  "change modify update edit",
  "difference differ unlike whereas contrast",
  "advantage benefit pro",
  "disadvantage drawback limitation caveat con",
  "author maintainer creator",
  "recommend prefer suggest",
  "handle catch process",
  "multiple several many",
  "parse read decode",
  "write save store persist",
  "nested nesting sub child",
  "optional nullable",
] as const;

const RELATED = indexed();

/** Stems that stand for the same thing as this stem, without itself. Pure. */
export function synonymsOf(term: string): readonly string[] {
  return RELATED.get(term) ?? [];
}

function indexed(): ReadonlyMap<string, readonly string[]> {
  const related = new Map<string, Set<string>>();
  for (const group of GROUPS) {
    const stems = [...new Set(group.split(" ").map(stem))];
    for (const one of stems) {
      const others = related.get(one) ?? new Set();
      for (const other of stems) if (other !== one) others.add(other);
      related.set(one, others);
    }
  }
  return new Map([...related].map(([key, others]) => [key, [...others]]));
}
