/** What nobody is to read: the keys that are known, and what looks like one, whatever a library or an endpoint puts into its words. Pure. */

/** A shorter one would be found in words. */
const SECRET_CHARACTERS = 6;

const FORMS: readonly [RegExp, string][] = [
  [/\b(?:sk|ak|pk|rk)-(?:[\w*.-]{8,}|(?=[\w*.-]*[\d*])[\w*.-]{4,})/gi, "[key]"],
  [/\b(?:sk|pk|rk|gh[opsu]|github_pat|glpat|xox[abprs]|lsv2|hf|AKIA)[-_]?(?=[\w-]*\d)[\w-]{16,}/g, "[key]"],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, "$1 [key]"],
  [
    /\b((?:api|access|secret|auth)[-_ ]?(?:key|token)|token|password|passwd|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&]{6,}/gi,
    "$1$2[key]",
  ],
  [/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, "$1[key]@"],
];

export function hideSecrets(text: string, known: readonly string[] = []): string {
  const secrets = known.filter(({ length }) => length >= SECRET_CHARACTERS);
  const named = secrets.reduce((shown, secret) => shown.replaceAll(secret, "[key]"), text);
  return FORMS.reduce((shown, [form, replacement]) => shown.replace(form, replacement), named);
}
