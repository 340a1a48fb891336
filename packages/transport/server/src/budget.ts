import { PART_BYTES } from '@spillway/wire';

/** The most that one client may have unanswered, in bytes. */
const MAX_WINDOW = 16 * 2 ** 20;

/** The least, so that every client can go on. */
const MIN_WINDOW = 64 * 2 ** 10;

/** A client that keeps to its window is over it by a message at most, with its header and keys. */
const SLACK = 2 * PART_BYTES;

/** Divides the memory for requests among the clients, who are told how much of it is theirs. */
export class Budget {
  readonly #limit: number;
  readonly #shares = new Set<Share>();
  /** Shares waiting for their turn to be larger than their window; the first one is. */
  readonly #large: { readonly share: Share; readonly start: () => void }[] = [];
  #granted = 0;

  /** @param limit bytes of requests, of all clients together. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes of requests that are here. */
  get used(): number {
    let bytes = 0;
    for (const share of this.#shares) bytes += share.used;
    return bytes;
  }

  join(): Share {
    const share: Share = new Share({
      fair: () => Math.min(MAX_WINDOW, Math.floor(this.#limit / this.#shares.size)),
      grant: (more) => this.#grant(more),
      enlarge: () => new Promise<void>((start) => this.#enlarge(share, start)),
      shrink: () => this.#shrink(share),
      leave: () => this.#shares.delete(share),
    });
    this.#shares.add(share);
    return share;
  }

  /** Gives up to `more` bytes, or takes back. */
  #grant(more: number): number {
    const given = Math.min(more, Math.max(0, this.#limit - this.#granted));
    this.#granted += given;
    return given;
  }

  #enlarge(share: Share, start: () => void): void {
    this.#large.push({ share, start });
    if (this.#large.length === 1) start();
  }

  #shrink(share: Share): void {
    const at = this.#large.findIndex((one) => one.share === share);
    if (at < 0) return;
    this.#large.splice(at, 1);
    if (at === 0) this.#large[0]?.start();
  }
}

/** How a share deals with its budget. */
interface Dealings {
  readonly fair: () => number;
  readonly grant: (more: number) => number;
  readonly enlarge: () => Promise<void>;
  readonly shrink: () => void;
  readonly leave: () => void;
}

/** One client's part of the memory. */
export class Share {
  readonly #dealings: Dealings;
  #granted = 0;
  #used = 0;
  /** Set while one request may be larger than the window, or waits until it may. */
  #large: { readonly turn: Promise<void>; begun: boolean } | undefined;

  constructor(dealings: Dealings) {
    this.#dealings = dealings;
  }

  /** Bytes of requests that are here. */
  get used(): number {
    return this.#used;
  }

  /** Bytes that the client may have unanswered from now on. */
  get window(): number {
    const { fair, grant } = this.#dealings;
    const wanted = fair();
    const next = Math.max(wanted, Math.min(this.#used, this.#granted));
    if (next !== this.#granted) this.#granted += grant(next - this.#granted);
    return Math.max(MIN_WINDOW, Math.min(this.#granted, MAX_WINDOW));
  }

  /** @returns whether the client keeps to what it may have. */
  take(bytes: number): boolean {
    this.#used += bytes;
    return this.#used <= MAX_WINDOW + SLACK || this.#large !== undefined;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }

  /**
   * Lets one request be larger than the window, as one client at a time may.
   *
   * @param bytes of the request so far.
   * @returns a promise when it is not this client's turn.
   */
  enlarge(bytes: number): Promise<void> | undefined {
    if (bytes <= MAX_WINDOW / 2) return undefined;
    if (!this.#large) {
      const large = { turn: this.#dealings.enlarge(), begun: false };
      void large.turn.then(() => {
        large.begun = true;
      });
      this.#large = large;
    }
    return this.#large.begun ? undefined : this.#large.turn;
  }

  /** The large request has ended. */
  shrink(): void {
    if (!this.#large) return;
    this.#large = undefined;
    this.#dealings.shrink();
  }

  leave(): void {
    this.shrink();
    this.#dealings.grant(-this.#granted);
    this.#granted = 0;
    this.#dealings.leave();
  }
}
