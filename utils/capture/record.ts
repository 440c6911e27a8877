/**
 * What hook and relay tell the recorder about a document, one line per record. All of it comes out of a page, so the recorder
 * reads it through `readRecord` (claims.ts): a claim about what the page asked for, never about how it ended.
 */
import type { Body } from '../sdk/event'

/** A body, flat: records hold no objects (see `quote` in natives.ts). */
export interface FlatBody {
  state: Body['state']
  /**
   * The text of `text` and `cut`. Why it is `unreadable`: `gone` (the page was, before it could be read), `object` (a stream, or no
   * body that we know), '' (the browser couldn't). In words it stands in claims.ts: pages carry none.
   */
  text: string
  /** Whole size of `cut`, else 0. Below 0: that many at least; to count them all would cost the page. */
  bytes: number
}

/** Written by the hook. Ids count calls and requests of one document together, from 1. Times are ms since the epoch. */
export type HookRecord =
  /** The page called the SDK. */
  | {
      k: 'call'
      id: number
      at: number
      api: string
      args: string
      stack: string
      /** It went into the stub's queue. */
      queued: boolean
      /** The call that it was made inside of; 0 = none. */
      inside: number
      /** The last event in the `dataLayer`, when the call came from a tag manager; '' = none. */
      layer: string
      /** Name of the panel's action that made the call; '' = the page. The relay's word. */
      by: string
    }
  /**
   * The page asked for a request that concerns the SDK. `call`: it was made synchronously inside that call; 0 = none. `base`: what a
   * relative `url` is relative to.
   */
  | ({
      k: 'request'
      id: number
      at: number
      call: number
      via: string
      url: string
      base: string
      method: string
    } & FlatBody)
  /** The body of an earlier request, now that it could be read. */
  | ({ k: 'body'; id: number } & FlatBody)
  /** Something that happened to a call or request in the page's sight: it threw, or (`REFUSED`) `sendBeacon` returned false. */
  | { k: 'note'; id: number; text: string }
  /** What the page has of the SDK, when it changed. `api`: name of the global; '' = none. */
  | {
      k: 'sdk'
      at: number
      state: 'absent' | 'queue' | 'live'
      queue: number
      api: string
      portal: string
      prop: string
    }

/** Written by the relay itself. */
export type RelayRecord =
  /** `here`: asked for, and news only where it isn't known to be there. */
  | {
      k: 'page'
      at: number
      how: 'load' | 'restored' | 'route' | 'prerender' | 'shown' | 'here'
      late: boolean
      url: string
    }
  /** The page goes away. */
  | { k: 'hide'; at: number }
  /** A value of localStorage; `first`: the first look in this document. */
  | { k: 'stored'; at: number; name: string; value: string | null; first: boolean }
  /** The page's security policy stopped a request. */
  | { k: 'csp'; at: number; url: string; directive: string }
  /** Records that had to be dropped before the recorder took them. */
  | { k: 'gap'; at: number; until: number; count: number }

/**
 * A body as it is told: its text, or `null` if there is none, or a number that says why it can't be read. `bytes` as in `FlatBody`; none for
 * a text that is whole.
 */
export type ToldBody = readonly [body: string | number | null, bytes?: number | undefined]
/** Nobody has read it yet. */
export const UNREAD = 0
/** No body that we know. */
export const UNKNOWN = 1
/** The browser couldn't. */
export const FAILED = 2

type Fields = {
  [K in HookRecord['k']]: readonly (
    | Exclude<keyof Extract<HookRecord, { k: K }>, 'k' | 'by' | (K extends 'sdk' ? never : 'state') | 'text' | 'bytes'>
    | (K extends 'note' ? 'text' : K extends 'request' | 'body' ? 'body' | 'bytes' : never)
  )[]
}

/** The hook writes a record as a list: its kind, then these; the body as in `ToldBody`. Names cost every page. */
export const FIELDS: Fields = {
  call: ['id', 'at', 'api', 'args', 'stack', 'queued', 'inside', 'layer'],
  request: ['id', 'at', 'call', 'via', 'url', 'base', 'method', 'body', 'bytes'],
  body: ['id', 'body', 'bytes'],
  note: ['id', 'text'],
  sdk: ['at', 'state', 'queue', 'api', 'portal', 'prop'],
}

/**
 * Who wrote a record stands before it, so that the page can't write in the relay's name. A hook's list follows at once, or after the name
 * of the panel's action that runs.
 */
export const HOOK = 'h'
export const RELAY = 'r'

/** Before the relay's answer to what a URL is: any URL of this path is the same. */
export const PATH_SAYS = '='

/** Text of a note. */
export const REFUSED = 'refused'

/** Characters of a body or of one argument list that are kept. */
export const TEXT_CAP = 262_144
