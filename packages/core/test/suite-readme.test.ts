import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { groups } from '../src/conformance/conformance.js';

it('The README of the conformance suite names every group', () => {
  const readme = readFileSync(new URL('../src/conformance/README.md', import.meta.url), 'utf8');
  const table = readme.slice(readme.indexOf('| option'), readme.indexOf('`lacks` names'));
  const named = groups.map(({ name }) => name).filter((name) => !table.includes(name));
  expect(named).toEqual([]);
  expect(new Set(groups.map(({ name }) => name)).size).toBe(groups.length);
});
