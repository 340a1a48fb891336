import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { files, ROOT, workspacePackages } from './workspace.js';

/** A package may import from layers further down only; the wire is below server and client, the kernels below the shuffle. */
const LAYERS = [
  /^packages\/core$/,
  /^packages\/(stores|codecs|compressors)\/|^packages\/transport\/wire$/,
  /^packages\/(transport\/|shuffle\/partition$)/,
  /^packages\/(maps\/|shuffle\/|cli$)/,
  /^packages\/spillway$/,
  /^(examples|benchmarks|torture)$/,
];

/** `@scope/name` or `name` of an import; undefined for a relative one. */
const packageOf = (specifier: string) => /^(@[^/]+\/[^/]+|[^./#][^/]*)/.exec(specifier)?.[1];

/** What a file imports: `import … from '…'`, `export … from '…'`, `import '…'`, `import('…')`. */
const IMPORT =
  /^(?:import|export)\b[^;'"]*?from\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'/gm;

const importsOf = (file: string) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].map(
    ([, from, bare, dynamic]) => (from ?? bare ?? dynamic) as string,
  );

const packages = workspacePackages();
const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.test(folder));

describe.each(packages)('$name', ({ name, folder, dependencies, devDependencies, references }) => {
  const sources = files(join(ROOT, folder)).filter((file) => file.endsWith('.ts'));
  const isTest = (file: string) => file.startsWith(`${folder}/test/`);

  it('has a place in the layers', () => {
    expect(layerOf(folder)).toBeGreaterThanOrEqual(0);
  });

  it('imports only what its package.json declares, and never by a path into another package', () => {
    const wrong = sources.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => {
          if (specifier.startsWith('.'))
            return !join(dirname(file), specifier).startsWith(`${folder}/`);
          const imported = packageOf(specifier);
          if (imported === undefined || imported === name || isBuiltin(specifier)) return false;
          if (dependencies.includes(imported)) return false;
          const common = ['@jest/globals', 'fast-check'].includes(imported);
          return !(isTest(file) && (common || devDependencies.includes(imported)));
        })
        .map((specifier) => `${file}: ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('imports from layers below its own', () => {
    const above = packages.filter(
      (other) => dependencies.includes(other.name) && layerOf(other.folder) >= layerOf(folder),
    );
    expect(above.map((other) => other.name)).toEqual([]);
  });

  it('references in its tsconfig the packages it depends on', () => {
    const expected = packages
      .filter((other) => dependencies.includes(other.name))
      .map((other) => other.folder);
    expect([...references].sort()).toEqual(expected.sort());
  });
});
