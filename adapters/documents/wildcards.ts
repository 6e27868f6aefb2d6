/**
 * Paths against patterns with `*`, `?`, `[…]` and `**`: one matcher for ignore rules and for globs. Patterns come from strangers (a
 * folder's ignore files, a model's plan), so no regular expression is made of them: the work is at most pattern times path.
 * `*`, `?` and `[…]` match within one name, `**` matches any number of folders. A backslash takes the next character for itself.
 * Pure.
 */

/** What one item of a row has to be; "any": so many as there may be, or none. */
type Piece = "any" | ((item: string) => boolean);
const WILDCARD = /[*?[\\]/;

export interface PathPattern {
  /** The longest name without wildcards, which every path that matches holds; empty where there is none. */
  longestName: string;
  /** Whether all of the names of a path match. */
  matches: (names: readonly string[]) => boolean;
}

/** Undefined where the pattern can match nothing: an open bracket, a backslash at the end. */
export function compilePath(pattern: string): PathPattern | undefined {
  const names = pattern.split("/");
  const pieces = names.map((name) => (name === "**" ? "any" : compileName(name)));
  // What is below a folder is something: `a/**` does not match `a`.
  if (pieces.at(-1) === "any") pieces.push(() => true);
  if (!pieces.every((piece) => piece !== undefined)) return undefined;
  const texts = names.filter((name) => !WILDCARD.test(name));
  const longestName = texts.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
  return { longestName, matches: (path) => fits(pieces, path) };
}

/** Whether a name matches. Undefined as for `compilePath`. `**` in the midst of a name is as `*`. */
export function compileName(pattern: string): ((name: string) => boolean) | undefined {
  if (!WILDCARD.test(pattern)) return (name) => name === pattern;
  const pieces: Piece[] = [];
  for (let place = 0; place < pattern.length; place += 1) {
    const character = pattern.charAt(place);
    if (character === "*") pieces.push("any");
    else if (character === "?") pieces.push(() => true);
    else if (character === "[") {
      const set = setAt(pattern, place + 1);
      if (set === undefined) return undefined;
      pieces.push(set.has);
      place = set.end;
    } else {
      if (character === "\\") place += 1;
      const literal = pattern[place];
      if (literal === undefined) return undefined;
      pieces.push((other) => other === literal);
    }
  }
  return (name) => fits(pieces, name);
}

/** The names of a path, or the characters of a name. Only the last "any" is ever tried with more: those before it have all that they need. */
function fits(pieces: readonly Piece[], items: ArrayLike<string>): boolean {
  let [at, place, retry, from] = [0, 0, -1, 0];
  for (let item = items[0]; item !== undefined; item = items[place]) {
    const piece = pieces[at];
    if (piece === "any") {
      [retry, from] = [at, place];
      at += 1;
    } else if (piece?.(item) === true) {
      at += 1;
      place += 1;
    } else if (retry >= 0) {
      from += 1;
      [at, place] = [retry + 1, from];
    } else return false;
  }
  while (pieces[at] === "any") at += 1;
  return at === pieces.length;
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
function setAt(pattern: string, start: number): { has: (character: string) => boolean; end: number } | undefined {
  const isNegated = pattern[start] === "!" || pattern[start] === "^";
  const first = isNegated ? start + 1 : start;
  const ranges: [string, string][] = [];
  const classes: RegExp[] = [];
  for (let place = first; place < pattern.length; place += 1) {
    if (pattern[place] === "]" && place > first) {
      const isIn = (character: string): boolean =>
        ranges.some(([low, high]) => character >= low && character <= high) ||
        classes.some((one) => one.test(character));
      return { has: (character) => isIn(character) !== isNegated, end: place };
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
    const low = pattern.charAt(place);
    const isRange = pattern[place + 1] === "-" && place + 2 < pattern.length && pattern[place + 2] !== "]";
    if (isRange) place += pattern[place + 2] === "\\" ? 3 : 2;
    ranges.push([low, isRange ? pattern.charAt(place) : low]);
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
