import type { Environment } from './environment.js';
import type { TreeStats } from './table.js';

/** Figures of a map. */
export interface OOCMapStats {
  /** Bytes that hold the map. */
  readonly liveBytes: number;
  /** Bytes of the file that changes will use again, and `vacuum()` gives back. */
  readonly deadBytes: number;
  /** Bytes that equal values would take if each were stored where it is used. */
  readonly savedBytes: number;
  /** How many different values are stored once for all their uses. */
  readonly sharedValues: number;
  /** Processes and threads that have a place among LMDB's readers. */
  readonly readers: number;
  /** How many of them were gone and were cleared away by this call. */
  readonly staleReadersCleared: number;
}

/** The two pages of LMDB that say where everything is. */
const META_PAGES = 2;

export function measure(environment: Environment): OOCMapStats {
  environment.group.commit();
  const staleReadersCleared = environment.checkReaders();
  environment.read();
  const { file, header } = environment;
  const tables = [file.pages, file.blocks, file.values, file.uses, file.shapes];
  const { pageSize, lastPageNumber, numReaders, root, free } = file.values.stats();
  let pages = META_PAGES + pagesOf(root) + pagesOf(free);
  for (const table of tables) pages += pagesOf(table.stats());
  return {
    liveBytes: pages * pageSize,
    deadBytes: Math.max(0, lastPageNumber + 1 - pages) * pageSize,
    savedBytes: header.savedBytes,
    sharedValues: file.uses.stats().entryCount,
    readers: numReaders,
    staleReadersCleared,
  };
}

const pagesOf = ({ treeBranchPageCount, treeLeafPageCount, overflowPages }: TreeStats): number =>
  treeBranchPageCount + treeLeafPageCount + overflowPages;
