/** Parts of the panel that the first view doesn't need: loaded as soon as it stands, so that a click never waits. */
import type { ComponentType, JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'

let coming: Promise<typeof import('./later')> | null = null
/**
 * What nearly all of them stand in. Asked for by one place: each `import` that the build writes looks for its file and styles anew, which
 * ten of them did for 20 ms while the panel opened (measured).
 */
export const later = (): Promise<typeof import('./later')> => {
  coming ??= import('./later').catch((why: unknown) => {
    coming = null
    throw why
  })
  return coming
}

const loads: (() => Promise<unknown>)[] = []
let fetching = false

/** Loads every lazy part, also those that others bring. A part that fails now says so where it is shown. */
export const prefetch = (): Promise<unknown> => {
  fetching = true
  return Promise.allSettled(loads.map(load => load()))
}

/** A component whose code comes by itself, or sooner when it is asked for: `fetchPart` rejects when it can't come. */
type Lazy<P> = ((props: P) => JSX.Element) & { fetchPart: () => Promise<void> }

/** While its code is under way its place stays empty; a fault goes to the Boundary around it. */
export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): Lazy<P> {
  let part: ComponentType<P> | null = null
  const fetchPart = async (): Promise<void> => {
    part ??= await load()
  }
  loads.push(fetchPart)
  if (fetching) fetchPart().catch(() => {})
  const Place = (props: P) => {
    // What was drawn decides, not what has come since: an effect runs after the paint, and the part may come between the two.
    const [Part, setPart] = useState(() => part)
    const [fault, setFault] = useState<{ why: unknown } | null>(null)
    useEffect(() => {
      if (Part) return
      fetchPart().then(
        () => setPart(() => part),
        (why: unknown) => setFault({ why }),
      )
    }, [])
    if (fault) throw fault.why
    return Part ? <Part {...props} /> : <div class="pane grow" aria-busy="true" />
  }
  return Object.assign(Place, { fetchPart })
}
