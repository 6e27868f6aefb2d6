/** What the offline engine says of itself. */

/** The last line of each answer: the reader must know that nobody judged, somebody only extracted. */
export const OFFLINE_NOTICE = "Written by the offline engine: extracted and cited, no language model was used.";
/** The answer to a request of which it is not told what it asks for. */
export const NO_BRIEF =
  "I am the offline engine of Glasshive: I extract and cite from documents, I am no language model, and I do what Glasshive's " +
  "planner, agents and synthesizer ask for only. Configure a model for anything else.";
/** Stands before what is near the question, but no answer to it. */
export const ONLY_CLOSEST = "The documents do not state this; the closest that they say:";
/** What an agent answers for a shard of the documents that holds nothing: no failure, and nothing for the answer. */
export const NOTHING_HERE = "Nothing found here.";
