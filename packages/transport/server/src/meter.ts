import { createHistogram } from 'node:perf_hooks';

/** How a server stands. */
export interface ServerStats {
  /** Clients that are connected, of both protocols. */
  readonly clients: number;
  /** Bytes of all messages received since the server began. */
  readonly bytesIn: number;
  /** Bytes of all messages sent since the server began. */
  readonly bytesOut: number;
  /** Requests that are here and not answered. */
  readonly queue: number;
  /** Bytes of them. */
  readonly queueBytes: number;
  /** Batches appended since the server began. */
  readonly batches: number;
  /** From a request's arrival to its answer, in ms. */
  readonly latency: {
    readonly p50: number;
    readonly p90: number;
    readonly p99: number;
    readonly max: number;
  };
}

/** Counts what goes through a server. */
export class Meter {
  bytesIn = 0;
  bytesOut = 0;
  batches = 0;
  /** In microseconds. */
  readonly #latency = createHistogram();

  /** A request was answered. @param began when it arrived, as `performance.now()` says it. */
  answered(began: number): void {
    this.#latency.record(Math.max(1, Math.round((performance.now() - began) * 1000)));
  }

  /** What was counted, with what the server knows besides. */
  stats(now: Pick<ServerStats, 'clients' | 'queue' | 'queueBytes'>): ServerStats {
    const { bytesIn, bytesOut, batches } = this;
    const percentile = (percent: number) => this.#latency.percentile(percent) / 1000;
    const latency =
      this.#latency.count === 0
        ? { p50: 0, p90: 0, p99: 0, max: 0 }
        : {
            p50: percentile(50),
            p90: percentile(90),
            p99: percentile(99),
            max: this.#latency.max / 1000,
          };
    return { ...now, bytesIn, bytesOut, batches, latency };
  }
}

/** Bytes of a message. */
export function bytesOf(frames: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length;
  return bytes;
}
