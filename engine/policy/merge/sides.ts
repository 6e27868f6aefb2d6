/** The three of a three-way merge, and ranges in them. */

export interface Sides<T> {
  /** What the writer had. */
  base: T;
  /** What has been committed since. */
  committed: T;
  /** What the writer wants. */
  incoming: T;
}

/** From `start` up to `end`, without it. */
export interface Span {
  start: number;
  end: number;
}
