/** Words that carry no subject: they neither find a sentence nor count against it. English; other languages pass through. */

const STOP_WORDS = new Set(
  (
    "a about above after again all also am an and any are aren't as at be because been before being below between both but by can " +
    "cannot can't could did do does doesn't doing don't down during each either else few for from further had has have having he " +
    "her here hers him his how i if in into is isn't it it's its itself just let me mean means more most my myself no nor not of off on once only or " +
    "other our ours out over own please per same shall she should so some such tell than that the their theirs them then there these " +
    "they this those through to too under until up upon us very was we were what what's when where whether which while who whom " +
    "whose why will with within without would yes you your yours e.g i.e etc vs versus there's that's you're " +
    "give given gives say says said stated according"
  ).split(" "),
);

/** Whether a lower-case word says nothing about the subject. Pure. */
export function isStopWord(word: string): boolean {
  return STOP_WORDS.has(word);
}
