import { Message, MessageHeader, MetadataVersion } from 'apache-arrow';

/*
 * The message of a record batch as it is written here, laid out as the flatbuffers
 * https://github.com/apache/arrow/blob/main/format/Message.fbs has, each table behind its vtable. The library's writer
 * takes 30 to 60 µs for a batch however small it is; patching a template takes one.
 *
 * | byte | |
 * |---|---|
 * | 0 | the continuation marker, and the length of the metadata that follow |
 * | 8 | the place of the Message |
 * | 12 | the Message's vtable |
 * | 24 | Message: version, header type, body length, header |
 * | 44 | the RecordBatch's vtable |
 * | 56 | RecordBatch: nodes, length, buffers |
 * | 76 | the number of nodes, and each one's length and nulls |
 * | 84 + 16 × nodes | the number of buffers, and each one's place and length |
 */
const PREFIX_BYTES = 8;
const FIXED_BYTES = 88;
const BODY_LENGTH_AT = 32;
const LENGTH_AT = 64;
const NODES_AT = 76;
const MESSAGE = Uint16Array.of(12, 20, 4, 6, 16, 8);
const RECORD_BATCH = Uint16Array.of(10, 20, 8, 4, 16);

/** Buffers of a body begin at multiples of this. */
const ALIGNMENT = 8;

/** The bytes that follow a buffer, up to the next one. */
export function paddingOf(bytes: number): number {
  return -bytes & (ALIGNMENT - 1);
}

/** The message of a record batch with so many nodes (columns and their children) and buffers. */
export class BatchLayout {
  /** Zeros where a batch's own numbers go. */
  readonly template: Uint8Array;
  readonly #buffersAt: number;

  constructor(nodes: number, buffers: number) {
    const bytes = FIXED_BYTES + 16 * (nodes + buffers);
    const view = new DataView(new ArrayBuffer(bytes));
    this.template = new Uint8Array(view.buffer);
    this.#buffersAt = NODES_AT + 8 + 16 * nodes;
    view.setInt32(0, -1, true);
    view.setInt32(4, bytes - PREFIX_BYTES, true);
    view.setUint32(8, 16, true);
    MESSAGE.forEach((value, i) => {
      view.setUint16(12 + 2 * i, value, true);
    });
    view.setInt32(24, 12, true);
    view.setInt16(28, MetadataVersion.V5, true);
    view.setUint8(30, MessageHeader.RecordBatch);
    view.setUint32(40, 16, true);
    RECORD_BATCH.forEach((value, i) => {
      view.setUint16(44 + 2 * i, value, true);
    });
    view.setInt32(56, 12, true);
    view.setUint32(60, NODES_AT - 60, true);
    view.setUint32(72, this.#buffersAt - 72, true);
    view.setUint32(NODES_AT, nodes, true);
    view.setUint32(this.#buffersAt, buffers, true);
  }

  /** Bytes of the message. */
  get length(): number {
    return this.template.length;
  }

  /**
   * Writes the message of a batch to `target` from `at` on.
   *
   * @param nodes the length of each column and child, parents first, and the nulls it has.
   * @param buffers the bytes of each buffer.
   */
  write(
    target: Uint8Array,
    at: number,
    rows: number,
    nodes: readonly number[],
    buffers: readonly number[],
  ): void {
    target.set(this.template, at);
    const view = new DataView(target.buffer, target.byteOffset + at, this.length);
    view.setUint32(LENGTH_AT, rows, true);
    let place = NODES_AT + 4;
    for (let i = 0; i < nodes.length; i++, place += 8) {
      view.setUint32(place, nodes[i] as number, true);
    }
    let bodyLength = 0;
    place = this.#buffersAt + 4;
    for (let i = 0; i < buffers.length; i++, place += 16) {
      const bytes = buffers[i] as number;
      setUint64(view, place, bodyLength);
      setUint64(view, place + 8, bytes);
      bodyLength += bytes + paddingOf(bytes);
    }
    setUint64(view, BODY_LENGTH_AT, bodyLength);
  }
}

/** Words of a message that are the same in all: those before the body's length, and up to the number of rows. */
const SAME_WORDS = [8, 12, 16, 20, 24, 28, 40, 44, 48, 52, 56, 60];
const SAME = new DataView(new BatchLayout(0, 0).template.buffer);

/** The message of metadata that are laid out as those written here; `undefined` for any other. */
export function readLayout(metadata: Uint8Array): Message | undefined {
  const { buffer, byteOffset, length } = metadata;
  if (length < FIXED_BYTES - PREFIX_BYTES) return undefined;
  // Places count from the prefix on, which isn't there.
  const view = new DataView(buffer, byteOffset, length);
  const uint32 = (at: number) => view.getUint32(at - PREFIX_BYTES, true);
  const uint64 = (at: number) => uint32(at) + uint32(at + 4) * 2 ** 32;
  for (const at of SAME_WORDS) if (uint32(at) !== SAME.getUint32(at, true)) return undefined;
  const count = uint32(NODES_AT);
  const buffersAt = NODES_AT + 8 + 16 * count;
  if (uint32(72) !== buffersAt - 72 || buffersAt + 4 > length + PREFIX_BYTES) return undefined;
  const bufferCount = uint32(buffersAt);
  if (length !== FIXED_BYTES - PREFIX_BYTES + 16 * (count + bufferCount)) return undefined;
  const nodes = [];
  for (let i = 0, at = NODES_AT + 4; i < count; i++, at += 16) {
    nodes.push({ length: uint64(at), nullCount: uint64(at + 8) });
  }
  const buffers = [];
  for (let i = 0, at = buffersAt + 4; i < bufferCount; i++, at += 16) {
    buffers.push({ offset: uint64(at), length: uint64(at + 8) });
  }
  const header = {
    length: uint64(LENGTH_AT),
    nodes,
    buffers,
    compression: null,
    variadicBufferCounts: [],
  };
  const bodyLength = uint64(BODY_LENGTH_AT);
  return new Message(bodyLength, MetadataVersion.V5, MessageHeader.RecordBatch, header as never);
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, value / 2 ** 32, true);
}
