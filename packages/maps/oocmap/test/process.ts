import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const PRELUDE = `
  import { OOCMap } from '${new URL('../dist/index.js', import.meta.url).href}';
  import { writeSync } from 'node:fs';
  const [directory, me] = [process.argv[1], Number(process.argv[2])];
  const map = OOCMap(directory);
  const say = (line) => writeSync(1, line + '\\n');
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const turn = () => new Promise(setImmediate);
`;

/** A process with `map`, `me`, `say`, `sleep` and `turn`. */
export class Process {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  #said = '';
  #listeners: (() => void)[] = [];

  constructor(directory: string, me: number, script: string) {
    this.child = spawn(
      process.execPath,
      ['--input-type=module', '-e', PRELUDE + script, directory, String(me)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const changed = () => {
      for (const listener of this.#listeners.splice(0)) listener();
    };
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#said += text;
      changed();
    });
    this.exit = once(this.child, 'close').then(([code]) => code as number | null);
    this.exit.then(changed);
  }

  /** What it has said so far, whole lines. */
  get lines(): string[] {
    return this.#said.split('\n').slice(0, -1);
  }

  /** Waits until it has said so many lines, or has ended. */
  async said(count: number): Promise<string[]> {
    while (this.lines.length < count && this.child.exitCode === null)
      await new Promise<void>((resolve) => this.#listeners.push(resolve));
    return this.lines;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}
