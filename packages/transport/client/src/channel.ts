import type { SpillwayError } from '@spillway/core';
import type { Frames } from '@spillway/wire';

/** One connection to a server: when it breaks, it is over. */
export interface Channel {
  send(frames: Frames): void;
  /** @param properly lets what was sent leave first. */
  close(properly: boolean): void;
}

/** Who listens to a channel. */
export interface ChannelEvents {
  readonly message: (frames: Frames) => void;
  /** The connection broke, or what answers there speaks no ZeroMQ. Nothing is heard after it. */
  readonly lost: (why: string) => void;
  /** There will be no connection, however often it is tried. */
  readonly refused: (error: SpillwayError) => void;
}
