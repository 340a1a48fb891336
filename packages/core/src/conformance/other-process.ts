import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What another process can be told to do with its store. */
export interface Calls {
  open(spec: string): string;
  append(entries: { [key: string]: Uint8Array }): void;
  get(key: string): Uint8Array;
  set(entries: { [key: string]: Uint8Array }): void;
  iset(key: string, value: Uint8Array): void;
  delete(keys: string[]): void;
  pop(key: string): Uint8Array;
  flush(): void;
  drop(): void;
  close(): void;
  appendParts(key: string, caller: number, count: number, length: number): void;
  count(key: string, times: number): void;
  hold(): void;
  release(): void;
}

/** A call on its way to the other process. */
export interface Request {
  readonly id: number;
  readonly call: keyof Calls;
  readonly args: readonly unknown[];
}

/** What it gave or rejected with. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Tests run from sources; another process needs what was built. */
const program = fileURLToPath(new URL('./process-main.js', import.meta.url)).replace(
  /([\\/])src([\\/]conformance[\\/])/,
  '$1dist$2',
);

/** A store of the same spec in a process of its own. */
export class OtherProcess {
  /** How many parts of {@link Calls.appendParts} were accepted. */
  accepted = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #calls = 0;

  /** @param factories URL of the built module that exports the factories of `spec`. */
  static async open(factories: string | URL, spec: string): Promise<OtherProcess> {
    const other = new OtherProcess(factories);
    await other.call('open', spec);
    return other;
  }

  constructor(factories: string | URL) {
    this.#child = fork(program, [String(factories)], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...process.env },
    });
    this.#child.on('message', (message: Answer | { accepted: number }) => {
      if ('accepted' in message) this.accepted = message.accepted;
      else this.#waiting.get(message.id)?.(message);
    });
    this.#child.on('exit', (code, signal) => {
      const error = `the process ended (${signal ?? code})`;
      for (const [id, settle] of this.#waiting) settle({ id, error });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Has the process do something; rejects with what it rejects with there. */
  async call<C extends keyof Calls>(
    call: C,
    ...args: Parameters<Calls[C]>
  ): Promise<ReturnType<Calls[C]>> {
    const id = ++this.#calls;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#child.send({ id, call, args } satisfies Request);
    const { value, error } = await answered;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${call} in process ${this.pid}: ${error}`);
    return value as ReturnType<Calls[C]>;
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Closes its store and ends the process. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      await this.call('close');
    } finally {
      await this.kill();
    }
  }
}
