/** What the user is about to identify: a CID in the making and attributes, checked before anything can run. Pure. */
import { typeOf } from '../../utils/identity/attributes'
import { type Hash, makeCid, type Step } from '../../utils/identity/recipe'
import type { Attributes, Json } from '../../utils/sdk/event'
import { t } from '../text'

export const TYPES = ['String', 'Number', 'Boolean', 'Datetime', 'Array', 'Object'] as const
export type AttributeType = (typeof TYPES)[number]

export interface DraftRow {
  /** Tells rows apart while they are edited. */
  key: number
  code: string
  type: AttributeType
  text: string
}

export interface Draft {
  of: 'phone' | 'email' | 'typed'
  text: string
  /** Index into WAYS of the kind. */
  way: number
  hash: Hash | 'none'
  rows: readonly DraftRow[]
  /** "I know that this can't be undone", for the action at hand. */
  sure: boolean
}

/** How to write a phone number or an address before it is hashed: sites differ, and the vendor doesn't say (?). */
export const WAYS: Record<Draft['of'], readonly (readonly Step[])[]> = {
  phone: [['84to0'], ['0to84'], ['0to+84'], ['compact'], []],
  email: [['trim', 'lower', 'nfc'], ['trim'], []],
  typed: [['trim']],
}

const stepsOf = ({ of, way }: Draft): readonly Step[] => WAYS[of][way] ?? []

/** The text as it will be hashed. */
export const written = (draft: Draft): string => makeCid(draft.text, { hash: 'none', normalise: stepsOf(draft) })

/** The CID that the draft makes; '' when there is nothing to make it of. */
export const cidOf = (draft: Draft): string =>
  draft.text.trim() === ''
    ? ''
    : makeCid(draft.text, { hash: draft.of === 'typed' ? 'none' : draft.hash, normalise: stepsOf(draft) })

/** A whole number beyond 2^53 has digits that a JSON number loses. */
const losesDigits = (value: Json): boolean =>
  typeof value === 'number'
    ? Number.isInteger(value) && !Number.isSafeInteger(value)
    : value !== null && typeof value === 'object' && Object.values(value).some(losesDigits)

const fail = (message: string): { error: string } => ({ error: message })

/** What a row's text is as a value of its type, or a sentence on why it is none. */
export function parseValue(type: AttributeType, text: string): { value: Json } | { error: string } {
  switch (type) {
    case 'String':
      return { value: text }
    case 'Boolean':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : fail(t('draft.boolean'))
    case 'Number': {
      const trimmed = text.trim()
      if (!/^-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) return fail(t('draft.number', { text: trimmed }))
      const value = Number(trimmed)
      if (!Number.isFinite(value) || losesDigits(value)) return fail(t('draft.digits'))
      return { value }
    }
    case 'Datetime':
      return typeOf(text.trim()) === 'Datetime' ? { value: text.trim() } : fail(t('draft.datetime'))
    default: {
      let value: Json
      try {
        value = JSON.parse(text) as Json
      } catch (error) {
        return fail(t('draft.json', { why: error instanceof Error ? error.message : '' }))
      }
      if (type !== typeOf(value))
        return fail(t(type === 'Array' ? 'draft.array' : 'draft.object', { type: typeOf(value) }))
      return losesDigits(value) ? fail(t('draft.digits')) : { value }
    }
  }
}

/** Codes that the platform takes: lower-case letters, digits, underscore (S); three beginnings are its own (D). */
const codeFault = (code: string): string | null =>
  !/^[a-z0-9_]+$/.test(code)
    ? t('draft.code', { code })
    : /^(number|sgmt|aud)_/.test(code)
      ? t('draft.reserved', { code })
      : null

/** The attributes of the draft, and what is wrong by row key. Rows without code and value are not there yet. */
export function attributesOf({ rows }: Draft): { attributes: Attributes; errors: ReadonlyMap<number, string> } {
  const attributes: Attributes = []
  const errors = new Map<number, string>()
  const codes = new Set<string>()
  for (const { key, code, type, text } of rows) {
    const name = code.trim()
    if (name === '' && text === '') continue
    const parsed = parseValue(type, text)
    const fault =
      name === ''
        ? t('draft.no-code')
        : codes.has(name)
          ? t('draft.twice', { code: name })
          : (codeFault(name) ?? ('error' in parsed ? parsed.error : null))
    codes.add(name)
    if (fault !== null) errors.set(key, fault)
    else if ('value' in parsed) attributes.push([name, parsed.value])
  }
  return { attributes, errors }
}

/** A value as the text of a row that parses back to it. */
export function rowFrom(key: number, code: string, value: Json): DraftRow {
  const type = typeOf(value)
  const known = TYPES.find(each => each === type) ?? 'String'
  return { key, code, type: known, text: typeof value === 'string' ? value : JSON.stringify(value) }
}
