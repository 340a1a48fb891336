import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** A package of the workspace, by what its files say. */
export interface WorkspacePackage {
  readonly name: string;
  /** Its folder, from the root, with forward slashes. */
  readonly folder: string;
  readonly isPrivate: boolean;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** Entry points by subpath (`.`, `./node`), each with its source file from the folder. */
  readonly entries: readonly {
    readonly subpath: string;
    readonly source: string;
    readonly built: string;
  }[];
  /** Folders that its tsconfig references, from the root. */
  readonly references: readonly string[];
}

/** All packages below `packages/`, and the examples, benchmarks and torture. */
export function workspacePackages(): WorkspacePackage[] {
  return files(ROOT)
    .filter((file) => /^(packages\/.+|examples|benchmarks|torture)\/package\.json$/.test(file))
    .map((file) => readPackage(dirname(file)));
}

/** The files below a folder, from the root, leaving out what is installed or built. */
export function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [relative(ROOT, path).split(sep).join('/')];
    return ['node_modules', 'dist', '.git', '.turbo'].includes(entry.name) ? [] : files(path);
  });
}

function readPackage(folder: string): WorkspacePackage {
  const read = (name: string) => JSON.parse(readFileSync(join(ROOT, folder, name), 'utf8'));
  const manifest = read('package.json');
  const references: { path: string }[] = read('tsconfig.json').references ?? [];
  const exported = Object.entries<{ source?: string; default: string } | string>(
    manifest.exports ?? {},
  );
  return {
    name: manifest.name,
    folder,
    isPrivate: manifest.private === true,
    dependencies: Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    }),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    entries: exported.flatMap(([subpath, target]) =>
      typeof target === 'object' && target.source
        ? [{ subpath, source: join(folder, target.source), built: join(folder, target.default) }]
        : [],
    ),
    references: references.map(({ path }) => join(folder, path)),
  };
}
