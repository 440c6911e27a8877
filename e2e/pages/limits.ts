/** Run in a page: what a determined page still finds (docs/limits.md), each by its own name. */

/** Where the functions of a stack come from, taken while a native asks an argument for its text; by the page's own `prepareStackTrace`. */
export const stackOfText = (): { stack: string; files: string[] } => {
  let stack = ''
  const read = () => {
    const toString = () => {
      stack = String(new Error('seen').stack)
      return '/nothing'
    }
    navigator.sendBeacon({ toString } as unknown as string)
    return stack
  }
  const plain = read()
  const prepared = Error as unknown as {
    prepareStackTrace?: (error: Error, sites: { getFileName(): string | null }[]) => string
  }
  prepared.prepareStackTrace = (_, sites) => sites.map(site => site.getFileName()).join()
  const files = read().split(',')
  delete prepared.prepareStackTrace
  return { stack: plain, files }
}

/** The text of a native, by the `toString` of another window of the same site. */
export const textFromOtherRealm = (): string => {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  const text = (frame.contentWindow as Window & typeof globalThis).Function.prototype.toString.call(fetch)
  frame.remove()
  return text
}

/** What only a proxy does: it may stand in its own chain of prototypes. And that somebody looks at what is given to it. */
export const marksOfProxy = (): { cycle: string; trapped: string[] } => {
  const attempt = (run: () => unknown): string => {
    try {
      return String(run())
    } catch (error) {
      return (error as Error).message
    }
  }
  const before = Object.getPrototypeOf(fetch)
  const cycle = attempt(() => Object.setPrototypeOf(fetch, Object.create(fetch)) && 'no error')
  if (cycle === 'no error') Object.setPrototypeOf(fetch, before)
  const trapped: string[] = []
  const handler = new Proxy({}, { get: (_, trap) => void trapped.push(String(trap)) })
  attempt(() => navigator.sendBeacon(new Proxy(new URL(location.href), handler)))
  return { cycle, trapped: [...new Set(trapped)] }
}

/** Is a method of the SDK still the function that the page put there? */
export const methodStays = async (): Promise<boolean> => {
  const track = () => {}
  Reflect.set(window, 'web_event', { track })
  await fetch('//a.cdp.asia/event?portal_id=1&prop_id=2&uid=3&ec=limits&ea=look', { mode: 'no-cors' })
  return Reflect.get(window, 'web_event').track === track
}

/** What a parent hears of the handshake when it reached into the window before it went to its page. The forged lines are said as the hook's. */
export const listenFromOutside = async (how: 'frame' | 'popup', path: string, forged: string[]): Promise<string[]> => {
  const heard: string[] = []
  const reach = (inner: Window) =>
    inner.addEventListener(
      'identity-lens-boot',
      event => {
        const channel = (event as MouseEvent).relatedTarget
        if (!channel) return
        for (const type of ['record', 'url', 'reply', 'id', 'blob', 'form', 'down'])
          channel.addEventListener(type, event => heard.push(`${type} ${(event as CustomEvent<string>).detail}`))
        const forge = () => {
          if (!Reflect.get(inner, 'mayForge')) return setTimeout(forge, 10)
          for (const detail of forged) channel.dispatchEvent(new CustomEvent('record', { detail }))
          return Reflect.set(inner, 'over', true)
        }
        forge()
      },
      true,
    )
  let inner: Window
  if (how === 'frame') {
    const frame = document.createElement('iframe')
    frame.src = path
    document.body.append(frame)
    inner = frame.contentWindow as Window
  } else inner = open(path) as Window
  reach(inner)
  await new Promise<void>(done => {
    const look = () => {
      if (Reflect.get(inner, 'over')) done()
      else setTimeout(look, 10)
    }
    look()
  })
  return heard
}
