/** The middle of some values; the mean of the two in the middle of an even number. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** How far the median of as many values of this kind lies from the true one, in 95 of 100 runs: half the interval by ranks. NaN of none. */
export const doubt = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  // https://en.wikipedia.org/wiki/Median#Confidence_interval: ranks n/2 ± 1.96 √n / 2.
  const reach = 0.98 * Math.sqrt(sorted.length)
  const low = Math.max(0, Math.floor(sorted.length / 2 - reach))
  const high = Math.min(sorted.length - 1, Math.ceil(sorted.length / 2 + reach) - 1)
  return ((sorted[high] ?? Number.NaN) - (sorted[low] ?? Number.NaN)) / 2
}

/** The value below which a share of all lies (0…1), nearest rank. NaN of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Slope of log(y) over log(x), by least squares. */
export const exponent = (points: readonly (readonly [x: number, y: number])[]): number => {
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(Math.max(y, 1e-9))] as const)
  const mean = (of: 0 | 1): number => logs.reduce((sum, point) => sum + point[of], 0) / logs.length
  const [mx, my] = [mean(0), mean(1)]
  const over = logs.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0)
  return over / logs.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
}
