/** Runs in a page: everything that it could compare with a browser without us, as plain values. Needs nothing from outside. */
export const probe = () => {
  const attempt = (run: () => unknown): string => {
    try {
      return String(run())
    } catch (error) {
      return String(error)
    }
  }
  const told: Record<string, unknown> = {}

  // Each own property of everything that a page can hold: its place, flags, and what kind of function it is.
  const holders: [string, object][] = [
    ['window', window],
    ...[
      ...[
        'Function',
        'Object',
        'Array',
        'String',
        'Promise',
        'Error',
        'WeakMap',
        'JSON',
        'Reflect',
        'Navigator',
        'Document',
      ],
      ...[
        'XMLHttpRequest',
        'Element',
        'HTMLScriptElement',
        'HTMLImageElement',
        'HTMLElement',
        'HTMLIFrameElement',
        'Node',
      ],
      ...[
        'EventTarget',
        'Event',
        'MouseEvent',
        'FocusEvent',
        'CustomEvent',
        'Request',
        'Response',
        'Blob',
        'FormData',
        'URL',
        'History',
      ],
    ].flatMap((name): [string, object][] => {
      const holder = Reflect.get(window, name) as { prototype?: object }
      return holder.prototype
        ? [
            [name, holder],
            [`${name}.prototype`, holder.prototype],
          ]
        : [[name, holder]]
    }),
  ]
  // Sorted: in Firefox a name comes into its place when it is first used, by anybody.
  for (const [name, holder] of holders)
    told[name] = Reflect.ownKeys(holder)
      .map(key => {
        const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor
        const parts = [descriptor.value, descriptor.get, descriptor.set].map(part =>
          typeof part === 'function' ? `${part.name}/${part.length}/${part}` : typeof part,
        )
        const flags = [descriptor.writable, descriptor.enumerable, descriptor.configurable]
        return `${String(key)} ${flags} ${parts.join(' ')}`
      })
      .sort()
  told.enumerable = Object.keys(window).sort()
  told.inherited = (() => {
    const keys: string[] = []
    for (const key in {}) keys.push(key)
    return keys
  })()

  const natives: [string, object, string][] = [
    ['fetch', window, 'fetch'],
    ['open', XMLHttpRequest.prototype, 'open'],
    ['send', XMLHttpRequest.prototype, 'send'],
    ['sendBeacon', Navigator.prototype, 'sendBeacon'],
    ['script.src', HTMLScriptElement.prototype, 'src'],
    ['image.src', HTMLImageElement.prototype, 'src'],
    ['setAttribute', Element.prototype, 'setAttribute'],
    ['toString', Function.prototype, 'toString'],
    ['dispatchEvent', EventTarget.prototype, 'dispatchEvent'],
  ]
  for (const [name, holder, key] of natives) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key) as PropertyDescriptor
    const native = (descriptor.set ?? descriptor.value) as (...args: unknown[]) => unknown
    told[`native ${name}`] = {
      type: typeof native,
      tag: Object.prototype.toString.call(native),
      own: Reflect.ownKeys(native)
        .map(key => `${String(key)} ${JSON.stringify(Object.getOwnPropertyDescriptor(native, key))}`)
        .sort(),
      text: [`${native}`, Function.prototype.toString.call(native), native.toString.toString()],
      chain: [Object.getPrototypeOf(native) === Function.prototype, native instanceof Function, 'prototype' in native],
      extensible: [Object.isExtensible(native), Object.isFrozen(native), Object.isSealed(native)],
      construct: attempt(() => Reflect.construct(native, [])),
      target: attempt(() => Reflect.construct(Object, [], native)),
      derived: attempt(() => class extends (native as unknown as ObjectConstructor) {}).slice(0, 20),
      illegal: key === 'fetch' ? '' : attempt(() => native.call({}, 'a', 'b')),
      bound: attempt(() => native.bind(null).name),
      old: ['caller', 'arguments'].map(key => attempt(() => Reflect.get(native, key)).slice(0, 9)),
      same: key === 'src' || Reflect.get(holder, key) === Reflect.get(holder, key),
      json: attempt(() => JSON.stringify({ native })),
    }
  }
  const pending = fetch('data:,x')
  told.promise = [Object.getPrototypeOf(pending) === Promise.prototype, Reflect.ownKeys(pending).length]
  told.errors = [
    attempt(() => new XMLHttpRequest().open('GET', 'http://[bad/event')),
    attempt(() => navigator.sendBeacon('http://[bad/event')),
    attempt(() => document.createElement('script').setAttribute('', 'x')),
    attempt(() => (navigator.sendBeacon as () => unknown)()),
    attempt(() => (XMLHttpRequest.prototype.open as () => unknown).call(new XMLHttpRequest())),
  ]
  told.document = document.documentElement.outerHTML
  told.counts = [document.querySelectorAll('*').length, document.styleSheets.length, window.length, history.length]
  told.resources = performance.getEntriesByType('resource').length
  told.traces = [
    ...[localStorage.length, sessionStorage.length, document.cookie, document.adoptedStyleSheets.length],
    ...[document, document.documentElement, navigator, location, history, performance, document.head].flatMap(holder =>
      Reflect.ownKeys(holder).map(String),
    ),
    ...[document.documentElement, document.body].map(element => element.getAttributeNames().join()),
    document.readyState,
    document.activeElement?.tagName,
  ]
  told.marks = performance
    .getEntries()
    .filter(({ entryType }) => entryType === 'mark' || entryType === 'measure').length
  const frame = document.createElement('iframe')
  document.body.append(frame)
  told.frame = Reflect.ownKeys(frame.contentWindow as Window)
    .map(String)
    .sort()
  frame.remove()
  return told
}
