import type { Heap } from './heap.js';
import { decodeKey, type EncodedKey } from './key.js';
import type { DictPage, ListPage } from './page.js';
import { Kind, Reference, type Stored } from './stored.js';

/** Members that are read at once. */
const AT_ONCE = 1024;

type Container = unknown[] | Record<string, unknown> | Map<unknown, unknown> | Set<unknown>;

/** A container that is still empty, and where its members are. */
interface Task {
  readonly reference: Reference;
  readonly target: Container;
}

/** The plain value of a container, however deep: what is found within is filled later. */
export function eager(heap: Heap, reference: Reference): Container {
  const result = emptyOf(reference);
  const tasks: Task[] = [{ reference, target: result }];
  const value = (stored: Stored): unknown => {
    if (!(stored instanceof Reference)) return heap.scalar(stored);
    const target = emptyOf(stored);
    tasks.push({ reference: stored, target });
    return target;
  };
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const page = heap.pages.get(task.reference.id);
    if (page === undefined) continue;
    if (page.kind === Kind.List) fillList(heap, page, task.target as unknown[], value);
    else fillDict(heap, page, task.target, value);
  }
  return result;
}

function emptyOf({ kind }: Reference): Container {
  if (kind === Kind.List) return [];
  if (kind === Kind.Object) return {};
  return kind === Kind.Map ? new Map() : new Set();
}

function fillList(
  heap: Heap,
  root: ListPage,
  target: unknown[],
  value: (stored: Stored) => unknown,
): void {
  const length = heap.lists.length(root);
  while (target.length < length) {
    const { page, first } = heap.lists.leaf(root, target.length);
    const { values } = page;
    for (let i = target.length - first; i < values.length; i++) target.push(value(values[i]));
  }
}

function fillDict(
  heap: Heap,
  page: DictPage,
  target: Container,
  value: (stored: Stored) => unknown,
): void {
  const names = page.shape?.names;
  for (let after: EncodedKey | undefined; ; ) {
    const { keys, values } = heap.dicts.after(page, after, AT_ONCE);
    for (let i = 0; i < keys.length; i++) {
      const key = names === undefined ? decodeKey(keys[i] as EncodedKey) : names[i];
      if (target instanceof Map) target.set(key, value(values[i]));
      else if (target instanceof Set) target.add(key);
      else setOwn(target as Record<string, unknown>, key as string, value(values[i]));
    }
    after = keys.at(-1);
    if (keys.length < AT_ONCE) return;
  }
}

function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
}
