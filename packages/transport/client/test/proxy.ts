import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { messagesIn } from './zmtp.js';

/** What a proxy does to the connections that begin from now on. */
export interface Faults {
  /** Each chunk waits for so long, in ms. */
  readonly delay?: number;
  /** The connection is cut after so many bytes of either direction. */
  readonly cutAfter?: number;
  /** Nothing goes through after so many bytes to the server, and the connection stays. */
  readonly stallAfter?: number;
  /** What the server sends is cut after so many bytes, with the connection. */
  readonly cutAnswersAfter?: number;
  /** Each message to the server is sent twice. */
  readonly twice?: boolean;
  /** All that goes to the server goes also over a second connection, whose answers nobody hears. */
  readonly mirror?: boolean;
  /** This byte of what goes to the server is flipped. */
  readonly flip?: number;
}

/** A TCP proxy before a server, which does what networks do, and worse. */
export class TcpProxy implements AsyncDisposable {
  faults: Faults = {};
  /** Set while nothing that a server sends goes through. */
  mute = false;
  connections = 0;
  /** The beginning of all that went to the server, as far as a megabyte. */
  seen = Buffer.alloc(0);
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#carry(client));
  }

  /** @param address of the server, which listens on this machine. */
  static async before(address: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(Number(address.split(':').at(-1)));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Does `faults` to the next connection, and nothing to those after it; resolves once that has begun. */
  async fail(faults: Faults): Promise<void> {
    const { connections } = this;
    this.faults = faults;
    while (this.connections === connections) await sleep(1);
    this.faults = {};
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client: Socket): void {
    this.connections++;
    const { faults } = this;
    const server = this.#open(client);
    const second = faults.mirror ? this.#open(client) : undefined;
    second?.resume();
    const messages = faults.twice ? messagesIn() : undefined;
    let sent = 0;
    this.#pipe(client, faults, (chunk) => {
      const from = sent;
      if (this.seen.length < 2 ** 20) this.seen = Buffer.concat([this.seen, chunk]);
      sent += chunk.length;
      if (faults.stallAfter !== undefined && sent > faults.stallAfter) return;
      if (faults.flip !== undefined && faults.flip >= from && faults.flip < sent)
        chunk[faults.flip - from] = (chunk[faults.flip - from] as number) ^ 0x10;
      const out = messages ? messages(chunk) : chunk;
      server.write(out);
      second?.write(out);
      if (faults.cutAfter !== undefined && sent > faults.cutAfter) client.destroy();
    });
    let answered = 0;
    this.#pipe(server, faults, (chunk) => {
      const left = (faults.cutAnswersAfter ?? Number.POSITIVE_INFINITY) - answered;
      answered += chunk.length;
      if (this.mute || (faults.stallAfter !== undefined && sent > faults.stallAfter)) return;
      client.write(chunk.subarray(0, Math.max(0, left)));
      if (chunk.length > left) client.end();
    });
    const end = () => {
      for (const socket of [client, server, second]) {
        socket?.destroy();
        if (socket) this.#sockets.delete(socket);
      }
    };
    for (const socket of [client, server, second]) socket?.on('error', () => {}).on('close', end);
    this.#sockets.add(client);
  }

  #open(client: Socket): Socket {
    const socket = tcpConnect(this.#target, '127.0.0.1');
    socket.on('error', () => client.destroy());
    return socket;
  }

  #pipe(from: Socket, { delay = 0 }: Faults, write: (chunk: Buffer) => void): void {
    from.on('data', (chunk) => {
      if (delay === 0) write(chunk);
      else setTimeout(() => write(chunk), delay);
    });
  }
}
