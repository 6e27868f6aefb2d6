/**
 * One aspect of one thing: from its manifest where a key states it, else from prose. What nobody states stays undefined.
 */
import { stemSet } from "../text/words.ts";
import type { Fact } from "./json-facts.ts";
import { asksPurpose, knownAspect, type KnownAspect } from "./known-aspects.ts";
import type { Material } from "./material.ts";
import { plainWords } from "./plain-words.ts";
import { quoted, quotedValue } from "./quoting.ts";
import { readQuestion } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import { definingUnit, subjectAspect } from "./subject-aspects.ts";
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
const OWN_PAGE = /(?:^|\/)(?:readme|index|skill|overview|introduction|about)[^/]*$/i;
const NOT_AN_OPENING =
  /^\W*(?:see\b|note\b|warning\b|install|npm |yarn |https?:|\[!|<|documentation|table of|it should\b|this is not)|\?$/i;
const LICENCE_FILE = /(?:^|\/)(?:licen[cs]e|copying)[^/]*$/i;
const LICENCE_NAME =
  /\b(?:MIT(?: License)?|ISC(?: License)?|Apache License|BSD [23]-Clause|Mozilla Public License|GNU (?:LESSER |AFFERO )?GENERAL PUBLIC LICENSE|The Unlicense|BlueOak[\w.-]*|Blue Oak Model License)\b/i;

/** The best statement of an aspect in the material, `subject` being the thing's name. Pure. */
export function findAspect(asked: string, subject: string, material: Material): Finding | undefined {
  const known = knownAspect(asked);
  const stated = known === undefined ? genericKey(asked, material.facts) : byKeys(known, material.facts);
  if (stated !== undefined) return stated;
  if (known?.manifestOnly === true) return undefined;
  if (known !== undefined && /licen/i.test(asked))
    return fromLicenceFile(material.units) ?? fromProse(asked, subject, material.units, licenceNamed);
  if (known !== undefined && /\bnode\b/i.test(asked))
    return fromProse(asked, subject, material.units, nodeVersionNamed);
  if (asksPurpose(asked)) return fromPurpose(subject, material.units);
  const ofSubject = subjectAspect(asked, subject, material.units);
  if (ofSubject !== undefined) return ofSubject === "none" ? undefined : fromUnit(ofSubject);
  return fromProse(asked, subject, material.units);
}

function byKeys(known: KnownAspect, facts: readonly Fact[]): Finding | undefined {
  for (const key of known.keys) {
    const found = facts.filter((fact) => key.test(fact.keys.join(".")) && fact.value.trim() !== "");
    if (found.length > 0) return fromFacts(found, key);
  }
  return undefined;
}

function fromFacts(found: readonly Fact[], key: RegExp): Finding | undefined {
  const first = found[0] as Fact;
  const own = found.filter((fact) => fact.path === first.path);
  const many = key.source.endsWith("\\.") || own.length > 1;
  const shown = own.slice(0, many ? MOST_KEYS : 1);
  const values = shown.map((fact) =>
    key.source.endsWith("\\.") ? `${fact.keys.slice(1).join(".")} ${fact.value}` : fact.value,
  );
  const citations = shown
    .map((fact) => quotedValue({ path: fact.path, line: fact.line, text: fact.raw }))
    .filter((words) => words !== "");
  if (citations.length === 0) return undefined;
  const rest = own.length - shown.length;
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
    return fact.keys.length <= 2 && [...wanted].every((stem) => stems.has(stem));
  });
  return match === undefined ? undefined : fromFacts([match], /^x$/);
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
  return fromUnit(definingUnit(subject, prose) ?? openingOf(prose));
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
  accepts: (unit: Unit) => boolean = () => true,
): Finding | undefined {
  const candidates = units.filter((unit) => unit.kind !== "code" && accepts(unit));
  const best = rankUnits(candidates, readQuestion(`${asked} ${subject}`)).find((entry) => entry.score > 0);
  return best !== undefined && best.coverage >= FEWEST && shares(asked, best.stems, best.unit)
    ? fromUnit(best.unit)
    : undefined;
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

function nodeVersionNamed(unit: Unit): boolean {
  return (
    /\bnode(?:\.?js)?\b[^.]{0,40}?\bv?\d+/i.test(unit.text) &&
    /require|support|need|minimum|>=|≥|higher|later|newer|above|\+|version/i.test(unit.text)
  );
}

function fromUnit(unit: Unit | undefined): Finding | undefined {
  if (unit === undefined) return undefined;
  const pieces = unit.kind === "code" ? [tellingLine(unit)] : unit.pieces;
  const citation = quoted(pieces, "cell");
  return citation === ""
    ? undefined
    : { value: plainWords(pieces.map((piece) => piece.text).join(" ")), citation, source: "prose", unit };
}

/** The line of code that shows the most. */
function tellingLine(unit: Unit): Unit["pieces"][number] {
  const shown = unit.pieces.filter(
    (piece) => !/^\s*(?:\/\/|#|\*|import\b|const \w+ = require|[{}()\];,]*$)/.test(piece.text),
  );
  return (shown[0] ?? unit.pieces[0]) as Unit["pieces"][number];
}
