/** What the metadata of an array say: first who made it, later what is in it. */
export interface Statistics {
  worker: number;
  mean?: number;
  min?: number;
  max?: number;
}

/** The statistics of an array that comes in parts. */
export async function statisticsOf(
  parts: AsyncIterable<Float64Array>,
): Promise<Required<Omit<Statistics, 'worker'>>> {
  let [sum, count, min, max] = [0, 0, Number.MAX_VALUE, -Number.MAX_VALUE];
  for await (const part of parts) {
    count += part.length;
    for (const value of part) {
      sum += value;
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { mean: sum / count, min, max };
}
