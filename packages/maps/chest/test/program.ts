import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** `fixtures/work.js` in a process of its own, which works on the chest in `path`. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(...args: readonly (string | number)[]) {
    const path = fileURLToPath(new URL('fixtures/work.js', import.meta.url));
    this.child = spawn(process.execPath, [path, ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const { stdout } = this.child;
    if (!stdout) throw new Error('a program has no output');
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
  }

  /** The next line it prints; `undefined` when it has ended. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Ends it as a crash would. @returns the last line that it had printed, if that was not read. */
  async kill(): Promise<string | undefined> {
    this.child.kill('SIGKILL');
    if (this.child.exitCode === null && this.child.signalCode === null)
      await once(this.child, 'exit');
    let last: string | undefined;
    for (let line = await this.line(); line !== undefined; line = await this.line()) last = line;
    return last;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
