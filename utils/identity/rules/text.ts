/** Small words of the rules' sentences. */
import { PHONE } from '../../sdk/personal'

const UNITS: [name: string, ms: number][] = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** `38 ms`, `13 s`, `4 min`, `3 h`, `2 days`: the largest unit that gives at least two of it, rounded. `names`: of units in another language. */
export const duration = (ms: number, names: Readonly<Record<string, string>> = {}): string => {
  const [name, size] = UNITS.find(([, unit]) => ms >= 2 * unit) ?? (ms >= 1_000 ? ['s', 1_000] : ['ms', 1])
  return `${Math.round(ms / size)} ${names[name] ?? name}`
}

/** Looks like an e-mail address (rules.md `cid-raw`). */
export const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/
export { PHONE }

/** A personal value, so that a person who knows it recognises it and nobody else does: `a…@e….com`, `09…00`. */
export const mask = (value: string): string => {
  const at = value.lastIndexOf('@')
  if (at > 0) return `${value.charAt(0)}…@${value.charAt(at + 1)}…${value.slice(value.lastIndexOf('.'))}`
  return value.length > 6 ? `${value.slice(0, 2)}…${value.slice(-2)}` : '…'
}

/** A CID in a sentence: its first four characters, or masked when it is somebody's address or number. */
export const shortCid = (cid: string): string =>
  EMAIL.test(cid) || PHONE.test(cid.replace(/[\s().-]/g, '')) ? mask(cid) : cid.length > 8 ? `${cid.slice(0, 4)}…` : cid

/** A UID in a sentence: its last four characters. */
export const shortUid = (uid: string): string => (uid.length > 8 ? `…${uid.slice(-4)}` : uid)
