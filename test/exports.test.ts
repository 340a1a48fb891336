import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { ROOT, workspacePackages } from './workspace.js';

const namesIn = async (file: string) =>
  Object.keys(await import(pathToFileURL(join(ROOT, file)).href)).sort();

const entries = workspacePackages().flatMap(({ name, entries }) =>
  entries.map((entry) => ({ ...entry, entry: join(name, entry.subpath) })),
);

describe.each(entries)('$entry', ({ source, built }) => {
  it('exports what the snapshot says, also when built', async () => {
    const names = await namesIn(source);
    expect(names).toMatchSnapshot();
    expect(await namesIn(built)).toEqual(names);
  });
});
