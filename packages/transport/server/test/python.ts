import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program in Python beside this process, which goes on serving, and gives what it prints. */
export async function python(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('/usr/bin/python3', ['-c', program, ...args], { timeout: 50_000 });
  return stdout;
}
