/** An event's payload and what it says, read when somebody looks. */
import { useEffect, useState } from 'preact/hooks'
import type { EventEntry, Payload } from '../../utils/identity/entry'
import { decodeCall, decodeRequest } from '../../utils/sdk/decode'
import type { DecodedEvent } from '../../utils/sdk/event'
import { whyOf } from '../../utils/why'
import { panel, readPayload } from '../store'

export type Read =
  | { state: 'reading' }
  | { state: 'gone' }
  | { state: 'fault'; why: string }
  | { state: 'read'; payload: Payload }

const NOTHING: EventEntry['payload'] = []

/** The payload of an event; read again when the entry learns more. null: of none. */
export function usePayload(event: EventEntry | null): Read {
  const refs = event?.payload ?? NOTHING
  const [read, setRead] = useState<{ of: EventEntry['payload']; read: Read }>({ of: refs, read: { state: 'reading' } })
  useEffect(() => {
    if (refs === NOTHING) return
    let stale = false
    readPayload(refs).then(
      payload => stale || setRead({ of: refs, read: payload ? { state: 'read', payload } : { state: 'gone' } }),
      (error: unknown) => stale || setRead({ of: refs, read: { state: 'fault', why: whyOf(error) } }),
    )
    return () => {
      stale = true
    }
  }, [refs])
  return read.read
}

/** The event decoded whole: from its request, else from its call. */
export function decode({ facts }: EventEntry, { request, call }: Payload): DecodedEvent | null {
  const { hosts } = panel.getState().settings
  return (request && decodeRequest(request, hosts)[facts.part[0] - 1]) ?? (call && decodeCall(call)) ?? null
}
