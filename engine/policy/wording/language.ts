/** The language of a text, as far as answers are worded in it. Pure. */

export const LANGUAGES = [
  ...(["en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr"] as const),
  ...(["ru", "ar", "zh", "ja", "ko"] as const),
] as const;
export type Language = (typeof LANGUAGES)[number];

/** By their script; `not`: letters of others that are written in it. */
const SCRIPTS: readonly { language: Language; script: RegExp; not?: RegExp }[] = [
  { language: "ja", script: /[\p{Script=Hiragana}\p{Script=Katakana}]/gu },
  { language: "ko", script: /\p{Script=Hangul}/gu },
  { language: "zh", script: /\p{Script=Han}/gu },
  { language: "ru", script: /\p{Script=Cyrillic}/gu, not: /[іїєґўјљњћђѓќқғүұһөҳӣӯ]/iu },
  { language: "ar", script: /\p{Script=Arabic}/gu, not: /[پچژگکیٹڈڑےۇۆېڭ]/u },
];
/** Of the letters; Japanese has as many Chinese characters as of its own. */
const SCRIPT_SHARE = 0.2;
/** Small words that are frequent in one language and rare in the others. */
const SMALL_WORDS: Readonly<Partial<Record<Language, string>>> = {
  en: "the of and to is are was were that it for with as by this from be which not have has an at or they its but",
  de: "der die das und ist sind nicht ein eine mit von für auf dem den des im zu wird werden es sich auch bei nach wie über oder",
  fr: "le la les et est sont une des du dans pour qui que par sur pas avec au aux ce cette ne il elle ou leur",
  es: "el la los las y es son una del en para que por con no se al como su más este esta o sus fue",
  it: "il lo gli è sono una del della di che per con non si nel alla come più questo questa dei delle ed anche",
  pt: "o os as e é são uma do da dos das em para que por com não se ao como mais este esta foi um no na",
  pl: "i w z na do nie się jest to że od za przez jak ale oraz są był była dla po tego jego czy lub może przy",
  tr: "ve bir bu da de için ile olarak çok daha olan değil en gibi ama veya ne kadar sonra her göre olduğu var yok ya",
  nl: "de het een en is zijn niet van met voor op dat die in te wordt worden ook bij naar als door aan er maar",
};
const LANGUAGES_OF_WORD = wordsByLanguage();
/** Characters that are looked at. */
const MOST_CHARACTERS = 20_000;
const FEWEST_WORDS = 3;
/** A language stands out by so much over the next. */
const CLEAR = 1.25;

/** The language of the first text that shows one; English where none does, or it is one in which nothing is worded. */
export function languageOf(...texts: readonly string[]): Language {
  for (const text of texts) {
    const found = clearLanguage(withoutQuotes(text.slice(0, MOST_CHARACTERS)));
    if (found !== undefined) return found;
  }
  return "en";
}

function clearLanguage(text: string): Language | undefined {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  const written = SCRIPTS.find(({ script }) => (text.match(script)?.length ?? 0) > SCRIPT_SHARE * letters);
  if (written !== undefined) return written.not?.test(text) === true ? "en" : written.language;
  const counts = new Map<Language, number>();
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu))
    for (const language of LANGUAGES_OF_WORD.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  const [first, second] = [...counts].toSorted(([, one], [, other]) => other - one);
  if (first === undefined || first[1] < FEWEST_WORDS) return undefined;
  return first[1] >= CLEAR * (second?.[1] ?? 0) ? first[0] : undefined;
}

/** What is quoted is in the language of where it stands; code is in none. */
function withoutQuotes(text: string): string {
  return text
    .replace(/^(```|~~~)[^]*?^\1/gm, " ")
    .replace(
      /"[^"\n]{0,500}"|“[^”\n]{0,500}”|„[^“”\n]{0,500}[“”]|«[^»\n]{0,500}»|`[^`\n]{0,300}`|\[[^\]\n]{0,300}\]/g,
      " ",
    );
}

function wordsByLanguage(): Map<string, Language[]> {
  const found = new Map<string, Language[]>();
  for (const [language, words] of Object.entries(SMALL_WORDS) as [Language, string][])
    for (const word of words.split(" ")) found.set(word, [...(found.get(word) ?? []), language]);
  return found;
}
