/**
 * Paths against patterns with `*`, `?`, `[…]` and `**`: one matcher for ignore rules and for globs. Patterns come from strangers (a
 * folder's ignore files, a model's plan), so no regular expression is made of them: the work is at most pattern times path.
 * `*`, `?` and `[…]` match within one name, `**` matches any number of folders. A backslash takes the next character for itself.
 * Pure.
 */

type Token = { kind: "one"; of: (code: number) => boolean } | { kind: "any" };
/** One name of a path. `text`: no wildcards in it. */
type NamePattern = { text: string } | { tokens: Token[] };
type Segment = NamePattern | "folders";

export type PathPattern = readonly Segment[];

/** Undefined where the pattern can match nothing: an open bracket, a backslash at the end. */
export function compilePath(pattern: string): PathPattern | undefined {
  const segments: Segment[] = [];
  const names = pattern.split("/");
  for (const [place, name] of names.entries()) {
    const compiled = name === "**" ? "folders" : compileName(name);
    if (compiled === undefined) return undefined;
    segments.push(compiled);
    // What is below a folder is something: `a/**` does not match `a`.
    if (compiled === "folders" && place === names.length - 1) segments.push({ tokens: [{ kind: "any" }] });
  }
  return segments;
}

/** The longest name without wildcards, which every path that matches holds; empty where there is none. */
export function longestName(pattern: PathPattern): string {
  const texts = pattern.flatMap((segment) => (segment !== "folders" && "text" in segment ? [segment.text] : []));
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
}

/** Whether all of the names of a path match. */
export function matchesPath(pattern: PathPattern, names: readonly string[]): boolean {
  let [at, name, retry, from] = [0, 0, -1, 0];
  while (name < names.length) {
    const segment = pattern[at];
    if (segment === "folders") {
      [retry, from] = [at, name];
      at += 1;
    } else if (segment !== undefined && matchesName(segment, names[name] ?? "")) {
      at += 1;
      name += 1;
    } else if (retry >= 0) {
      from += 1;
      [at, name] = [retry + 1, from];
    } else return false;
  }
  return at === pattern.length;
}

/** Undefined as for `compilePath`. `**` in the midst of a name is as `*`. */
export function compileName(pattern: string): NamePattern | undefined {
  if (!/[*?[\\]/.test(pattern)) return { text: pattern };
  const tokens: Token[] = [];
  for (let place = 0; place < pattern.length; place += 1) {
    const character = pattern.charAt(place);
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "any") tokens.push({ kind: "any" });
    } else if (character === "?") tokens.push({ kind: "one", of: () => true });
    else if (character === "[") {
      const set = setAt(pattern, place + 1);
      if (set === undefined) return undefined;
      tokens.push({ kind: "one", of: set.has });
      place = set.end;
    } else {
      if (character === "\\") place += 1;
      if (place >= pattern.length) return undefined;
      const code = pattern.charCodeAt(place);
      tokens.push({ kind: "one", of: (other) => other === code });
    }
  }
  return { tokens };
}

export function matchesName(pattern: NamePattern, name: string): boolean {
  if ("text" in pattern) return pattern.text === name;
  const { tokens } = pattern;
  let [at, place, retry, from] = [0, 0, -1, 0];
  while (place < name.length) {
    const token = tokens[at];
    if (token?.kind === "any") {
      [retry, from] = [at, place];
      at += 1;
    } else if (token?.of(name.charCodeAt(place)) === true) {
      at += 1;
      place += 1;
    } else if (retry >= 0) {
      from += 1;
      [at, place] = [retry + 1, from];
    } else return false;
  }
  while (tokens[at]?.kind === "any") at += 1;
  return at === tokens.length;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[a-z0-9]/i,
  alpha: /[a-z]/i,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /[A-Z]/,
  xdigit: /[0-9a-f]/i,
};

/** The characters of a bracket whose content begins at `start`; `end` is the place of its `]`. */
function setAt(pattern: string, start: number): { has: (code: number) => boolean; end: number } | undefined {
  const isNegated = pattern[start] === "!" || pattern[start] === "^";
  const first = isNegated ? start + 1 : start;
  const ranges: [number, number][] = [];
  const classes: RegExp[] = [];
  for (let place = first; place < pattern.length; place += 1) {
    if (pattern[place] === "]" && place > first) {
      const isIn = (code: number): boolean =>
        ranges.some(([low, high]) => code >= low && code <= high) ||
        classes.some((one) => one.test(String.fromCharCode(code)));
      return { has: (code) => isIn(code) !== isNegated, end: place };
    }
    const named = /^\[:(\w+):\]/.exec(pattern.slice(place, place + 12));
    if (named !== null) {
      const known = CLASSES[named[1] ?? ""];
      if (known === undefined) return undefined;
      classes.push(known);
      place += named[0].length - 1;
      continue;
    }
    if (pattern[place] === "\\") place += 1;
    const low = pattern.charCodeAt(place);
    const isRange = pattern[place + 1] === "-" && place + 2 < pattern.length && pattern[place + 2] !== "]";
    if (isRange) place += pattern[place + 2] === "\\" ? 3 : 2;
    ranges.push([low, isRange ? pattern.charCodeAt(place) : low]);
  }
  return undefined;
}

const MOST_ALTERNATIVES = 200;

/** `a.{md,txt}` as `a.md` and `a.txt`; braces without a comma stand for themselves. Empty where there are too many. */
export function alternativesOf(glob: string): string[] {
  let open = [glob];
  const done: string[] = [];
  while (open.length > 0) {
    if (open.length + done.length > MOST_ALTERNATIVES) return [];
    open = open.flatMap((text) => {
      const brace = braceIn(text);
      if (brace === undefined) done.push(text);
      return brace?.options.map((option) => text.slice(0, brace.start) + option + text.slice(brace.end)) ?? [];
    });
  }
  return done;
}

/** The first brace that holds a comma. */
function braceIn(text: string): { start: number; end: number; options: string[] } | undefined {
  for (let start = 0; start < text.length; start += 1) {
    if (text[start] === "\\") start += 1;
    else if (text[start] === "{") {
      const brace = optionsAt(text, start);
      if (brace !== undefined && brace.options.length > 1) return { start, ...brace };
    }
  }
  return undefined;
}

function optionsAt(text: string, start: number): { end: number; options: string[] } | undefined {
  const options: string[] = [];
  let [depth, from] = [0, start + 1];
  for (let place = start; place < text.length; place += 1) {
    const character = text[place];
    if (character === "\\") place += 1;
    else if (character === "{") depth += 1;
    else if (character === "}") depth -= 1;
    const isEnd = depth === 0 && character === "}";
    if (isEnd || (depth === 1 && character === ",")) {
      options.push(text.slice(from, place));
      from = place + 1;
    }
    if (isEnd) return { end: place + 1, options };
  }
  return undefined;
}
