/** The middle of some values; the mean of the two in the middle of an even number. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/**
 * How much more one took than the other, by turns: the mean of the middle three fifths of the ratios, as logarithms, or what is below one would
 * count less than what is above. `doubt`: how far that lies from the true one, in 95 of 100 runs.
 * https://en.wikipedia.org/wiki/Truncated_mean, its error by the winsorised values. NaN of none.
 */
export const ratioOf = (values: readonly number[], baseline: readonly number[]): { ratio: number; doubt: number } => {
  const logs = values.map((value, i) => Math.log(value / (baseline[i] as number))).sort((a, b) => a - b)
  const cut = Math.floor(logs.length / 5)
  const mean = (of: readonly number[]): number => of.reduce((sum, one) => sum + one, 0) / of.length
  const middle = logs.slice(cut, logs.length - cut)
  const drawnIn = logs.map(one => Math.min(Math.max(one, middle[0] as number), middle.at(-1) as number))
  const spread = Math.sqrt(mean(drawnIn.map(one => (one - mean(drawnIn)) ** 2)))
  const ratio = Math.exp(mean(middle))
  return { ratio, doubt: (ratio * 1.96 * spread * Math.sqrt(logs.length)) / middle.length }
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
