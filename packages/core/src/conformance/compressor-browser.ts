import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { compressorSuite } from './compressor.js';
import { type CompressorSubject, same } from './compressor-subject.js';

/** How a package chooses between an engine for browsers and one for Node. */
export interface BrowserRoad {
  /** What stands in the package's `imports`, e.g. `#engine`. */
  readonly specifier: string;
  /** Something of what is chosen in the test, which has the export condition `browser`. */
  readonly chosen: unknown;
  /** The same of the engine for browsers, in the sources. */
  readonly browser: unknown;
  /** The built files of both. */
  readonly files: { readonly browser: string; readonly node: string };
}

/**
 * The cases of a compressor, besides those of every store, by the export condition `browser`, which the test file asks
 * for: `@jest-environment-options {"customExportConditions": ["source", "browser"]}`.
 */
export function browserRoad(
  { built, ...subject }: CompressorSubject & Required<Pick<CompressorSubject, 'built'>>,
  { specifier, chosen, browser, files }: BrowserRoad,
): void {
  const { name, make, memory } = subject;

  describe(`${name} by the browser condition`, () => {
    it('is made of the engine without Node', () => {
      expect(chosen).toBe(browser);
    });

    it.each([
      ['browser', files.browser],
      ['default', files.node],
    ])(
      'reads what the published package writes by the condition %s, and the reverse',
      async (condition, file) => {
        const value = new TextEncoder().encode(TEXT.repeat(TIMES));
        await using inner = memory();
        const store = make(inner);
        await store.append({ ours: value });
        const ours = Buffer.from(await inner.get('ours')).toString('base64');
        const printed = execFileSync(
          process.execPath,
          [
            `--conditions=${condition}`,
            '--input-type=module',
            '-e',
            PUBLISHED,
            name,
            built.memory,
            specifier,
            ours,
          ],
          { cwd: built.folder, encoding: 'utf8' },
        );
        const { engine, read, theirs } = JSON.parse(printed);
        expect(engine).toMatch(/^file:/);
        expect(engine.endsWith(file)).toBe(true);
        expect(read).toBe(true);
        await inner.append({ theirs: Buffer.from(theirs, 'base64') });
        expect(same(await store.get('theirs'), value)).toBe(true);
      },
    );

    compressorSuite({ ...subject, pooled: false });
  });
}

const TEXT = 'a value that both engines know, ';
const TIMES = 9000;

/** Reads frames by the built layer, and answers with its own of the same value. */
const PUBLISHED = `
const [, name, memory, specifier, ours] = process.argv;
const { Dict } = await import(memory);
const { [name]: Layer } = await import('./dist/index.js');
const inner = Dict();
const store = Layer(inner);
const value = Buffer.from(${JSON.stringify(TEXT)}.repeat(${TIMES}));
await inner.append({ ours: Buffer.from(ours, 'base64') });
await store.append({ theirs: value });
console.log(JSON.stringify({
  engine: import.meta.resolve(specifier),
  read: Buffer.compare(await store.get('ours'), value) === 0,
  theirs: Buffer.from(await inner.get('theirs')).toString('base64'),
}));
`;
