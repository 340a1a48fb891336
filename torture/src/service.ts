import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CuttingProxy } from './cutting-proxy.js';
import { proxyPath, serverPath } from './subject.js';

const SERVE = fileURLToPath(new URL('./serve.js', import.meta.url));

/** A server that is killed and started again, behind a proxy that cuts connections. */
export class Service {
  /** How often the server was killed. */
  kills = 0;
  readonly #path: string;
  readonly #random: () => number;
  readonly #proxy: CuttingProxy;
  #server: ChildProcess | undefined;
  #harm: Promise<void> = Promise.resolve();
  #harming = false;

  /** @param random gives numbers from 0 to 1. */
  constructor(path: string, random: () => number) {
    this.#path = path;
    this.#random = random;
    this.#proxy = new CuttingProxy(serverPath(path), random);
  }

  /** How often a connection was cut. */
  get cuts(): number {
    return this.#proxy.cuts;
  }

  async start(): Promise<void> {
    await this.#serve();
    await this.#proxy.listen(proxyPath(this.#path));
  }

  /** Kills and cuts until {@link calmDown}. */
  beginHarm(): void {
    this.#harming = true;
    this.#harm = Promise.all([this.#kill(), this.#cut()]).then(() => {});
  }

  /** Resolves when a server is there that stays. */
  async calmDown(): Promise<void> {
    this.#harming = false;
    await this.#harm;
  }

  async stop(): Promise<void> {
    await this.#proxy.close();
    const exited = once(this.#server as ChildProcess, 'exit');
    this.#server?.send('stop');
    await exited;
  }

  async #serve(): Promise<void> {
    this.#server = fork(SERVE, [this.#path]);
    await once(this.#server, 'message');
  }

  async #kill(): Promise<void> {
    while (this.#harming) {
      await sleep(300 + this.#random() * 2000);
      if (!this.#harming) return;
      const exited = once(this.#server as ChildProcess, 'exit');
      this.#server?.kill('SIGKILL');
      await exited;
      this.kills++;
      await this.#serve();
    }
  }

  async #cut(): Promise<void> {
    while (this.#harming) {
      await sleep(this.#random() * 300);
      this.#proxy.cutOne();
    }
  }
}
