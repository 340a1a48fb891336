import { concatBytes, ProtocolError, type SpillwayError } from '@spillway/core';
import {
  asBuffer,
  Body,
  type Columns,
  type Frames,
  type PartdCommand,
  packPartd,
  RequestKind,
  unpackError,
} from '@spillway/wire';
import type { Call, Driver } from './call.js';

/**
 * Carries calls in partd's protocol (Python's `partd/zmq.py`), one at a time.
 *
 * What the protocol has no word for is put together where that is honest: `has` asks for the value, of
 * which an absent key has none; `set` deletes and appends, and another client may come in between; `stream`
 * gets the whole value. `pop`, `keys`, `exclusive` and a durable `flush` are refused.
 */
export class PartdDriver implements Driver {
  readonly #queue: Call[];
  readonly #send: (frames: Frames) => void;
  #running: Call | undefined;
  readonly #inbox: Frames[] = [];
  #arrived: (() => void) | undefined;

  constructor(queue: Call[], send: (frames: Frames) => void) {
    this.#queue = queue;
    this.#send = send;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  pump(): void {
    if (!this.#running) void this.#work();
  }

  receive(frames: Frames): boolean {
    if (!this.#running) throw new ProtocolError('the server sent a message that nothing asked for');
    this.#inbox.push(frames);
    this.#arrived?.();
    return true;
  }

  pull(): void {}

  cancel(): void {}

  ping(): void {}

  abandon(): Call[] {
    return this.#running ? [this.#running] : [];
  }

  async #work(): Promise<void> {
    for (let call = this.#queue.shift(); call; call = this.#queue.shift()) {
      this.#running = call;
      try {
        await this.#carry(call);
        call.resolve();
      } catch (error) {
        call.reject(error);
      }
      this.#running = undefined;
    }
  }

  async #carry(call: Call): Promise<void> {
    const { keys = [], values = [] } = call.columns ?? {};
    const give = (results: Columns) => call.onResults?.(results, 0, 0);
    switch (call.kind) {
      case RequestKind.append:
        return this.#change({ command: 'append', batch: joinRepeated(keys, values) });
      case RequestKind.set:
        await this.#change({ command: 'delete', keys });
        return this.#change({ command: 'append', batch: joinRepeated(keys, values) });
      case RequestKind.iset:
        return this.#change({
          command: 'iset',
          key: keys[0] as string,
          value: values[0] as Uint8Array,
        });
      case RequestKind.delete:
        return this.#change({ command: 'delete', keys });
      case RequestKind.drop:
        return this.#change({ command: 'drop' });
      case RequestKind.close:
        return this.#change({ command: 'close' });
      case RequestKind.get:
      case RequestKind.stream:
        return give({ values: await this.#get(keys) });
      case RequestKind.has: {
        const [value] = await this.#get(keys);
        return give({ keys: value && value.length > 0 ? keys : [] });
      }
      case RequestKind.flush:
        if (call.body?.[0] === 1) throw lacking('a durable flush');
        // All earlier changes were acknowledged, which is all that partd's server can say.
        return;
      case RequestKind.keys:
      case RequestKind.entries:
        throw lacking('a list of keys');
      case RequestKind.pop:
        throw lacking('pop');
      default:
        throw lacking('exclusive use');
    }
  }

  async #change(command: PartdCommand): Promise<void> {
    if ('keys' in command && command.keys.length === 0) return;
    if ('batch' in command && command.batch.keys.length === 0) return;
    this.#send(packPartd(command));
    await this.#ack();
  }

  async #get(keys: readonly string[]): Promise<Uint8Array[]> {
    if (keys.length === 0) return [];
    this.#send(packPartd({ command: 'get', keys }));
    const values = await this.#message();
    await this.#ack();
    if (values.length !== keys.length) {
      throw new ProtocolError(
        `the server sent ${values.length} values where ${keys.length} were asked for`,
      );
    }
    return values.map((value) => new Uint8Array(value.buffer, value.byteOffset, value.length));
  }

  async #ack(): Promise<void> {
    const [word, error] = await this.#message();
    if (word && asBuffer(word).toString('latin1') === 'ack' && !error) return;
    throw errorIn(error) ?? new ProtocolError('the server did not acknowledge a command');
  }

  async #message(): Promise<Frames> {
    for (;;) {
      const frames = this.#inbox.shift();
      if (frames) return frames;
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }
}

/** A server of ours says what went wrong in the frame after the word. */
function errorIn(frame: Uint8Array | undefined): SpillwayError | undefined {
  try {
    return frame && unpackError(new Body(frame, 'an error'));
  } catch {
    return undefined;
  }
}

/** Python's server keeps the last of a key's values in a message only, so a key may not repeat. */
function joinRepeated(
  keys: readonly string[],
  values: readonly Uint8Array[],
): { keys: string[]; values: Uint8Array[] } {
  const pieces = new Map<string, Uint8Array[]>();
  keys.forEach((key, i) => {
    const value = values[i] as Uint8Array;
    const known = pieces.get(key);
    if (known) known.push(value);
    else pieces.set(key, [value]);
  });
  return { keys: [...pieces.keys()], values: [...pieces.values()].map(concatBytes) };
}

function lacking(what: string): ProtocolError {
  return new ProtocolError(
    `the server speaks partd's protocol, which has no way to ask for ${what}`,
  );
}
