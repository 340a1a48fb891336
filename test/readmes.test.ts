import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { transform } from '@swc/core';
import { files, ROOT, workspacePackages } from './workspace.js';

/** The examples of every README that can run as they stand: TypeScript that begins with its imports. */
const examples = files(ROOT)
  .filter((file) => /^(packages\/.+\/)?README\.md$/.test(file))
  .flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/```ts\n(import [\s\S]+?)```/g)].map(
      (match, index) => ({ name: `${file}, example ${index + 1}`, code: match[1] as string }),
    ),
  );

describe('READMEs', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-readmes-'));
    const link = (name: string, target: string) => {
      const place = join(folder, 'node_modules', name);
      mkdirSync(dirname(place), { recursive: true });
      if (!existsSync(place)) symlinkSync(target, place);
    };
    for (const { name, folder: source, dependencies } of workspacePackages()) {
      link(name, join(ROOT, source));
      // What the user of a package has installed with it, as apache-arrow.
      for (const other of dependencies) {
        const installed = join(ROOT, source, 'node_modules', other);
        if (existsSync(installed)) link(other, realpathSync(installed));
      }
    }
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(examples)('$name runs', async ({ name, code }) => {
    const { code: script } = await transform(code, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    const home = mkdtempSync(join(folder, 'run-'));
    const file = join(folder, `${name.replace(/\W+/g, '-')}.mjs`);
    writeFileSync(file, script);
    const { stderr } = await promisify(execFile)(process.execPath, [file], {
      cwd: home,
      timeout: 30_000,
    });
    expect(stderr).toBe('');
  });
});
