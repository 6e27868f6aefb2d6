/**
 * The patterns that can be named, and those that people write themselves (`customer=/C-\d{6}/`). Pure.
 *
 * 1. A built-in pattern takes time that is linear in the text: each begins at a boundary and each of its repetitions is bounded.
 * 2. What looks like a number of some kind is one only by its own check (Luhn, ISO 7064, the address parser).
 */
import { SwarmError } from "../../../state/errors.ts";
import { nearestName } from "../../../state/nearest-name.ts";
import { inTime } from "../output/in-time.ts";

export interface NamedPattern {
  name: string;
  /** Global. */
  pattern: RegExp;
  /** Absent: whatever matches. */
  isOne?: (match: string) => boolean;
  /** Written by a stranger: to be run in time only. */
  isOwn?: boolean;
}

/** In the order in which they are looked for: what says more of itself goes first. */
const BUILT_IN: readonly NamedPattern[] = [
  {
    name: "private-key",
    pattern:
      /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[\s\S]{0,8000}?-----END [A-Z ]{0,40}PRIVATE KEY-----|[\w+/=\s\\:,-]{0,8000})/g,
  },
  { name: "jwt", pattern: /(?<![\w-])eyJ[\w-]{8,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,8000}){0,3}/g },
  { name: "aws-key", pattern: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/g },
  {
    name: "aws-key",
    pattern: /aws_?secret_?(?:access_?)?key["']?\s{0,4}[=:]\s{0,4}["']?[a-z0-9/+=]{40}(?![a-z0-9/+=])/gi,
  },
  { name: "bearer", pattern: /\bbearer\s{1,8}[\w.~+/=-]{8,8000}/gi },
  {
    name: "email",
    pattern: /(?<![\w.%+-])[\w.%+-]{1,64}@(?:[A-Za-z0-9\u00c0-\u024f-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])/g,
  },
  {
    name: "iban",
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g,
    isOne: isIban,
  },
  {
    name: "credit-card",
    pattern: /(?<![\w.-])(?:[3-6]|2(?=[ -]?[2-7]))(?:[ -]?\d){12,18}(?![\w-])/g,
    isOne: isCardNumber,
  },
  {
    name: "ip",
    pattern:
      /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)|(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{3,39}(?:\d{1,3}(?:\.\d{1,3}){3})?(?![\w:]))/g,
    isOne: isAddress,
  },
  {
    name: "phone",
    pattern:
      /(?<![\w+.-])(?:(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(?\d{1,5}\)?){1,6}|\(\d{2,5}\) ?\d{2,5}(?:[ ./-]?\d{2,5}){0,3}|\d{3}[-.]\d{3}[-.]\d{4}|0\d{1,4}[ /-]\d{2,9}(?:[ -]?\d{2,5}){0,3})(?!\w)/g,
    isOne: isPhoneNumber,
  },
];

export const PATTERN_NAMES: readonly string[] = [...new Set(BUILT_IN.map(({ name }) => name))];
/** Of a list with commas: an expression between slashes may have some of its own. */
const PART = /(?:^|,)(\s*(?:[^=/,]*=)?\/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^\\[])+?\/[a-z]*\s*(?=,|$)|[^,]*)/gs;
const OWN = /^(?:(?<name>[^=/]*)=)?\/(?<source>.+)\/(?<flags>[a-z]*)$/s;
const OWN_NAME = /^[a-z0-9][a-z0-9_-]{0,39}$/i;
/** What a pattern of one's own is called where it has no name. */
const UNNAMED = "pattern";
const LONGEST_SOURCE = 1000;
const KEY_NAME = "key";

/**
 * What people write: names (`email,phone`), own patterns (`/C-\d{6}/i`), own ones with a name (`customer=/C-\d{6}/`). Built-in ones come
 * first. Throws SwarmError CONFIG_INVALID.
 */
export function readPatterns(given: readonly string[]): NamedPattern[] {
  const parts = given.flatMap((text) => [...text.matchAll(PART)].map(([, part = ""]) => part.trim()));
  const own = parts.flatMap((part) => ownPattern(part));
  const names = parts.filter((part) => !OWN.test(part));
  for (const name of names) refuseUnknown(name);
  return [...BUILT_IN.filter(({ name }) => names.includes(name)), ...own];
}

function refuseUnknown(name: string): void {
  if (PATTERN_NAMES.includes(name)) return;
  const near = nearestName(name, PATTERN_NAMES);
  throw invalid(`there is no pattern ${JSON.stringify(name.slice(0, 60))}`, {
    next:
      near === undefined
        ? `name one of ${PATTERN_NAMES.join(", ")}, or write NAME=/regular expression/`
        : `did you mean "${near}"?`,
  });
}

function ownPattern(text: string): NamedPattern[] {
  const found = OWN.exec(text)?.groups;
  if (found === undefined) return [];
  const { name = UNNAMED, source = "", flags = "" } = found;
  if (!OWN_NAME.test(name) || name === KEY_NAME || PATTERN_NAMES.includes(name))
    throw invalid(`${JSON.stringify(name.slice(0, 60))} cannot be the name of an own pattern`, {
      next: `give it a name of letters, digits and hyphens that none of ${[KEY_NAME, ...PATTERN_NAMES].join(", ")} has`,
    });
  if (source.length > LONGEST_SOURCE) throw invalid(`the pattern ${name} has more than ${LONGEST_SOURCE} characters`);
  const pattern = compiled(name, source, flags);
  const onNothing = inTime(`redact ${source}`, () => "".search(pattern));
  if (!onNothing.ok || onNothing.value === 0) throw invalid(`the pattern ${name} matches the empty text`);
  return [{ name, pattern, isOwn: true }];
}

function compiled(name: string, source: string, flags: string): RegExp {
  const odd = /[^imsuv]/.exec(flags)?.[0];
  if (odd !== undefined) throw invalid(`the pattern ${name} has the flag "${odd}"; allowed are i, m, s, u and v`);
  try {
    return new RegExp(source, `g${flags}`);
  } catch {
    throw invalid(`the pattern ${name} is not a regular expression`);
  }
}

function invalid(problem: string, more: { next?: string } = {}): SwarmError {
  return new SwarmError("CONFIG_INVALID", `redact: ${problem}`, more);
}

function isAddress(match: string): boolean {
  if (match.includes(":")) return /[\dA-Fa-f]/.test(match) && URL.canParse(`http://[${match}]/`);
  return match.split(".").every((part) => Number(part) <= 255);
}

/** ISO 13616, by the remainder of ISO 7064. */
function isIban(match: string): boolean {
  const plain = match.replace(/[ -]/g, "");
  if (plain.length < 15 || plain.length > 34) return false;
  const digits = (plain.slice(4) + plain.slice(0, 4)).replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  let remainder = 0;
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
  return remainder === 1;
}

/** Luhn's check. */
function isCardNumber(match: string): boolean {
  const digits = [...match.replace(/[ -]/g, "")].map(Number).toReversed();
  if (new Set(digits).size === 1) return false;
  const sum = digits.reduce((total, digit, place) => {
    const counted = place % 2 === 0 ? digit : digit * 2;
    return total + (counted > 9 ? counted - 9 : counted);
  }, 0);
  return sum % 10 === 0;
}

/** E.164 has at most 15 digits. */
function isPhoneNumber(match: string): boolean {
  const digits = match.replace(/\D/g, "").length;
  return digits >= 7 && digits <= 15;
}
