import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';
import { OOCMap, type OutOfCoreMap } from '../src/index.js';

/** A directory for each test, and the maps that are open in it. */
export interface Place {
  readonly path: string;
  /** Opens the map of the directory, or of a folder within. */
  open(folder?: string): OutOfCoreMap;
}

/** Sees to it that each test has a place of its own, and that nothing is left of it. */
export function usePlace(): Place {
  let path = '';
  let maps: OutOfCoreMap[] = [];
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'spillway-test-'));
    maps = [];
  });
  afterEach(() => {
    for (const map of maps) map.close();
    rmSync(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
    open(folder = '') {
      const map = OOCMap(join(path, folder));
      maps.push(map);
      return map;
    },
  };
}
