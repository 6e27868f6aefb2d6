/**
 * Which Node runs Glasshive. Plain JavaScript without dependencies: it has to load on a Node that is too old, so that such a
 * Node gets a sentence instead of a crash (better-sqlite3 ends Node 20 without a message).
 */

/** The same range as `engines.node` in package.json; a test holds the two together. */
export const SUPPORTED_NODE = "^22.19.0 || >=24.0.0";

/**
 * Whether a version such as "22.19.0" is in SUPPORTED_NODE. Pure. Pre-releases count as their release.
 * @param {string} version
 * @returns {boolean}
 */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  return major >= 24 || (major === 22 && minor >= 19);
}

/**
 * The one line for a Node that is too old: what is needed, what was found, what to do.
 * @param {string} version
 * @returns {string}
 */
export function unsupportedNodeMessage(version) {
  return `glasshive: needs Node ${SUPPORTED_NODE}, found ${version}: install Node 24 and run this again (in a checkout, "npm run glasshive -- …" brings its own)`;
}
