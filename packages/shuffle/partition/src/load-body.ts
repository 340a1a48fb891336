import { ColumnLoader } from '@spillway/arrow/ipc';
import { allocate } from '@spillway/core';
import type { Data, Field } from 'apache-arrow';
import type { Body } from './body.js';

/** Buffers begin at multiples of this, as Arrow recommends. */
const ALIGNMENT = 64;

/** The columns of a body, in memory of their own. */
export function loadBody(fields: readonly Field[], body: Body): Data[] {
  const { nodes, buffers, variadicBufferCounts, dictionaries = new Map() } = body;
  const memory = allocate(buffers.reduce((sum, bytes) => sum + roundUp(bytes), 0));
  let next = 0;
  let at = 0;
  const nextBuffer = () => {
    const bytes = buffers[next] as number;
    if (bytes > 0) body.copyBuffer(next, memory, at);
    const buffer = memory.subarray(at, at + bytes);
    next++;
    at += roundUp(bytes);
    return buffer;
  };
  const pairs = Array.from({ length: nodes.length / 2 }, (_, i) => ({
    length: nodes[2 * i] as number,
    nullCount: nodes[2 * i + 1] as number,
  }));
  const source = {
    nodes: pairs,
    variadicBufferCounts,
    unionValidity: false,
    nextBuffer,
    skipBuffer: nextBuffer,
    dictionaries,
  };
  return new ColumnLoader(source).columns(fields, body.rows);
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
