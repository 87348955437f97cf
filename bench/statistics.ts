/** The least sample that `share` of all are not above (nearest rank): a figure that was measured, none in between. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** How much y grows with each x, by least squares. */
export function slope(points: readonly { x: number; y: number }[]): number {
  const mean = (pick: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x0, y0] = [mean(({ x }) => x), mean(({ y }) => y)];
  return (
    points.reduce((sum, { x, y }) => sum + (x - x0) * (y - y0), 0) /
    points.reduce((sum, { x }) => sum + (x - x0) ** 2, 0)
  );
}
