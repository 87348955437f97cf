/**
 * Values for an `in`, filled up to a power of two by the last one again. Each number of parameters is a statement of its
 * own, which takes time to prepare and some 300 bytes a parameter while it is kept: a gateway whose viewers come and go
 * had hundreds of them.
 */
export function filledUp<T>(values: readonly T[]): T[] {
  const last = values.at(-1);
  if (last === undefined) return [];
  const count = 2 ** Math.ceil(Math.log2(values.length));
  return [...values, ...Array.from({ length: count - values.length }, () => last)];
}
