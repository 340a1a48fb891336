import type { Store } from '@spillway/core';
import { type Parsed, parsePieces } from './pieces.js';
import { asLog, isAtomic, type SubjectName } from './subject.js';
import { COUNTER, type Event, heapKey, ownKey, QUEUE, SHARED_KEYS } from './tale.js';

/** What is known of a worker from what it told. */
interface Told {
  appended: number;
  set: number;
  heaped: number;
  deleted: number;
  queued: number;
  /** What was begun and not ended. */
  begun: string | undefined;
}

/** How often things happened. */
export interface Counts {
  kills: number;
  batches: number;
  reads: number;
  sets: number;
  deletes: number;
  pops: number;
  increments: number;
  flushes: number;
  compactions: number;
  verifications: number;
}

/** Says whether a store holds what its workers were told it holds. */
export class Oracle {
  readonly counts: Counts = {
    kills: 0,
    batches: 0,
    reads: 0,
    sets: 0,
    deletes: 0,
    pops: 0,
    increments: 0,
    flushes: 0,
    compactions: 0,
    verifications: 0,
  };
  /** What is wrong, in words. */
  readonly wrong: string[] = [];
  readonly #name: SubjectName;
  #workers = new Map<number, Told>();
  #popped = new Set<string>();
  /** Workers killed while they popped: what was in the queue may be gone. */
  #lostPops = 0;
  #increments = 0;
  #lostIncrements = 0;

  constructor(name: SubjectName) {
    this.#name = name;
  }

  /** Hears what a worker tells. */
  hear(writer: number, event: Event): void {
    const told = this.#told(writer);
    if ('wrong' in event) {
      this.wrong.push(event.wrong);
      return;
    }
    if ('begins' in event) {
      told.begun = event.begins;
      return;
    }
    if (event.did === told.begun) told.begun = undefined;
    const { counts } = this;
    switch (event.did) {
      case 'append':
        told.appended = Math.max(told.appended, event.number + 1);
        counts.batches++;
        break;
      case 'set':
        told.set = event.number + 1;
        counts.sets++;
        break;
      case 'heap':
        told.heaped = event.number + 1;
        counts.batches++;
        break;
      case 'delete':
        told.deleted = event.number;
        counts.deletes++;
        break;
      case 'queue':
        told.queued = event.number + 1;
        counts.batches++;
        break;
      case 'pop':
        for (const [from, number] of event.pieces) this.#hearPopped(`${from}:${number}`);
        counts.pops++;
        break;
      case 'count':
        this.#increments++;
        counts.increments++;
        break;
      case 'read':
        counts.reads++;
        break;
      case 'flush':
        counts.flushes++;
        break;
      case 'compact':
        counts.compactions++;
        break;
      case 'verify':
        counts.verifications++;
        break;
    }
  }

  /** Hears that a worker is gone. */
  hearEnd(writer: number, killed: boolean): void {
    if (!killed) return;
    this.counts.kills++;
    const { begun } = this.#told(writer);
    if (begun === 'pop') this.#lostPops++;
    if (begun === 'count') this.#lostIncrements++;
  }

  /** Hears that the store was dropped. */
  hearDrop(): void {
    this.#workers = new Map();
    this.#popped = new Set();
    this.#lostPops = 0;
    this.#increments = 0;
    this.#lostIncrements = 0;
  }

  /** Compares all that a store holds with what was told, while nobody uses it. */
  async check(store: Store): Promise<void> {
    await this.#checkShared(store);
    for (const [writer, told] of this.#workers) await this.#checkOwn(store, writer, told);
    await this.#checkQueue(store);
    const count = Number(Buffer.from(await store.get(COUNTER)).toString() || '0');
    const most = this.#increments + this.#lostIncrements;
    if (count < this.#increments || count > most) {
      this.wrong.push(`counted ${count}, told ${this.#increments} to ${most}`);
    }
    const damage = (await asLog(store)?.verify()) ?? [];
    if (damage.length > 0) this.wrong.push(`damage: ${JSON.stringify(damage)}`);
    this.counts.verifications++;
  }

  #told(writer: number): Told {
    let told = this.#workers.get(writer);
    if (told === undefined) {
      told = { appended: 0, set: 0, heaped: 0, deleted: 0, queued: 0, begun: undefined };
      this.#workers.set(writer, told);
    }
    return told;
  }

  #hearPopped(piece: string): void {
    if (this.#popped.has(piece)) this.wrong.push(`piece ${piece} was popped twice`);
    this.#popped.add(piece);
  }

  /** The pieces of each worker are a beginning of what it wrote, in order; in a Log, the same in each key. */
  async #checkShared(store: Store): Promise<void> {
    const found = new Map<number, number[]>();
    for (const key of SHARED_KEYS) {
      const parsed = this.#parse(key, await store.get(key));
      const next = new Map<number, number>();
      for (const { writer, number } of parsed.pieces) {
        const expected = next.get(writer) ?? 0;
        if (number !== expected) {
          this.wrong.push(`${key}: piece ${number} of worker ${writer} after ${expected - 1}`);
        }
        next.set(writer, number + 1);
      }
      for (const writer of this.#workers.keys()) {
        found.set(writer, [...(found.get(writer) ?? []), next.get(writer) ?? 0]);
      }
    }
    for (const [writer, counts] of found) {
      const { appended } = this.#told(writer);
      const least = Math.min(...counts);
      if (least < appended) {
        this.wrong.push(`worker ${writer}: ${least} batches there, ${appended} acknowledged`);
      }
      if (isAtomic(this.#name) && new Set(counts).size > 1) {
        this.wrong.push(`worker ${writer}: a batch is there in part: ${counts}`);
      }
    }
  }

  async #checkOwn(store: Store, writer: number, told: Told): Promise<void> {
    const own = this.#parse(ownKey(writer), await store.get(ownKey(writer))).pieces;
    const set = own.length === 0 ? 0 : (own[0]?.number ?? 0) + 1;
    if (own.length > 1 || set < told.set || set > told.set + 1) {
      this.wrong.push(`own key of ${writer}: ${own.length} pieces, set ${set} of ${told.set}`);
    }
    const heap = this.#parse(heapKey(writer), await store.get(heapKey(writer))).pieces;
    const first = heap[0]?.number ?? told.heaped;
    const mayBeDeleted = told.begun === 'delete' && heap.length === 0;
    const inOrder = heap.every(({ number }, i) => number === first + i);
    const whole = first === told.deleted && heap.length >= told.heaped - told.deleted;
    if (!inOrder || !(whole || mayBeDeleted)) {
      this.wrong.push(
        `heap of ${writer}: ${heap.length} pieces from ${first}, told ${told.deleted} to ${told.heaped}`,
      );
    }
  }

  async #checkQueue(store: Store): Promise<void> {
    const { pieces } = this.#parse(QUEUE, await store.get(QUEUE));
    const there = new Set(pieces.map(({ writer, number }) => `${writer}:${number}`));
    if (there.size < pieces.length) this.wrong.push('a piece is in the queue twice');
    for (const piece of there) {
      if (this.#popped.has(piece)) this.wrong.push(`piece ${piece} was popped and is there`);
    }
    if (this.#lostPops > 0) return;
    for (const [writer, { queued }] of this.#workers) {
      for (let number = 0; number < queued; number++) {
        const piece = `${writer}:${number}`;
        if (!there.has(piece) && !this.#popped.has(piece))
          this.wrong.push(`piece ${piece} is lost`);
      }
    }
  }

  /** In a File, each kill may leave one torn piece in each key; in a Log, nothing. */
  #parse(key: string, value: Uint8Array): Parsed {
    const parsed = parsePieces(value);
    const allowed = isAtomic(this.#name) ? 0 : this.counts.kills;
    if (parsed.torn > allowed) this.wrong.push(`${key}: ${parsed.torn} torn stretches`);
    return parsed;
  }
}
