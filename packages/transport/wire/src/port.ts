import type { MessagePort, TransferListItem } from 'node:worker_threads';
import { asBuffer } from './body.js';
import type { Frames } from './header.js';

/** Frames smaller than this are cheaper to copy than to transfer, in bytes. */
const TRANSFERRED_BYTES = 4096;

/**
 * Sends a message to another thread. The memory of a first frame of 4 KiB and more, which is the message's own, goes
 * there and is gone here; other frames are copied once.
 */
export function postFrames(port: MessagePort, frames: Frames): void {
  const transfer: TransferListItem[] = [];
  const message = frames.map((frame, i) => {
    const bytes = i === 0 && frame.length >= TRANSFERRED_BYTES ? frame : Uint8Array.from(frame);
    if (bytes.length >= TRANSFERRED_BYTES) transfer.push(bytes.buffer as ArrayBuffer);
    return bytes;
  });
  port.postMessage(message, transfer);
}

/** The frames of a message from another thread; none when it is not of the protocol. */
export function framesOf(message: unknown): Buffer[] {
  if (!Array.isArray(message) || !message.every((frame) => ArrayBuffer.isView(frame))) return [];
  return message.map((frame) => asBuffer(frame as Uint8Array));
}
