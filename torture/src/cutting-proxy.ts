import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes bytes on between two sockets' paths, and cuts connections anywhere. */
export class CuttingProxy {
  cuts = 0;
  readonly #server: Server;
  readonly #target: string;
  readonly #random: () => number;
  readonly #clients = new Set<Socket>();

  /** @param target path of the server's socket. @param random gives numbers from 0 to 1. */
  constructor(target: string, random: () => number) {
    this.#target = target;
    this.#random = random;
    this.#server = createServer((client) => this.#carry(client));
  }

  async listen(path: string): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(path, resolve));
  }

  /** Cuts one of the connections at once, or after some more bytes. */
  cutOne(): void {
    const clients = [...this.#clients];
    clients[Math.floor(this.#random() * clients.length)]?.destroy();
    if (clients.length > 0) this.cuts++;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #carry(client: Socket): void {
    const server = connect(this.#target);
    this.#clients.add(client);
    // Some connections end in the middle of a message, of either side.
    const limit = this.#random() < 0.3 ? this.#random() * 2_000_000 : Number.POSITIVE_INFINITY;
    let bytes = 0;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        const room = to.write(bytes > limit ? chunk.subarray(0, chunk.length >> 1) : chunk);
        if (bytes > limit) {
          this.cuts++;
          to.end(() => from.destroy());
        } else if (!room) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        this.#clients.delete(client);
      });
    }
  }
}
