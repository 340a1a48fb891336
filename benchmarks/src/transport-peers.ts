import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Dealer } from 'zeromq';
import { withDirectory } from './measure.js';

/** Keys a second of pipelined `APPEND`s, by Redis' own benchmark; `undefined` where there is no Redis. */
export async function redisKeysPerSecond(
  pipelined: number,
  size: number,
): Promise<number | undefined> {
  if (!existsSync('/usr/bin/redis-server')) return undefined;
  return withDirectory(async (path) => {
    const socket = `${path}/redis`;
    const options = ['--port', '0', '--unixsocket', socket, '--save', '', '--dir', path];
    const server = spawn('redis-server', options, { stdio: 'ignore' });
    try {
      while (!existsSync(socket)) await sleep(10);
      const load = [
        '-s',
        socket,
        '-c',
        '1',
        '-P',
        pipelined,
        '-r',
        '1000',
        '-n',
        '500000',
        '--csv',
      ];
      const command = ['APPEND', 'key:__rand_int__', 'x'.repeat(size)];
      const args = [...load, ...command].map(String);
      const printed = execFileSync('redis-benchmark', args, { encoding: 'utf8' });
      return Number(
        /"([\d.]+)"/.exec(printed.slice(printed.lastIndexOf('APPEND')).replace(/^[^,]*/, ''))?.[1],
      );
    } finally {
      server.kill();
      await once(server, 'exit');
    }
  });
}

/** Raw messages to a ROUTER in another process that answers each, as zeromq.js has them. */
export class RawZeroMQ {
  readonly #server;
  readonly #socket;

  private constructor(server: ReturnType<typeof fork>, address: string) {
    this.#server = server;
    this.#socket = new Dealer({ sendHighWaterMark: 0, receiveHighWaterMark: 0, linger: 0 });
    this.#socket.connect(address);
  }

  static async start(): Promise<RawZeroMQ> {
    const server = fork(fileURLToPath(new URL('transport-raw.js', import.meta.url)));
    const [address] = (await once(server, 'message')) as [string];
    return new RawZeroMQ(server, address);
  }

  /** The median of the seconds of a round trip. */
  async roundTrip(bytes: number): Promise<number> {
    const message = Buffer.alloc(bytes);
    const took: number[] = [];
    for (let i = 0; i < 3000; i++) {
      const began = performance.now();
      await this.#socket.send(message);
      await this.#socket.receive();
      took.push(performance.now() - began);
    }
    return (took.sort((a, b) => a - b)[took.length >> 1] as number) / 1000;
  }

  /** Seconds until all messages were answered, a window of them under way at a time. Nobody keeps what they carry. */
  async seconds(bytes: number, messages: number, window: number): Promise<number> {
    const message = Buffer.alloc(bytes);
    const began = performance.now();
    let sent = 0;
    for (let answered = 0; answered < messages; answered++) {
      for (; sent < messages && sent - answered < window; sent++) await this.#socket.send(message);
      await this.#socket.receive();
    }
    return (performance.now() - began) / 1000;
  }

  close(): void {
    this.#socket.close();
    this.#server.disconnect();
  }
}
