/**
 * Numbers and dates in a text, in forms that can be compared: 3,700,000 is 3.7 million, 5 March 2019 is 2019-03-05. Where a form
 * can be read in two ways, both count. Pure.
 */

/** A number or a date as a text has it. */
export interface Figure {
  text: string;
  /** All that it may mean; one of them is enough. */
  readings: readonly string[];
}

const LANGUAGES = ["en", "de", "fr", "es", "it", "pt", "nl"];
const YEAR = "(?:1[0-9]|20|21)\\d{2}";

interface Calendar {
  months: ReadonlyMap<string, number>;
  /** Day, month and year in some order; the month in digits or in words. */
  dates: readonly { pattern: RegExp; order: readonly (keyof DateParts)[] }[];
}

let known: Calendar | undefined;

/** Made when it is asked for: the names come of the system's data, which takes its time. */
function calendar(): Calendar {
  return (known ??= calendarOf(monthNames()));
}

function calendarOf(months: ReadonlyMap<string, number>): Calendar {
  const month = [...months.keys()].toSorted((one, other) => other.length - one.length).join("|");
  const dates: Calendar["dates"] = [
    { pattern: new RegExp(`(${YEAR})-(\\d{2})-(\\d{2})(?!\\d)`, "gu"), order: ["year", "month", "day"] },
    {
      pattern: new RegExp(`(?<!\\d)(\\d{1,2})\\.\\s?(\\d{1,2})\\.\\s?(${YEAR})`, "gu"),
      order: ["day", "month", "year"],
    },
    {
      pattern: new RegExp(
        `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|\\.|º)?\\s+(?:of |de |d')?(${month})\\.?,?\\s+(?:de )?(${YEAR})`,
        "giu",
      ),
      order: ["day", "month", "year"],
    },
    {
      pattern: new RegExp(`\\b(${month})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(${YEAR})`, "giu"),
      order: ["month", "day", "year"],
    },
    { pattern: new RegExp(`\\b(${month})\\.?,?\\s+(?:de |of )?(${YEAR})`, "giu"), order: ["month", "year"] },
  ];
  return { months, dates };
}

interface DateParts {
  year: number;
  month: number;
  day: number;
}

const NUMBER = /(?<![\p{L}\p{N}_])(?:\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,:]\d+)*)/gu;
const SCALES: readonly [RegExp, number][] = [
  [/^\s?(?:k(?!\p{L})|thousand|tausend|mille?\b|mil\b)/iu, 1e3],
  [/^\s?(?:m(?!\p{L})|mn\b|mio\b|milli?[oó]n|milh)/iu, 1e6],
  [/^\s?(?:bn\b|b(?!\p{L})|billion|mrd\b|milliard|miliard|mil millones)/iu, 1e9],
];
/** As places spell them where an answer has digits. */
const WORDS =
  "zero null|one first ein eins eine einen un une uno|two second zwei deux dos due twice|three third drei trois tres tre|four vier quatre cuatro|five fünf cinq cinco|six sechs seis|seven sieben sept siete|eight acht huit ocho|nine neun neuf nueve|ten zehn dix diez|eleven elf onze once|twelve zwölf douze doce dozen|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty zwanzig";
const VALUE_OF_WORD = new Map(
  WORDS.split("|").flatMap((words, value) => words.split(" ").map((word) => [word, String(value)] as const)),
);

/** All numbers and dates; a date is one figure. */
export function figuresIn(text: string): Figure[] {
  let rest = text;
  const dates = calendar().dates.flatMap(({ pattern, order }) => {
    const found: Figure[] = [];
    rest = rest.replace(pattern, (whole: string, ...parts: string[]) => {
      const date = Object.fromEntries(order.map((name, at) => [name, partOf(parts[at] ?? "")])) as Partial<DateParts>;
      found.push({ text: whole.trim(), readings: datesOf(date) });
      return " ".repeat(whole.length);
    });
    return found;
  });
  const numbers = [...rest.matchAll(NUMBER)].map(({ 0: found, index }) => ({
    text: found,
    readings: readingsOf(found, rest.slice(index + found.length, index + found.length + 15)),
  }));
  return [...dates, ...numbers];
}

/** All that the numbers and dates of a place can mean, those in words too. */
export function figuresSaid(text: string): Set<string> {
  const said = new Set(figuresIn(text).flatMap(({ readings }) => readings));
  // Of a date its year and its month may be said alone.
  for (const reading of [...said]) {
    const [, year = "", month = ""] = /^(\d{4})-(\d{2})(?:-\d{2})?$/.exec(reading) ?? [];
    if (year !== "") for (const part of [year, `${year}-${month}`]) said.add(part);
  }
  for (const [digits] of text.matchAll(/\d+/g)) said.add(plain(digits));
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) {
    const value = VALUE_OF_WORD.get(word);
    if (value !== undefined) said.add(value);
  }
  return said;
}

/** The name of a month, which is no name of its own. */
export function isMonth(word: string): boolean {
  return calendar().months.has(word.toLowerCase());
}

function datesOf({ year = 0, month = 0, day }: Partial<DateParts>): string[] {
  const write = (m: number, d: number | undefined): string =>
    [year, ...[m, ...(d === undefined ? [] : [d])].map((part) => String(part).padStart(2, "0"))].join("-");
  // With digits alone the month may stand first.
  return month > 12 && day !== undefined ? [write(day, month)] : [write(month, day)];
}

function partOf(text: string): number {
  return calendar().months.get(text.toLowerCase()) ?? Number(text);
}

function readingsOf(found: string, behind: string): string[] {
  const bare = found.replace(/[\s'’]/g, "");
  const scale = SCALES.find(([pattern]) => pattern.test(behind))?.[1];
  const values = valuesOf(bare);
  const scaled =
    scale === undefined ? [] : values.map((value) => String(Number((Number(value) * scale).toPrecision(12))));
  return [...values, ...scaled];
}

/** A comma or a point parts thousands or decimals; several that do neither (a version, a time) stand for themselves. */
function valuesOf(bare: string): string[] {
  const [first = "", ...groups] = bare.split(/[.,]/);
  if (bare.includes(":")) return [bare];
  if (groups.length === 0) return [plain(bare)];
  const isThousands = first.length <= 3 && groups.every(({ length }) => length === 3);
  const separators = new Set(bare.match(/[.,]/g));
  const last = groups.at(-1) ?? "";
  const decimal = plain(`${first}${groups.slice(0, -1).join("")}.${last}`);
  if (groups.length === 1) return isThousands ? [decimal, plain(`${first}${last}`)] : [decimal];
  if (separators.size === 2) return [decimal];
  return isThousands ? [plain(`${first}${groups.join("")}`)] : [bare];
}

function plain(digits: string): string {
  const [whole = "", decimals = ""] = digits.split(".");
  const fraction = decimals.replace(/0+$/, "");
  return `${whole.replace(/^0+(?=\d)/, "")}${fraction === "" ? "" : `.${fraction}`}`;
}

function monthNames(): Map<string, number> {
  const names = new Map<string, number>();
  for (const language of LANGUAGES)
    for (const length of ["long", "short"] as const) {
      const format = new Intl.DateTimeFormat(language, { month: length, timeZone: "UTC" });
      for (let month = 0; month < 12; month += 1) {
        const name = format
          .format(Date.UTC(2000, month, 15))
          .toLowerCase()
          .replace(/\.$/, "");
        if (!names.has(name)) names.set(name, month + 1);
      }
    }
  return names;
}
