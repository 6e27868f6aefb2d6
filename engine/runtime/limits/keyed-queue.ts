/** Work of one key is done one after the other, that of different keys side by side. What fails holds nobody up. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Settles as the work does, which begins once all that was added under this key before it has ended. */
  async add<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#last.set(key, mine);
    return mine.finally(() => this.#last.get(key) === mine && this.#last.delete(key));
  }
}
