import { type Data, DataType, type RecordBatch, Type, type Union } from 'apache-arrow';

/** The rows of a batch as plain values, from the bytes: the library's own getters lose parts of some. */
export function plainRows({ data }: RecordBatch): unknown[][] {
  return Array.from({ length: data.length }, (_, row) =>
    data.children.map((column) => plain(column, row)),
  );
}

/** A value as bits in hexadecimal, an array of such, or null. */
export function plain(data: Data, row: number): unknown {
  const { type } = data;
  if (DataType.isNull(type)) return null;
  if (DataType.isUnion(type)) return plainMember(data, type, row);
  if (data.nullCount > 0 && !bit(data.nullBitmap, data.offset + row)) return null;
  const child = (at: number) => plain(data.children[0] as Data, at);
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => child(from + i));
  const from = Number(data.valueOffsets?.[row]);
  const to = Number(data.valueOffsets?.[row + 1]);
  switch (type.typeId as Type) {
    case Type.Bool:
      return bit(data.values, data.offset + row);
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      return hex(data.values, from, to);
    case Type.Utf8View:
    case Type.BinaryView:
      return plainView(data, row);
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      return range(from, to);
    case Type.FixedSizeList:
      return range(row * data.stride, (row + 1) * data.stride);
    case Type.Struct:
      return data.children.map((member) => plain(member, row));
    case Type.Dictionary:
      return plainCode(data, Number(data.values[row]));
    default:
      return hex(data.values, row * data.stride, (row + 1) * data.stride);
  }
}

function plainMember(data: Data, type: Union, row: number): unknown {
  const id = data.typeIds[row] as number;
  const member = data.children[type.typeIds.indexOf(id)] as Data;
  return [id, plain(member, DataType.isDenseUnion(type) ? Number(data.valueOffsets[row]) : row)];
}

function plainView({ values, variadicBuffers }: Data, row: number): unknown {
  const view = new DataView(values.buffer, values.byteOffset + 16 * row, 16);
  const bytes = view.getInt32(0, true);
  if (bytes <= 12) return hex(values, 16 * row + 4, 16 * row + 4 + bytes);
  const from = view.getInt32(12, true);
  return hex(variadicBuffers[view.getInt32(8, true)] as Uint8Array, from, from + bytes);
}

function plainCode({ dictionary }: Data, code: number): unknown {
  let index = code;
  for (const chunk of dictionary?.data ?? []) {
    if (index < chunk.length) return [plain(chunk, index)];
    index -= chunk.length;
  }
  throw new RangeError(`there is no code ${code}`);
}

function bit(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] as number) & (1 << (at & 7))) !== 0;
}

function hex(values: Uint8Array, from: number, to: number): string {
  const part = values.slice(from, to);
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('hex');
}
