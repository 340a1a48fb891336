import { type Decode, type Encode, type Kind, kindName, kinds } from './kinds.js';
import { fromSlot, toSlot } from './slot.js';

/** A kind of object, by its name in `kinds`, and its content as slots. */
type Node = readonly [kind: string, ...content: unknown[]];

/**
 * A value as a list of nodes, the root first: each object once, however often and in whatever circle it is
 * referred to. Objects in a node's content are slots `[index]` of their own node.
 *
 * @throws {TypeError} for what `structuredClone` doesn't take either, and for the platform's own objects.
 */
export function toGraph(root: object): Node[] {
  const indexes = new Map<object, number>();
  const objects: object[] = [];
  const encode: Encode = (value) => {
    if (typeof value !== 'object' || value === null) return toSlot(value);
    let index = indexes.get(value);
    if (index === undefined) {
      index = objects.push(value) - 1;
      indexes.set(value, index);
    }
    return [index];
  };
  encode(root);
  const nodes: Node[] = [];
  // It grows as nodes refer to further objects.
  for (const object of objects) {
    const name = kindName(object);
    nodes.push([name, ...(kinds.get(name) as Kind).content(object, encode)]);
  }
  return nodes;
}

/**
 * The value of a graph. Objects are made first and filled afterwards, so that they can refer to each other.
 *
 * @throws {Error} when it is no graph.
 */
export function fromGraph(nodes: readonly unknown[]): unknown {
  const parts = nodes.map((node) => {
    if (!Array.isArray(node)) throw new TypeError('a node of its graph is no array');
    const [name, ...content] = node as unknown[];
    const kind = kinds.get(name as string);
    if (!kind) throw new TypeError(`its graph has a node of the unknown kind ${String(name)}`);
    return { kind, content, object: kind.make(content) };
  });
  const decode: Decode = (slot) => {
    if (!Array.isArray(slot) || typeof slot[0] !== 'number') return fromSlot(slot);
    const part = parts[slot[0]];
    if (!part) throw new RangeError(`its graph has no node ${slot[0]}`);
    return part.object;
  };
  for (const { kind, content, object } of parts) kind.fill?.(object, content, decode);
  return parts[0]?.object;
}
