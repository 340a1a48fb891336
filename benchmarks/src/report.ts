import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One figure, ours and the peer's on the same work in the same run. More is better. */
export interface Row {
  /** The work, e.g. `append 1,000 × 100 bytes`. */
  readonly work: string;
  readonly unit: 'MB/s' | 'rows/s' | 'keys/s' | 'pieces/s' | 'calls/s';
  readonly ours: number;
  /** Whose `peer` figure it is, e.g. `partd.File`. */
  readonly peerName?: string;
  readonly peer?: number;
  /** What the ratio, or without a peer the figure itself, should be at least. */
  readonly target?: number;
  /** What else belongs to the figure, e.g. peak memory. */
  readonly note?: string;
}

/** Prints the rows as a table and writes them to `results/<name>.json`. */
export function report(name: string, rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.work,
    `${format(row.ours)} ${row.unit}`,
    row.peer === undefined ? '' : `${row.peerName} ${format(row.peer)}`,
    row.peer === undefined ? '' : `${(row.ours / row.peer).toFixed(2)} ×`,
    verdict(row),
    row.note ?? '',
  ]);
  const lines = [[name, 'ours', 'peer', 'ratio', 'target', ''], ...cells];
  const widths =
    lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of lines) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log();
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`;
  writeFileSync(
    `${folder}${name}.json`,
    `${JSON.stringify({ machine, date: new Date().toISOString(), rows }, null, 2)}\n`,
  );
}

function verdict({ ours, peer, unit, target }: Row): string {
  if (target === undefined) return '';
  const reached = (peer === undefined ? ours : ours / peer) >= target;
  return `${peer === undefined ? `${format(target)} ${unit}` : `${target} ×`} ${reached ? 'reached' : 'missed'}`;
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}
