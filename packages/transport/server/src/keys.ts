import { setTimeout as sleep } from 'node:timers/promises';
import { AuthError } from '@spillway/core';
import { Context, Reply } from 'zeromq';

/** The CURVE keys of a server, and who may connect. */
export interface ServerKeys {
  /** 40 printable characters (Z85), as `makeKeys()` of `@spillway/client` makes them. */
  readonly publicKey: string;
  readonly secretKey: string;
  /** The public keys of the clients that may connect. */
  readonly clients: readonly string[];
}

/** Where ZeroMQ asks whether a client may connect ({@link https://rfc.zeromq.org/spec/27 | ZAP}). */
const DOORKEEPER_ADDRESS = 'inproc://zeromq.zap.01';

/** So often it is tried, 5 ms apart, to have that address: the doorkeeper before may be on its way out. */
const TRIES = 400;

/** The servers with keys of this thread, by the domain that ZeroMQ asks for. */
const servers = new Map<string, ReadonlySet<string>>();

/** ZeroMQ asks one doorkeeper a context, and there is one context a thread, since it lives as long. */
let context: Context | undefined;
let doorkeeper: { readonly socket: Reply; readonly bound: Promise<void> } | undefined;
let domains = 0;

/** Lets those clients of a server connect whose keys it knows. */
export class Guard {
  readonly #keys: ServerKeys;
  readonly #domain = `spillway-${++domains}`;

  /** @throws {AuthError} for keys that are none. */
  constructor(keys: ServerKeys) {
    const { publicKey, secretKey, clients } = keys;
    for (const key of [publicKey, secretKey, ...clients]) {
      if (!/^[\da-zA-Z.:+=^!/*?&<>()[\]{}@%$#-]{40}$/.test(key))
        throw new AuthError('a CURVE key has 40 characters, as makeKeys() makes them');
    }
    this.#keys = keys;
  }

  /** Options for the server's socket, once somebody keeps its door: without, ZeroMQ would let everybody in. */
  async begin() {
    const { publicKey, secretKey, clients } = this.#keys;
    context ??= new Context({ blocky: false });
    servers.set(this.#domain, new Set(clients));
    doorkeeper ??= openDoorkeeper(context);
    try {
      await doorkeeper.bound;
    } catch (error) {
      this.end();
      throw error;
    }
    return {
      context,
      zapDomain: this.#domain,
      curveServer: true,
      curvePublicKey: publicKey,
      curveSecretKey: secretKey,
    };
  }

  end(): void {
    servers.delete(this.#domain);
    if (servers.size > 0) return;
    doorkeeper?.socket.close();
    doorkeeper = undefined;
  }
}

function openDoorkeeper(context: Context) {
  const socket = new Reply({ context, linger: 0 });
  void answer(socket);
  return { socket, bound: bindWhenFree(socket) };
}

async function bindWhenFree(socket: Reply): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await socket.bind(DOORKEEPER_ADDRESS);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries === TRIES) throw error;
      await sleep(5);
    }
  }
}

async function answer(socket: Reply): Promise<void> {
  for await (const [version, request, domain, , , mechanism, key] of socket) {
    const allowed = servers.get(String(domain))?.has(encodeZ85(key ?? Buffer.alloc(0)));
    const [code, text] = allowed && String(mechanism) === 'CURVE' ? ['200', 'OK'] : ['400', 'no'];
    await socket.send([version ?? '', request ?? '', code, text, '', '']);
  }
}

const DIGITS =
  '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';

/** Bytes as ZeroMQ writes keys ({@link https://rfc.zeromq.org/spec/32 | Z85}). */
function encodeZ85(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    let value = bytes.readUInt32BE(at);
    let digits = '';
    for (let i = 0; i < 5; i++) {
      digits = (DIGITS[value % 85] as string) + digits;
      value = Math.floor(value / 85);
    }
    text += digits;
  }
  return text;
}
