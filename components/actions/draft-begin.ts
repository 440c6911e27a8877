import type { Draft } from './draft'

/** Apart from what is made of a draft: every panel begins with one, and few go on. */
export const EMPTY_DRAFT: Draft = { of: 'phone', text: '', way: 0, hash: 'md5', rows: [], sure: false }
