/** Text as it can be typed: what looks the same and means the same is the same. Pure. */

const TYPED = /^[\t\n\r -~]*$/;

/** Composed letters (a Mac's file names have them in parts), one kind of blank, nothing of no width. */
export function plainText(text: string): string {
  if (TYPED.test(text)) return text;
  return text
    .normalize("NFC")
    .replace(/\p{Zs}/gu, " ")
    .replace(/\p{Cf}|\p{Variation_Selector}/gu, "");
}
