/**
 * One aspect of one thing: from its manifest where a key states it, else from prose. What nobody states stays undefined.
 */
import { stemSet } from "../text/words.ts";
import { GIVES_REASONS } from "./answer-cues.ts";
import type { Fact } from "./json-facts.ts";
import { asksPurpose, knownAspect, type KnownAspect } from "./known-aspects.ts";
import { isManifest, type Material } from "./material.ts";
import { plainWords } from "./plain-words.ts";
import { quoted, quotedValue } from "./quoting.ts";
import { readQuestion } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import { definingUnit, NOT_AN_OPENING, subjectAspect } from "./subject-aspects.ts";
import type { Unit } from "./units.ts";

export interface Finding {
  /** What was found, as plain words. */
  value: string;
  /** One or more citations that support it. */
  citation: string;
  source: "key" | "prose";
  /** Where prose says it. */
  unit?: Unit;
}

const FEWEST = 0.5;
const MOST_KEYS = 12;
const COUNTS = /\bnumber of\b|\bhow many\b|\bcount\b/i;
const OWN_PAGE = /(?:^|\/)(?:readme|index|skill|overview|introduction|about)[^/]*$/i;
/** Keys below which names are anybody's: a script called "test:watch" says nothing about watching. */
const INNER_KEYS =
  /^(?:scripts|(?:dev|peer|optional|bundled)?dependencies\w*|exports|imports|files|overrides|resolutions)$/i;
const LICENCE_FILE = /(?:^|\/)(?:licen[cs]e|copying)[^/]*$/i;
const LICENCE_NAME =
  /\b(?:MIT(?: License)?|ISC(?: License)?|Apache License|BSD [23]-Clause|Mozilla Public License|GNU (?:LESSER |AFFERO )?GENERAL PUBLIC LICENSE|The Unlicense|BlueOak[\w.-]*|Blue Oak Model License)\b/i;

/** The best statement of an aspect in the material, `subject` being the thing's name. Pure. */
export function findAspect(asked: string, subject: string, material: Material): Finding | undefined {
  const known = knownAspect(asked);
  const stated = known === undefined ? genericKey(asked, material.facts) : byKeys(known, asked, material.facts);
  if (stated !== undefined) return stated;
  if (known?.manifestOnly === true) return undefined;
  const about = material.isOwn ? "" : subject;
  if (known !== undefined && /licen/i.test(asked))
    return fromLicenceFile(material.units) ?? fromProse(asked, about, material.units, licenceNamed);
  if (known !== undefined && /\bnode\b/i.test(asked)) return fromProse(asked, about, material.units, nodeVersionNamed);
  if (asksPurpose(asked)) return fromPurpose(subject, material.units);
  const ofSubject = subjectAspect(asked, subject, material.units);
  if (ofSubject !== undefined) return ofSubject === "none" ? undefined : fromUnit(ofSubject, subject);
  return fromProse(asked, about, material.units);
}

function byKeys(known: KnownAspect, asked: string, facts: readonly Fact[]): Finding | undefined {
  const own = ofOutermostManifest(facts);
  for (const key of known.keys) {
    const found = own.filter((fact) => key.test(fact.keys.join(".")) && fact.value.trim() !== "");
    if (found.length > 0) return fromFacts(found, key, asked);
  }
  return undefined;
}

/** A package's benchmark or example has a manifest of its own: what it depends on is not what the package depends on. */
function ofOutermostManifest(facts: readonly Fact[]): readonly Fact[] {
  const depth = Math.min(...facts.filter(({ path }) => isManifest(path)).map(({ path }) => path.split("/").length));
  return Number.isFinite(depth) ? facts.filter(({ path }) => path.split("/").length <= depth) : facts;
}

function fromFacts(found: readonly Fact[], key: RegExp, asked: string): Finding | undefined {
  const first = found[0] as Fact;
  const own = found.filter((fact) => fact.path === first.path);
  const many = key.source.endsWith("\\.") || own.length > 1;
  const shown = own.slice(0, many ? MOST_KEYS : 1);
  const isNamed = key.source.endsWith("\\.");
  const values = shown.map((fact) => (isNamed ? fact.keys.slice(1).join(".") : fact.value));
  const citations = shown
    .map((fact) =>
      isNamed
        ? quotedValue({ path: fact.path, line: fact.keyLine, text: fact.keys.at(-1) ?? "" })
        : quotedValue({ path: fact.path, line: fact.line, text: fact.raw }),
    )
    .filter((words) => words !== "");
  if (citations.length === 0) return undefined;
  const rest = own.length - shown.length;
  if (isNamed && COUNTS.test(asked))
    return {
      value: String(own.length),
      citation: citations.join(", ") + (rest > 0 ? ` and ${rest} more` : ""),
      source: "key",
    };
  return {
    value: values.join(", ") + (rest > 0 && many ? ` and ${rest} more` : ""),
    citation: citations.join(", "),
    source: "key",
  };
}

/** A key whose name holds every word of the aspect. */
function genericKey(asked: string, facts: readonly Fact[]): Finding | undefined {
  const wanted = stemSet(asked);
  if (wanted.size === 0 || wanted.size > 3) return undefined;
  const match = facts.find((fact) => {
    const stems = stemSet(fact.keys.join(" "));
    return (
      fact.keys.length <= 2 && !INNER_KEYS.test(fact.keys[0] ?? "") && [...wanted].every((stem) => stems.has(stem))
    );
  });
  return match === undefined ? undefined : fromFacts([match], /^x$/, asked);
}

function fromLicenceFile(units: readonly Unit[]): Finding | undefined {
  for (const unit of units) {
    if (!LICENCE_FILE.test(unit.path)) continue;
    for (const piece of unit.pieces) {
      const name = LICENCE_NAME.exec(piece.text)?.[0];
      if (name !== undefined)
        return { value: licenceId(name), citation: quotedValue({ ...piece, text: name }), source: "key" };
    }
  }
  return undefined;
}

function licenceId(name: string): string {
  return name.replace(/ License$/i, "");
}

/** A sentence that says what the thing is, else the first real sentence of its own page. */
function fromPurpose(subject: string, units: readonly Unit[]): Finding | undefined {
  const prose = units.filter(
    (unit) => (unit.kind === "prose" || unit.kind === "item") && !LICENCE_FILE.test(unit.path),
  );
  return fromUnit(definingUnit(subject, prose) ?? openingOf(prose), subject);
}

function openingOf(prose: readonly Unit[]): Unit | undefined {
  const page = prose.filter(
    (unit) => OWN_PAGE.test(unit.path) && unit.kind === "prose" && unit.block < 8 && unit.headings.length <= 1,
  );
  return page.find(
    (unit) => unit.text.split(/\s+/).length >= 5 && /\p{L}{3}/u.test(unit.text) && !NOT_AN_OPENING.test(unit.text),
  );
}

function fromProse(
  asked: string,
  subject: string,
  units: readonly Unit[],
  accepts?: (unit: Unit) => boolean,
): Finding | undefined {
  const candidates = units.filter((unit) => unit.kind !== "code" && accepts?.(unit) !== false);
  const question = readQuestion(`${asked} ${subject}`.trim());
  if (question.terms.length === 0)
    return question.kinds.has("why") ? fromUnit(reasonIn(candidates), subject) : undefined;
  const best = rankUnits(candidates, question).find((entry) => entry.score > 0);
  return best !== undefined &&
    (accepts !== undefined || best.coverage >= FEWEST) &&
    shares(asked, best.stems, best.unit)
    ? fromUnit(best.unit, subject)
    : undefined;
}

/** A bare "why": what stands under a heading of reasons, else a sentence that gives one. */
function reasonIn(units: readonly Unit[]): Unit | undefined {
  const prose = units.filter((unit) => unit.kind === "prose" && unit.text.split(/\s+/).length >= 5);
  return (
    prose.find((unit) => GIVES_REASONS.test(unit.headings.at(-1) ?? "")) ??
    prose.find((unit) => /\b(?:because|so that|in order to|therefore)\b/i.test(unit.text))
  );
}

/** The subject alone is no answer: a word of the aspect itself has to be there. */
function shares(asked: string, stems: ReadonlySet<string>, unit: Unit): boolean {
  const above = stemSet(unit.headings.slice(-2).join(" "));
  return readQuestion(asked).terms.some((term) =>
    [term.stem, ...term.synonyms].some((stem) => stems.has(stem) || above.has(stem)),
  );
}

function licenceNamed(unit: Unit): boolean {
  return LICENCE_NAME.test(unit.text) || /\blicen[cs]ed under\b/i.test(unit.text);
}

/** Says which Node it needs, not on which one something was once broken or measured. */
function nodeVersionNamed(unit: Unit): boolean {
  return (
    /\bnode(?:\.?js)?\W{0,3}(?:versions?\W{1,2})?(?:>=?|≥|v)?\s?\d+/i.test(unit.text) &&
    /require|support|need|minimum|>|≥|higher|later|newer|above|\+|works (?:on|with)|compatible/i.test(unit.text) &&
    !/benchmark|\btests?\b|prior to|\bold(?:er)? versions?\b|\bbefore\b|n't\b|\bnot\b|<|^\W*(?:yes|no)\b/i.test(
      unit.text,
    )
  );
}

function fromUnit(unit: Unit | undefined, subject: string): Finding | undefined {
  if (unit === undefined) return undefined;
  const pieces = unit.kind === "code" ? [tellingLine(unit, subject)] : unit.pieces;
  const citation = quoted(pieces, "cell");
  return citation === ""
    ? undefined
    : { value: plainWords(pieces.map((piece) => piece.text).join(" ")), citation, source: "prose", unit };
}

/** The line of code that shows the most: one that calls something by the subject's name, else the first that is no import. */
function tellingLine(unit: Unit, subject: string): Unit["pieces"][number] {
  const name = bareName(subject);
  const shown = unit.pieces.filter(
    (piece) => !/^\s*(?:\/\/|#|\*|import\b|(?:const|let|var) [\w{},: ]+ = require|[{}()\];,]*$)/.test(piece.text),
  );
  const calling = shown.find(
    (piece) => name !== "" && bareName(piece.text).includes(name) && /\w\s*[(<`]/.test(piece.text),
  );
  return (calling ??
    shown.find((piece) => /\w\(./.test(piece.text)) ??
    shown[0] ??
    unit.pieces[0]) as Unit["pieces"][number];
}

function bareName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "");
}
