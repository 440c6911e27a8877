/**
 * What rules say about the values of an event (Remark): looked for once, while the event is decoded. Every event passes here,
 * so a key is judged once and remembered, and a value is tested for its length before anything else.
 */
import type { EventFacts, Json, Remark } from './event'
import { isObject, type Tree, valueOf } from './json'
import { GUIDE, ITEM_KEYS, isContextKey, isIdentityKey, PAGE_KEYS, PUBLIC_KEYS } from './names'
import type { Parts } from './parts'
import { EMAIL, isCardNumber, PHONE } from './personal'
import { decodePercent } from './query'

/** Most that is kept of one event: a rule needs examples, not a list. */
const MOST = 24
const CACHE = 2_000

// ── keys

interface KeyTraits {
  /** A code as the platform takes it (S), and not of the names that it keeps for itself (D). */
  fault: 'code' | 'reserved' | null
  context: boolean
  /** May be long. */
  free: boolean
  /** Holds an id or a link: digits there are no phone or card number. */
  id: boolean
  secret: boolean
  /** Four to eight digits under it are a secret; other values are a battery or a word. */
  pin: boolean
  /** Names a person. */
  person: boolean
  /** A text in `cvar` that everybody reads. */
  shown: boolean
}

const traits = new Map<string, KeyTraits>()
const traitsOf = (key: string): KeyTraits => {
  const known = traits.get(key)
  if (known) return known
  const name = key.toLowerCase()
  const made: KeyTraits = {
    fault: !/^[a-z0-9_]+$/.test(key) ? 'code' : /^(?:number|sgmt|aud)_/.test(key) ? 'reserved' : null,
    context: isContextKey(key) || isIdentityKey(key),
    free: /url$|_title$|description$/.test(name),
    id: /(?:^|_)(?:id|ids|uid|sku|code|barcode|ean|gtin|isbn|uuid|token)$|(?:url|link|image|path)$/.test(name),
    shown: PUBLIC_KEYS.includes(key),
    secret: /^(?:password|passwd|pwd|cvv|card_number|access_token)$/.test(name),
    pin: /^(?:otp|pin)$/.test(name),
    person: /e_?mail|phone|mobile|(?:^|_)(?:tel|sdt)$|^(?:full|first|last|customer|user)?_?name$/.test(name),
  }
  if (traits.size >= CACHE) traits.clear()
  traits.set(key, made)
  return made
}

// ── values

const contactIn = (text: string): string | null => {
  if (text.length < 6) return null
  if (text.includes('@') && EMAIL.test(text)) return 'an e-mail address'
  const first = text.charCodeAt(0)
  return text.length >= 9 &&
    text.length <= 16 &&
    (first < 58 || first > 127) &&
    /^[+(]?[\d\s().-]+$/.test(text) &&
    PHONE.test(text.replace(/[\s().-]/g, ''))
    ? 'a phone number'
    : null
}

const secretIn = (text: string, { context, id }: KeyTraits): string | null => {
  const first = text.charCodeAt(0)
  if (first === 101 && text.startsWith('eyJ') && /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(text)) return 'a signed token'
  if (context || id || text.length > 23 || first < 48 || first > 57) return null
  return isCardNumber(text) ? 'a card number' : null
}

/** What a part of the event may hold. */
interface Part {
  /** Its keys are attribute codes. */
  codes: boolean
  /** E-mail addresses and phone numbers are what it is for. */
  contacts: boolean
  items: boolean
}

const CUSTOMER: Part = { codes: true, contacts: true, items: false }
const OBJECT: Part = { codes: true, contacts: false, items: false }
/** An object that people's contacts belong to, though they are no attributes of a profile. */
const OPEN: Part = { codes: true, contacts: true, items: false }
const ITEMS: Part = { codes: false, contacts: false, items: true }

class Look {
  readonly found: Remark[] = []
  /** A key of a tree at hand names a person, and none of the SDK's own values. */
  person = false

  add(code: Remark['code'], path: string, text = ''): void {
    if (this.found.length < MOST) this.found.push({ code, path, text })
  }

  name(path: string, text: string): void {
    const contact = contactIn(text)
    if (contact) this.add('contact', path, contact)
  }

  tree(tree: Tree, path: string, part: Part, depth = 1): void {
    for (const key in tree) {
      const known = traitsOf(key)
      if (depth === 1 && !known.context) {
        if (known.person) this.person = true
        if (known.fault && part.codes) this.add(known.fault, `${path}.${key}`)
      }
      this.value(tree[key] as Json, key, known, path, part, depth)
    }
  }

  value(value: Json, key: string, known: KeyTraits, path: string, part: Part, depth: number): void {
    if (typeof value === 'object') {
      if (value === null) return
      if (!Array.isArray(value)) return this.tree(value, `${path}.${key}`, part, depth + 1)
      for (const each of value) this.value(each, key, known, path, part, depth)
      return
    }
    if (typeof value === 'boolean') return
    const text = typeof value === 'string' ? value : String(value)
    const { length } = text
    if (length < 3) return
    const secret =
      (known.secret && !/^[*•.]+$/.test(text)) || (known.pin && !part.items && /^\d{4,8}$/.test(text))
        ? `a ${key.toLowerCase()}`
        : length >= 15
          ? secretIn(text, known)
          : null
    if (secret) this.add('secret', `${path}.${key}`, secret)
    if (length > 255 && !known.free && !known.context && (length > 30_000 || part === CUSTOMER))
      this.add('long', `${path}.${key}`, String(length))
    if (length < 6 || (part.contacts ? !known.shown : known.id)) return
    const contact = contactIn(text)
    if (contact) this.add('contact', `${path}.${key}`, contact)
  }
}

// ── URLs of pages

const SUSPECT = /@|%40|phone|tel|sdt|mobile|dienthoai|msisdn|token|passw|otp/i
const PHONE_PARAMETER = /^(?:phone|tel|sdt|mobile|dienthoai|msisdn)$/
const SECRET_PARAMETER = /^(?:token|access_token|id_token|password|otp)$/

const NONE: readonly string[] = []
const urls = new Map<string, readonly string[]>()

/** `a phone number in phone of https://shop.example/x`, for each thing that should not stand in a page's URL. */
const leaksOf = (url: string): readonly string[] => {
  if (!SUSPECT.test(url)) return NONE
  const known = urls.get(url)
  if (known) return known
  const leaks: string[] = []
  const [page = '', ...pairs] = url.split(/[?#&]/)
  const path = decodePercent(page)
  const masked = path.replace(EMAIL, '…')
  if (masked !== path) leaks.push(`an e-mail address in the path of ${masked}`)
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const name = (equals < 0 ? '' : pair.slice(0, equals)).toLowerCase()
    const value = decodePercent(pair.slice(equals + 1).replaceAll('+', ' ')).trim()
    const what = EMAIL.test(value)
      ? 'an e-mail address'
      : PHONE_PARAMETER.test(name) && PHONE.test(value.replace(/[\s().-]/g, ''))
        ? 'a phone number'
        : SECRET_PARAMETER.test(name) && value !== ''
          ? 'a secret'
          : null
    if (what) leaks.push(`${what} in ${name || 'the parameters'} of ${masked}`)
  }
  if (urls.size >= 200) urls.clear()
  urls.set(url, leaks)
  return leaks
}

// ── one event

const isGiven = (value: Json | undefined): boolean => value !== undefined && value !== null && value !== ''

const itemRemarks = (look: Look, items: readonly Tree[]): void => {
  let told: Set<string> | null = null
  for (const [index, item] of items.entries()) {
    const lacks = ITEM_KEYS.filter(key => !isGiven(valueOf(item, key))).join(', ')
    if (lacks !== '' && !told?.has(lacks)) {
      look.add('item', `items[${index}]`, lacks)
      told = (told ?? new Set()).add(lacks)
    }
    look.tree(item, `items[${index}]`, ITEMS)
  }
}

const holdsKey = (key: string, facts: EventFacts, { dimsTree, extraTree, things }: Parts): boolean => {
  if (key === 'customer_id' && facts.cid !== null) return true
  if (isGiven(valueOf(extraTree, key))) return true
  const inTree = (value: Json | undefined): boolean => isObject(value) && isGiven(valueOf(value, key))
  return Object.values(dimsTree ?? {}).some(inTree) || things.some(inTree)
}

const guideRemarks = (look: Look, facts: EventFacts, parts: Parts, automatic: boolean): void => {
  const { ec, ea, carries, channel } = facts
  // The SDK's own page views lack them in real captures; the guide is a website's.
  if (!carries || channel === 'app' || automatic) return
  const asked = GUIDE.find(event => event.ec === ec && event.ea === ea)
  for (const keys of asked?.keys ?? [])
    if (!keys.some(key => holdsKey(key, facts, parts))) look.add('missing', keys[0] ?? '')
}

const urlRemarks = (look: Look, { extraTree, contextTree }: Parts, redirect: Json | undefined): void => {
  let told: Set<string> | null = null
  const check = (name: string, value: Json | undefined): void => {
    if (typeof value !== 'string') return
    for (const leak of leaksOf(value)) {
      if (!told?.has(leak) && !(name === 'page_path' && told)) look.add('url', name, leak)
      told = (told ?? new Set()).add(leak)
    }
  }
  for (const name of PAGE_KEYS) check(name, valueOf(extraTree, name) ?? valueOf(contextTree, name))
  check('redirect_url', redirect)
}

const IDENTIFIES: readonly EventFacts['kind'][] = ['login', 'sign-up', 'identify']
const LONGEST_NAME = 120

const partOf = (object: string): Part =>
  object === 'customers' || object === 'users'
    ? CUSTOMER
    : object === 'purchase' || object.startsWith('lead')
      ? OPEN
      : OBJECT

/**
 * All that is to be remarked of an event; undefined if nothing is.
 * @param automatic a page view that the SDK sent by itself (`ev=1`, or by its name)
 * @param redirect the URL that a link leads to
 */
export const remarksOf = (
  facts: EventFacts,
  parts: Parts,
  automatic: boolean,
  redirect: Json | undefined,
): Remark[] | undefined => {
  const { things, dimsTree: dims, extraTree: extra, extraName } = parts
  const look = new Look()
  look.name('ec', facts.ec)
  look.name('ea', facts.ea)
  look.name('en', facts.en)
  itemRemarks(look, things)
  if (dims)
    for (const object in dims) {
      const value = dims[object]
      const part = partOf(object)
      if (isObject(value)) look.tree(value, `dims.${object}`, part)
      else if (Array.isArray(value))
        for (const each of value) if (isObject(each)) look.tree(each, `dims.${object}`, part)
    }
  if (extra) {
    look.person = false
    look.tree(extra, extraName, OPEN)
    if (look.person && facts.carries && !IDENTIFIES.includes(facts.kind))
      for (const key in extra) {
        const { person, context } = traitsOf(key)
        if (!person || context) continue
        const value = extra[key]
        const told = typeof value === 'string' || typeof value === 'number'
        if (told && String(value).length <= LONGEST_NAME) look.add('person', `${extraName}.${key}`, String(value))
      }
  }
  guideRemarks(look, facts, parts, automatic)
  urlRemarks(look, parts, redirect)
  return look.found.length > 0 ? look.found : undefined
}
