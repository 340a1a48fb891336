import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError, type Store, UnknownOutcomeError } from '@spillway/core';
import type { LogStore } from '@spillway/log';
import { encodePiece, parsePieces, randomFrom } from './pieces.js';
import { asLog, isAtomic, openSubject, type SubjectName } from './subject.js';
import { COUNTER, type Event, heapKey, IN_DOUBT, ownKey, QUEUE, SHARED_KEYS } from './tale.js';

/** The pipe's descriptor. */
const TALE = 3;

/** Does things at random until it is killed or told to stop, and tells of them. */
class Worker {
  readonly #name: SubjectName;
  readonly #store: Store;
  readonly #writer: number;
  readonly #random: () => number;
  #stopped = false;
  #appended = 0;
  #acknowledged = 0;
  #sets = 0;
  #heaped = 0;
  #queued = 0;

  constructor(name: SubjectName, path: string, writer: number, seed: number) {
    this.#name = name;
    this.#store = openSubject(name, path);
    this.#writer = writer;
    this.#random = randomFrom(seed);
    process.on('message', () => {
      this.#stopped = true;
    });
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#step(this.#random());
      if (this.#random() < 0.02) await sleep(this.#random() * 30);
    }
    await this.#store.close();
  }

  async #step(roll: number): Promise<void> {
    const log = asLog(this.#store);
    if (roll < 0.6) await this.#append();
    else if (roll < 0.72) await this.#appendMany();
    else if (roll < 0.78) await this.#read();
    else if (roll < 0.84) await this.#do('heap', () => this.#heap());
    else if (roll < 0.9) await this.#do('queue', () => this.#queue());
    else if (roll < 0.92) await this.#do('set', () => this.#set());
    else if (roll < 0.935) await this.#do('delete', () => this.#delete());
    else if (roll < 0.95) await this.#do('pop', () => this.#pop());
    else if (roll < 0.97) await this.#do('count', () => this.#count());
    else if (roll < 0.985) await this.#do('flush', () => this.#flush());
    else if (roll < 0.992 && log) await this.#do('compact', () => compact(log));
    else if (log) await this.#verify();
  }

  async #append(): Promise<void> {
    const number = this.#appended++;
    const large = this.#random() < 0.01;
    const length = Math.floor(this.#random() * (large ? 900_000 : 900));
    await this.#store.append(
      SHARED_KEYS.map((key, i) => [key, this.#piece(number, length + i)] as const),
    );
    tell({ did: 'append', number });
    this.#acknowledged = Math.max(this.#acknowledged, number + 1);
  }

  /** Appends without waiting for each. */
  async #appendMany(): Promise<void> {
    await Promise.all(Array.from({ length: 8 }, () => this.#append()));
  }

  /** Reads what all wrote: what this worker was told is written must be there, in order. */
  async #read(): Promise<void> {
    const acknowledged = this.#acknowledged;
    const key = SHARED_KEYS[Math.floor(this.#random() * 3)] as string;
    const { pieces, torn } = parsePieces(await this.#store.get(key));
    const own = pieces.filter(({ writer }) => writer === this.#writer);
    if (own.some(({ number }, i) => number !== i))
      tell({ wrong: `own pieces out of order in ${key}` });
    if (own.length < acknowledged) {
      tell({ wrong: `${own.length} of ${acknowledged} own pieces in ${key}` });
    }
    if (torn > 0 && isAtomic(this.#name)) tell({ wrong: `${torn} torn stretches in ${key}` });
    tell({ did: 'read' });
  }

  async #set(): Promise<Event> {
    const number = this.#sets++;
    await this.#store.set({ [ownKey(this.#writer)]: this.#piece(number, 200) });
    return { did: 'set', number };
  }

  async #heap(): Promise<Event> {
    const number = this.#heaped++;
    await this.#store.append({ [heapKey(this.#writer)]: this.#piece(number, 3000) });
    return { did: 'heap', number };
  }

  async #delete(): Promise<Event> {
    await this.#store.delete(heapKey(this.#writer));
    return { did: 'delete', number: this.#heaped };
  }

  async #queue(): Promise<Event> {
    const number = this.#queued++;
    await this.#store.append({ [QUEUE]: this.#piece(number, 60) });
    return { did: 'queue', number };
  }

  async #pop(): Promise<Event> {
    const { pieces } = parsePieces(await this.#store.pop(QUEUE));
    return { did: 'pop', pieces: pieces.map(({ writer, number }) => [writer, number] as const) };
  }

  async #count(): Promise<Event> {
    await this.#store.exclusive(async (held) => {
      const count = Number(Buffer.from(await held.get(COUNTER)).toString() || '0');
      await held.set({ [COUNTER]: Buffer.from(String(count + 1)) });
    });
    return { did: 'count' };
  }

  async #flush(): Promise<Event> {
    await this.#store.flush({ durable: true });
    return { did: 'flush' };
  }

  async #verify(): Promise<void> {
    const damage = await asLog(this.#store)?.verify();
    if (damage && damage.length > 0) tell({ wrong: `damage: ${JSON.stringify(damage)}` });
    tell({ did: 'verify' });
  }

  async #do(what: string, work: () => Promise<Event>): Promise<void> {
    tell({ begins: what });
    tell(await work());
  }

  #piece(number: number, length: number): Uint8Array {
    return encodePiece({ writer: this.#writer, number }, length);
  }
}

async function compact(log: LogStore): Promise<Event> {
  await log.compact();
  return { did: 'compact' };
}

function tell(event: Event): void {
  const line = Buffer.from(`${JSON.stringify(event)}\n`);
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(TALE, line, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}

const [name, path, writer, seed] = process.argv.slice(2) as [SubjectName, string, string, string];
try {
  await new Worker(name, path, Number(writer), Number(seed)).run();
} catch (error) {
  // A server that was started again knows which appends it has, and no other change.
  const inDoubt = error instanceof UnknownOutcomeError || error instanceof ConnectionError;
  if (name === 'Server' && inDoubt) process.exit(IN_DOUBT);
  tell({ wrong: `writer ${writer}: ${error instanceof Error ? error.stack : String(error)}` });
}
process.disconnect();
