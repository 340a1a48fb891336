/**
 * An index over orders that take several times the memory this process allows itself: each order by its number, and for
 * each customer the numbers of their orders. Run with the count of orders, 500,000 if none is given:
 *
 *     node --max-old-space-size=64 examples/dist/larger-than-memory/main.js 500000
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { type LazyList, OOCMap, type OutOfCoreMap } from 'spillway';

interface Order {
  readonly customer: string;
  readonly items: readonly { readonly sku: string; readonly quantity: number }[];
  readonly address: { readonly city: string; readonly street: string };
}

const CUSTOMERS = 5000;
const ORDERS_AT_ONCE = 10_000;
const CITIES = ['Lisbon', 'Oslo', 'Quito', 'Seoul', 'Tunis'];

const count = Number(process.argv[2] ?? 500_000);
const directory = mkdtempSync(join(tmpdir(), 'spillway-example-'));
try {
  const orders = OOCMap<number, Order>(join(directory, 'orders'));
  const index = OOCMap<string, readonly number[]>(join(directory, 'index'));
  timed(`store and index ${count.toLocaleString('en')} orders`, () => store(orders, index));
  timed('answer 1,000 questions', () => ask(orders, index));
  const { heap_size_limit, used_heap_size } = getHeapStatistics();
  const bytes = orders.stats().liveBytes + index.stats().liveBytes;
  console.log(
    `${mebibytes(bytes)} on disk; ${mebibytes(used_heap_size)} of a heap of ${mebibytes(heap_size_limit)} used`,
  );
  orders.close();
  index.close();
} finally {
  rmSync(directory, { recursive: true });
}

function store(
  orders: OutOfCoreMap<number, Order>,
  index: OutOfCoreMap<string, readonly number[]>,
): void {
  for (let from = 0; from < count; from += ORDERS_AT_ONCE) {
    const to = Math.min(count, from + ORDERS_AT_ONCE);
    orders.transaction(() => {
      for (let number = from; number < to; number++) orders.set(number, makeOrder(number));
    });
    index.transaction(() => {
      for (let number = from; number < to; number++) {
        const customer = customerOf(number);
        const numbers = index.get(customer);
        if (numbers === undefined) index.set(customer, [number]);
        else numbers.push(number);
      }
    });
  }
}

/** How much some customers have bought: reads of their orders nothing but the items. */
function ask(
  orders: OutOfCoreMap<number, Order>,
  index: OutOfCoreMap<string, readonly number[]>,
): void {
  for (let question = 0; question < 1000; question++) {
    const customer = `customer ${(question * 617) % CUSTOMERS}`;
    const numbers: LazyList<number> | undefined = index.get(customer);
    let bought = 0;
    let expected = 0;
    for (const number of numbers ?? []) {
      const items = orders.get(number)?.get('items');
      for (const item of items ?? []) bought += item.get('quantity') ?? 0;
      for (const { quantity } of makeOrder(number).items) expected += quantity;
    }
    if (bought !== expected) throw new Error(`${customer} bought ${expected}, not ${bought}`);
  }
}

function customerOf(number: number): string {
  return `customer ${(number * 7919) % CUSTOMERS}`;
}

function makeOrder(number: number): Order {
  const items = Array.from({ length: 1 + (number % 4) }, (_, i) => ({
    sku: `sku-${(number + i * 31) % 977}`,
    quantity: 1 + ((number + i) % 9),
  }));
  const address = { city: CITIES[number % 5] as string, street: `${number % 113} Long Street` };
  return { customer: customerOf(number), items, address };
}

function timed(work: string, run: () => void): void {
  const started = performance.now();
  run();
  console.log(`${work}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
