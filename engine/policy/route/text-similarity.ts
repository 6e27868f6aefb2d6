/**
 * How much a subtask's text speaks of what an agent's description speaks of: cosine of TF-IDF vectors over the descriptions of
 * all agents (Salton and Buckley 1988), so that words which every agent uses count little. Pure, deterministic.
 */

export interface TextIndex {
  /** 0 (nothing in common) to 1, for each agent in the order given. */
  similarities(text: string): number[];
}

/** Words shorter than this say nothing ("a", "of"). */
const LEAST_WORD = 3;

export function indexTexts(texts: readonly string[]): TextIndex {
  const counts = texts.map((text) => countWords(text));
  const weights = inverseFrequencies(counts);
  const vectors = counts.map((count) => weigh(count, weights));
  const lengths = vectors.map(lengthOf);
  return {
    similarities(text) {
      const query = weigh(countWords(text), weights);
      const queryLength = lengthOf(query);
      return vectors.map((vector, index) => {
        const scale = queryLength * (lengths[index] ?? 0);
        // Rounding takes the cosine of a text with itself a hair above one.
        return scale === 0 ? 0 : Math.min(1, dot(query, vector) / scale);
      });
    },
  };
}

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    if (word.length < LEAST_WORD) continue;
    const root = stem(word);
    counts.set(root, (counts.get(root) ?? 0) + 1);
  }
  return counts;
}

/** Enough of a stemmer for "compares", "compared" and "comparing" to meet. */
function stem(word: string): string {
  const cut = word.replace(/(?:ations?|ing|ers?|ed|es|s|e)$/, "");
  return cut.length >= LEAST_WORD ? cut : word;
}

function inverseFrequencies(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const seen = new Map<string, number>();
  for (const count of counts) for (const word of count.keys()) seen.set(word, (seen.get(word) ?? 0) + 1);
  return new Map([...seen].map(([word, documents]) => [word, Math.log(1 + counts.length / documents)]));
}

/** Words that no agent's description holds are left out: they tell no agent from another. */
function weigh(count: ReadonlyMap<string, number>, weights: ReadonlyMap<string, number>): Map<string, number> {
  const vector = new Map<string, number>();
  for (const [word, times] of count) {
    const weight = weights.get(word);
    if (weight !== undefined) vector.set(word, (1 + Math.log(times)) * weight);
  }
  return vector;
}

function lengthOf(vector: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const value of vector.values()) sum += value * value;
  return Math.sqrt(sum);
}

function dot(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [word, value] of left) sum += value * (right.get(word) ?? 0);
  return sum;
}
