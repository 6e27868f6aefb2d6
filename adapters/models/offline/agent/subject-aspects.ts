/** Aspects that prose states of a subject without naming the aspect: what it is, how it is used, what to watch out for. */
import { isSourceCode } from "./blocks.ts";
import { readQuestion, type Term } from "./question.ts";
import { rankUnits } from "./ranking.ts";
import { stemSet, stemsOf, surfaceWords } from "../text/words.ts";
import type { Unit } from "./units.ts";

interface ProseAspect {
  asked: RegExp;
  sign: RegExp;
  kinds: readonly Unit["kind"][];
}

const ASPECTS: readonly ProseAspect[] = [
  {
    asked:
      /\bwatch out\b|\bcaveats?\b|\blimit(?:s|ations?)\b|\bdrawbacks?\b|\bpitfalls?\b|\bdisadvantages?\b|\bwarnings?\b|\brestrictions?\b|\bcons\b|\bgotchas?\b/i,
    sign: /\b(?:note|warning|caution|important|must|cannot|can't|will not|won't|never|only|careful|beware|limit(?:s|ed|ation)?|however|deprecated|unsafe|experimental|not (?:be|recommended|supported|possible|available)|does not|doesn't|do not|don't|error|throws?|undefined)\b/i,
    kinds: ["prose", "item"],
  },
  {
    asked: /\bwhen (?:to|should|would|do|is|are)\b|\buse cases?\b|\bsuited\b|\bgood for\b|\bbest for\b/i,
    sign: /\b(?:useful|use (?:this|it|them)? ?(?:when|if|for|to)|when you|if you (?:need|want|are)|recommended|ideal|suited|intended|designed|good for|in case)\b/i,
    kinds: ["prose", "item"],
  },
  {
    asked:
      /\bhow\b.*\b(?:used?|set|call(?:ed)?|configured?|install(?:ed)?|work|add|create|enable)\b|\busage\b|\bexamples?\b|\bsyntax\b/i,
    sign: /\b(?:us(?:e|es|ing|ed)|call|pass|run|import|install|you can|via)\b|\w[`(]/i,
    kinds: ["code", "prose", "item"],
  },
  {
    asked: /\badvantages?\b|\bbenefits?\b|\bstrengths?\b|\bpros\b/i,
    sign: /\b(?:fast(?:er|est)?|simpl[ey]\w*|eas(?:y|ier|ily)|better|best|improve\w*|safe\w*|powerful|flexible|avoid\w*|light\w*|efficient\w*|allows?|lets?)\b/i,
    kinds: ["prose", "item"],
  },
];

/** Calls, declarations and commands; a grammar or a picture is none. */
const IS_USE = /\w\(|\w`|=>|^\s*(?:\$|npm|npx|yarn|pnpm|import|const|let|var|use|from)\s|\w --?\w/m;
/** Openings that say nothing of the thing. */
export const NOT_AN_OPENING =
  /^\W*(?:see\b|note\b|warning\b|install|npm |yarn |https?:|\[!|<|documentation|table of|it should\b|this is not|currently\b|copyright)|\?$/i;
const SHOWS = /\b(?:usage|synopsis|examples?|getting started|quick ?start|basic)\b/i;

/** The unit that states such an aspect of the subject; `none` where prose does not; undefined for any other aspect. Pure. */
export function subjectAspect(asked: string, subject: string, units: readonly Unit[]): Unit | "none" | undefined {
  const aspect = ASPECTS.find((one) => one.asked.test(asked));
  if (aspect === undefined || subject === "") return undefined;
  const own = unitsAbout(subject, units).filter(
    (unit) =>
      aspect.kinds.includes(unit.kind) &&
      aspect.sign.test(unit.text) &&
      isWorthCiting(unit) &&
      !isSourceCode(unit.path) &&
      (unit.kind !== "code" || IS_USE.test(unit.text)),
  );
  const ranked = rankUnits(own, readQuestion(`${asked} ${subject}`)).filter((entry) => entry.score > 0);
  const shown = ranked.find(
    (entry) => aspect.kinds[0] === "code" && entry.unit.kind === "code" && SHOWS.test(entry.unit.headings.at(-1) ?? ""),
  );
  if (shown !== undefined) return shown.unit;
  const best =
    ranked.find((entry) => entry.unit.kind === aspect.kinds[0] && entry.score >= (ranked[0]?.score ?? 0) - 0.3) ??
    ranked[0];
  return best?.unit ?? "none";
}

/** The sentence that says what the subject is: one that defines it, else the first under its own heading. Pure. */
export function definingUnit(subject: string, units: readonly Unit[]): Unit | undefined {
  const prose = unitsAbout(subject, units).filter(
    (unit) => unit.kind !== "code" && unit.kind !== "row" && isWorthCiting(unit) && !NOT_AN_OPENING.test(unit.text),
  );
  const core = coreTerms(subject);
  const ranked = rankUnits(prose, readQuestion(`What is ${subject}?`));
  const openings = prose.filter(
    (unit) =>
      holdsAll(core, wholeWords(unit.headings.at(-1) ?? "")) && isShortHeading(unit.headings.at(-1) ?? "", core),
  );
  const opening = openings.find(
    (unit) =>
      unit.index === 0 &&
      /[.!:。]["'`)*_]*$/.test(unit.text) &&
      !/\?|^\W*(?:ℹ️?|note|warning|tip|see|default)/i.test(unit.text),
  );
  const named = ranked.find(
    (entry) =>
      DEFINES.test(entry.unit.text.slice(0, DEFINING_LETTERS)) &&
      core.some((term) => stemSet(entry.unit.text.slice(0, 60)).has(term.stem)),
  );
  return (
    (named !== undefined && (opening === undefined || isInSection(named.unit, core)) ? named.unit : undefined) ??
    opening ??
    named?.unit ??
    ranked.find((entry) => entry.score >= 0.7)?.unit
  );
}

/** A verb that comes later belongs to something else. */
const DEFINING_LETTERS = 80;
const DEFINES =
  /\b(?:is|are)\s+(?:a|an|the|used|for|one|either|executed|called|run|invoked|triggered|designed|intended)\b|\b(?:lets?|allows?|enables?|provides?|means|refers to|defines?|specif(?:y|ies)|creates?|returns?|runs?|executes?)\b/i;

function isInSection(unit: Unit, core: readonly Term[]): boolean {
  return holdsAll(core, stemSet(unit.headings.join(" ")));
}

/** Units that name the subject, or stand under a heading or in a file of its name. */
function unitsAbout(subject: string, units: readonly Unit[]): Unit[] {
  const core = coreTerms(subject);
  const namedBy = (stems: (text: string) => ReadonlySet<string>): Unit[] =>
    units.filter((unit) => holdsAll(core, stems(`${unit.text} ${unit.headings.at(-1) ?? ""} ${fileName(unit.path)}`)));
  const exactly = namedBy(wholeWords);
  return exactly.length > 0 ? exactly : namedBy(stemSet);
}

/** Stems of whole words: `MockPool` does not name `Pool`. */
function wholeWords(text: string): Set<string> {
  return new Set(
    surfaceWords(text).flatMap((word) => [
      word.toLowerCase(),
      stemsOf(word)[0] ?? "",
      ...(/[-.']/.test(word) ? word.toLowerCase().split(/[-.']/) : []),
    ]),
  );
}

/** What makes a name that name: its identifiers and capitals where it has any ("onRequest" of "onRequest hooks"). */
export function coreTerms(subject: string): Term[] {
  const terms = readQuestion(`of ${subject}`).terms;
  const telling = terms.filter((term) => term.weight > 1.2);
  return [...(telling.length > 0 ? telling : terms)];
}

function holdsAll(core: readonly Term[], stems: ReadonlySet<string>): boolean {
  return core.length > 0 && core.every((term) => stems.has(term.stem));
}

function isShortHeading(heading: string, core: readonly Term[]): boolean {
  return [...stemSet(heading)].filter((stem) => !/\d/.test(stem)).length <= core.length * 2 + 2;
}

function isWorthCiting(unit: Unit): boolean {
  return unit.kind === "code"
    ? unit.pieces.length <= 30
    : unit.text.split(/\s+/).length >= 4 &&
        unit.text.length <= 500 &&
        !unit.text.endsWith("?") &&
        !/^\W*<\/?[a-z]/i.test(unit.text);
}

function fileName(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/\.\w+$/, "");
}
