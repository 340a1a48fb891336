/** What became of a change: it was carried out, or the error, packed; `heard` when the client knows. */
export type Outcome = 'running' | 'done' | 'heard' | Uint8Array;

/** What became of a client's changes, for as long as it may send one again. */
export class Outcomes {
  readonly #byId = new Map<number, Outcome>();
  #confirmed = 0;

  /** @param applied ids of changes that are known to have been carried out before. */
  constructor(applied: Iterable<number> = []) {
    for (const id of applied) this.#byId.set(id, 'done');
  }

  get(id: number): Outcome | undefined {
    return id <= this.#confirmed ? 'heard' : this.#byId.get(id);
  }

  set(id: number, outcome: Outcome): void {
    this.#byId.set(id, outcome);
  }

  /** What was done was taken back, or is lost: it may be done again. */
  forget(id: number): void {
    this.#byId.delete(id);
  }

  /** The client has heard what became of all changes up to this one. */
  confirm(id: number): void {
    if (id <= this.#confirmed) return;
    this.#confirmed = id;
    for (const [one, outcome] of this.#byId) {
      if (one <= id) this.#byId.delete(one);
      else if (outcome !== 'running') break;
    }
  }

  get size(): number {
    return this.#byId.size;
  }
}
