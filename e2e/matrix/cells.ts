/** The cells of the capture matrix: what a page does, and what of it must be in the log. */
import { expect } from 'vitest'
import type { Cell, Group, Stage, Want } from './run'

const CID = 'áo ữ 👕'

/** Ways to send from a script in a page or a worker; `name` is put before the way's own. */
const WAYS = (url: string, name: string): string => `{
  const script = document.createElement('script')
  script.src = 'http:${url}${name}-script'
  ;(document.head || document.documentElement).append(script)
  fetch('http:${url}${name}-fetch', { mode: 'no-cors' }).catch(() => {})
  navigator.sendBeacon('http:${url}${name}-beacon', 'x')
}`
/** The same as an expression. */
const inEval = (code: string): string => `(0, eval)(${JSON.stringify(code)})`
/** Inside HTML that is inside a script. */
const inTag = (code: string): string => `<script>${code}<${'/script>'}`

const threeWays = (names: readonly string[], want: Cell = {}): Record<string, Cell> =>
  Object.fromEntries(
    names.flatMap(name =>
      (['script', 'fetch', 'beacon'] as const).map(way => [
        `${name}-${way}`,
        { lanes: 'both', transport: way, ...want } as Cell,
      ]),
    ),
  )

const TRANSPORTS: Group[] = [
  {
    axis: 'transport',
    title: 'from code',
    cells: {
      'fetch-text': { transport: 'fetch', lanes: 'both' },
      'fetch-url': { transport: 'fetch', lanes: 'both' },
      'fetch-request': { transport: 'fetch', lanes: 'both' },
      'fetch-get': { transport: 'fetch', lanes: 'both' },
      'fetch-keepalive': { transport: 'fetch', lanes: 'both' },
      xhr: { transport: 'xhr', lanes: 'both' },
      'xhr-sync': { transport: 'xhr', lanes: 'both' },
      beacon: { transport: 'beacon', lanes: 'both' },
      'image-new': { transport: 'image', lanes: 'both' },
      'image-attribute': { transport: 'image', lanes: 'both' },
      'image-srcset': { transport: 'image' },
      'image-srcset-attribute': { transport: 'image' },
      'script-src': { transport: 'script', lanes: 'both' },
      'script-attribute': { transport: 'script', lanes: 'both' },
      'iframe-hidden': { transport: 'iframe' },
    },
    run: ({ inPage, url }) =>
      inPage(url => {
        const at = (name: string) => url + name
        fetch(at('fetch-text'), { method: 'POST', body: 'x' })
        fetch(new URL(at('fetch-url'), location.href), { method: 'POST', body: 'x' })
        fetch(new Request(at('fetch-request'), { method: 'POST', body: '{"extra":{"a":1}}' }))
        fetch(at('fetch-get'), { mode: 'no-cors' })
        fetch(at('fetch-keepalive'), { method: 'POST', body: 'x', keepalive: true })
        const xhr = new XMLHttpRequest()
        xhr.open('POST', at('xhr'))
        xhr.send('{}')
        const sync = new XMLHttpRequest()
        sync.open('GET', at('xhr-sync'), false)
        sync.send()
        navigator.sendBeacon(at('beacon'), 'x')
        new Image().src = at('image-new')
        document.createElement('img').setAttribute('src', at('image-attribute'))
        new Image().srcset = `${at('image-srcset')} 1x`
        document.createElement('img').setAttribute('srcset', `${at('image-srcset-attribute')} 1x`)
        const script = document.createElement('script')
        script.src = at('script-src')
        const other = document.createElement('script')
        other.setAttribute('SRC', at('script-attribute'))
        document.head.append(script, other)
        const frame = document.createElement('iframe')
        frame.hidden = true
        frame.src = at('iframe-hidden')
        document.body.append(frame)
      }, url),
  },
  {
    axis: 'transport',
    title: 'parsed and written',
    cells: {
      'script-parsed': { transport: 'script' },
      'script-written': { transport: 'script' },
      'image-parsed': { transport: 'image' },
      'image-written': { transport: 'image' },
      'image-inner-html': { transport: 'image' },
    },
    run: ({ show, url }) =>
      show(`<body><script src="${url}script-parsed"></script><img src="${url}image-parsed"><div id="place"></div>
        <script>
          document.write('<script src="${url}script-written"></' + 'script><img src="${url}image-written">')
          place.innerHTML = '<img src="${url}image-inner-html">'
        </script>`),
  },
  {
    axis: 'transport',
    title: 'a link, with an answer that leads on',
    cells: { link: { transport: 'navigation', outcome: { state: 'done', status: 302 } } },
    async run({ tab, show, server, url, ec }) {
      const stop = server.answer(({ ea }) => ea === 'link', { redirect: `http://shop.test/${ec}?back` })
      await show(`<a id="link" href="http:${url}link&resp_type=redirect&redirect_url=x">away</a>`)
      await tab.evaluate('void document.getElementById("link").click()')
      await server.arrival(arrival => arrival.ec === ec)
      stop()
    },
  },
  {
    axis: 'transport',
    title: 'a form',
    cells: { form: { transport: 'form' } },
    async run({ tab, show, server, url, ec }) {
      await show(`<form method="post" action="http:${url}form"><input name="extra" value="{}"></form>`)
      await tab.evaluate('void document.forms[0].submit()')
      await server.arrival(arrival => arrival.ec === ec)
    },
  },
]

const BODIES = ['text', 'json', 'params', 'form', 'blob', 'typed-blob', 'buffer', 'view'] as const
const pairs = (transport: 'fetch' | 'xhr' | 'beacon', names: readonly string[]): Record<string, Cell> =>
  Object.fromEntries(
    names.map(name => [`${transport}-${name}`, { transport, lanes: 'both', cid: CID, problems: [] } as Cell]),
  )

const sendBodies = (url: string, cid: string): void => {
  const json = JSON.stringify({ dims: { customers: { customer_id: cid } } })
  const fields = [
    ['dims', JSON.stringify({ customers: { customer_id: cid } })],
    ['x', 'a=b&c'],
  ] as [string, string][]
  const form = (): FormData => {
    const made = new FormData()
    for (const [name, value] of fields) made.append(name, value)
    return made
  }
  const bytes = new TextEncoder().encode(json)
  const bodies: [string, () => Blob | BufferSource | FormData | URLSearchParams | string][] = [
    ['text', () => json],
    ['params', () => new URLSearchParams(fields)],
    ['form', form],
    // Cut in the middle of a letter.
    ['blob', () => new Blob([bytes.slice(0, 35), bytes.slice(35)])],
    ['typed-blob', () => new Blob([json], { type: 'application/json' })],
    ['buffer', () => bytes.slice().buffer],
    ['view', () => new DataView(bytes.slice().buffer)],
  ]
  for (const [name, make] of bodies) {
    fetch(`${url}fetch-${name}`, { method: 'POST', body: make() })
    navigator.sendBeacon(`${url}beacon-${name}`, make())
    const xhr = new XMLHttpRequest()
    xhr.open('POST', `${url}xhr-${name}`)
    xhr.send(make())
  }
  const headers = { 'Content-Type': 'application/json' }
  fetch(`${url}fetch-json`, { method: 'POST', body: json, headers })
  fetch(new Request(`${url}fetch-request`, { method: 'POST', body: json }))
  const xhr = new XMLHttpRequest()
  xhr.open('POST', `${url}xhr-json`)
  xhr.setRequestHeader('Content-Type', 'application/json')
  xhr.send(json)
}

const BODY: Group[] = [
  {
    axis: 'transport × body',
    title: 'every kind of body, whole letters only',
    cells: {
      ...pairs('fetch', [...BODIES, 'request']),
      ...pairs('xhr', BODIES),
      ...pairs(
        'beacon',
        BODIES.filter(name => name !== 'json'),
      ),
    },
    run: ({ inPage, url }) => inPage(sendBodies, url, CID),
  },
  ...(
    [
      ['urlencoded', 'application/x-www-form-urlencoded'],
      ['multipart', 'multipart/form-data'],
    ] as const
  ).map(
    ([name, type]): Group => ({
      axis: 'transport × body',
      title: `a form, ${name}`,
      cells: { [`form-${name}`]: { transport: 'form', cid: CID } },
      async run({ tab, show, server, url, ec }) {
        const value = JSON.stringify({ customers: { customer_id: CID } })
        await show(
          `<meta charset="utf-8"><form method="post" enctype="${type}" action="http:${url}form-${name}"><input name="dims" value='${value}'></form>`,
          { 'Content-Type': 'text/html; charset=utf-8' },
        )
        await tab.evaluate('void document.forms[0].submit()')
        await server.arrival(arrival => arrival.ec === ec)
      },
    }),
  ),
  {
    axis: 'body',
    title: 'sizes: 1 byte, 300 kB of letters, 8 MB',
    cells: {
      'one-byte': { problems: ['not-object'] },
      'long-letters': { cid: CID, problems: [] },
      'eight-megabytes': { cid: CID, problems: ['cut'] },
    },
    run: ({ inPage, url }) =>
      inPage(
        (url, cid) => {
          const long = (letter: string, times: number) =>
            `{"dims":{"customers":{"customer_id":"${cid}"}},"extra":{"long":"${letter.repeat(times)}"}}`
          fetch(`${url}one-byte`, { method: 'POST', body: '1' })
          fetch(`${url}long-letters`, { method: 'POST', body: long('ữ', 100_000) })
          fetch(`${url}eight-megabytes`, { method: 'POST', body: long('x', 8_388_608) })
        },
        url,
        CID,
      ),
  },
  {
    axis: 'body',
    title: 'a body that is cut says how many bytes it had: exactly, or at least where nobody counts them',
    cells: {
      ...Object.fromEntries(
        ['text', 'blob', 'buffer', 'view', 'xhr', 'request'].map(name => [
          `cut-${name}`,
          { cid: CID, lanes: 'both', problems: ['cut'] } as Cell,
        ]),
      ),
      'cut-form': { cid: CID, lanes: 'both' },
    },
    run: ({ inPage, url }) =>
      inPage(
        (url, cid) => {
          const dims = JSON.stringify({ customers: { customer_id: cid } })
          const json = `{"dims":${dims},"extra":{"long":"${'ữ'.repeat(500_000)}"}}`
          const bytes = new TextEncoder().encode(json)
          const form = new FormData()
          form.append('dims', dims)
          form.append('scan', new File([bytes, bytes, bytes, bytes], 'contract.pdf'))
          const bodies: [string, BodyInit][] = [
            ['text', json],
            ['blob', new Blob([bytes], { type: 'text/plain' })],
            ['buffer', bytes.slice().buffer],
            ['view', new DataView(bytes.buffer)],
            ['form', form],
          ]
          for (const [name, body] of bodies) fetch(`${url}cut-${name}`, { method: 'POST', body, mode: 'no-cors' })
          fetch(new Request(`${url}cut-request`, { method: 'POST', body: json }))
          const xhr = new XMLHttpRequest()
          xhr.open('POST', `${url}cut-xhr`)
          xhr.send(json)
        },
        url,
        CID,
      ),
    async also({ subject, server, ec }, entries) {
      const sentBytes = server.received(arrival => arrival.ec === ec && arrival.ea === 'cut-text')[0]?.bytes
      const said = (name: string) =>
        entries
          .find(({ facts }) => facts.ea === `cut-${name}`)
          ?.facts.problems.map(({ message }) => message.split(',')[0])
      for (const name of ['text', 'blob', 'buffer', 'view', 'xhr'])
        expect([name, said(name)]).toEqual([name, [`the body has ${sentBytes} bytes`]])
      // The page's copy of a request is a stream to Chromium's network.
      const request =
        subject.name === 'Firefox'
          ? `the body has ${sentBytes} bytes`
          : expect.stringMatching(/^the body has at least \d+ bytes$/)
      expect(said('request')).toEqual([request])
    },
  },
  {
    axis: 'body',
    title: 'several events in one request',
    cells: {
      'several-first': { lanes: 'both', transport: 'fetch' },
      'several-second': { lanes: 'both', transport: 'fetch' },
    },
    run: ({ inPage, ec }) =>
      inPage(ec => {
        const body = JSON.stringify(['several-first', 'several-second'].map(ea => ({ ec, ea, uid: '786' })))
        fetch('//a.cdp.asia/event?portal_id=561&prop_id=565', { method: 'POST', body })
      }, ec),
    async also({ server }, entries) {
      expect(entries.map(({ facts }) => facts.part)).toEqual([
        [1, 2],
        [2, 2],
      ])
      expect(server.received(({ body }) => body.includes('several-first'))).toHaveLength(1)
    },
  },
  {
    axis: 'body',
    title: 'a stream is not touched, and said to be unreadable',
    cells: {
      stream: {
        outcome: null,
        problems: ['unreadable'],
        limit: 'a stream can be read once, and that is the page’s right; browsers send one over HTTP/2 only',
        Firefox: {
          outcome: { state: 'done' },
          problems: ['not-json'],
          limit: 'Firefox knows no streams as bodies: it sends "[object ReadableStream]"',
        },
      },
    },
    run: ({ inPage, url }) =>
      inPage(url => {
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('whole'))
            controller.close()
          },
        })
        fetch(`${url}stream`, { method: 'POST', body, duplex: 'half' } as RequestInit).catch(() => {})
      }, url),
    async also({ subject, server, ec }) {
      const bodies = server.received(arrival => arrival.ec === ec).map(({ body }) => body)
      expect(bodies).toEqual(subject.name === 'Firefox' ? ['[object ReadableStream]'] : [])
    },
  },
]

const PLACES = ['top', 'same-origin', 'srcdoc', 'sandboxed', 'blank', 'written', 'data', 'blob', 'javascript', 'nested']
const framed = (stage: Stage, name: string): string => `http://shop.test/framed-${stage.ec}?name=${name}`

const PLACE: Group[] = [
  {
    axis: 'place × way',
    title: 'frames of all kinds',
    cells: {
      ...threeWays(PLACES, { site: 'shop.test' }),
      ...threeWays(['other-site'], { site: 'other.test' }),
    },
    async run(stage) {
      const { server, ec, url, tab } = stage
      server.serve(`/framed-${ec}`, ({ url: asked }) => ({
        headers: { 'Content-Type': 'text/html' },
        body: `<!doctype html><body>${inTag(WAYS(url, asked.searchParams.get('name') ?? ''))}`,
      }))
      const code = (name: string): string => JSON.stringify(WAYS(url, name))
      const html = (name: string): string => JSON.stringify(inTag(WAYS(url, name))).replaceAll('</', '<\\/')
      await tab.evaluate(`(() => {
        const frame = fill => { const made = document.createElement('iframe'); fill(made); document.body.append(made); return made }
        ;(0, eval)(${code('top')})
        frame(made => { made.src = '${framed(stage, 'same-origin')}' })
        frame(made => { made.srcdoc = ${html('srcdoc')} })
        frame(made => { made.setAttribute('sandbox', 'allow-scripts'); made.srcdoc = ${html('sandboxed')} })
        // In the very task that made it.
        frame(() => {}).contentWindow.eval(${code('blank')})
        const written = frame(() => {}).contentDocument
        written.open(); written.write(${html('written')}); written.close()
        frame(made => { made.src = 'data:text/html,' + encodeURIComponent(${html('data')}) })
        frame(made => { made.src = URL.createObjectURL(new Blob([${html('blob')}], { type: 'text/html' })) })
        frame(made => { made.src = 'javascript:' + JSON.stringify(${html('javascript')}) })
        frame(made => { made.srcdoc = '<iframe src="${framed(stage, 'nested')}"></iframe>' })
        frame(made => { made.src = '${framed(stage, 'other-site').replace('shop.test', 'www.other.test')}' })
      })()`)
    },
  },
  {
    axis: 'place × way',
    title: 'dedicated worker',
    cells: {
      'worker-fetch': { transport: 'fetch', lanes: 'network', site: 'shop.test' },
      'worker-xhr': {
        transport: 'fetch',
        lanes: 'network',
        site: 'shop.test',
        limit: 'the browser names fetch and XMLHttpRequest alike, and no hook is in a worker',
      },
    },
    run: ({ inPage, url }) =>
      inPage(url => {
        const code = `fetch('http:${url}worker-fetch', { mode: 'no-cors' })
          const xhr = new XMLHttpRequest(); xhr.open('GET', 'http:${url}worker-xhr'); xhr.send()`
        const worker = new Worker(URL.createObjectURL(new Blob([code])))
        Object.assign(window, { worker })
      }, url),
  },
  {
    axis: 'place × way',
    title: 'service worker',
    cells: { 'service-worker-fetch': { transport: 'fetch', lanes: 'network', site: 'localhost' } },
    async run({ tab, server, url, ec }) {
      server.serve(`/worker-${ec}.js`, () => ({
        headers: { 'Content-Type': 'text/javascript' },
        body: `addEventListener('install', event => event.waitUntil(fetch('http:${url}service-worker-fetch', { mode: 'no-cors' }).catch(() => {})))`,
      }))
      server.serve(`/home-${ec}`, '<!doctype html><link rel="icon" href="data:,">')
      // Only there does a page without https have service workers.
      await tab.goto(`http://localhost:${server.port}/home-${ec}`)
      await tab.evaluate(
        `navigator.serviceWorker.register('/worker-${ec}.js').then(() => navigator.serviceWorker.ready).then(() => true)`,
      )
    },
  },
  {
    axis: 'place × way',
    title: 'a page whose service worker passes on what it asks for',
    cells: {
      ...threeWays(['passed'], { site: 'localhost' }),
      'passed-image': { transport: 'image', lanes: 'both', site: 'localhost' },
      'passed-xhr': { transport: 'xhr', lanes: 'both', site: 'localhost' },
    },
    async run({ tab, inPage, server, url, ec }) {
      server.serve(`/passing-${ec}.js`, () => ({
        headers: { 'Content-Type': 'text/javascript' },
        body: `addEventListener('activate', event => event.waitUntil(clients.claim()))
          addEventListener('fetch', event => event.respondWith(caches.match(event.request).then(kept => kept || fetch(event.request))))`,
      }))
      server.serve(`/passed-${ec}`, '<!doctype html><link rel="icon" href="data:,">')
      await tab.goto(`http://localhost:${server.port}/passed-${ec}`)
      await tab.evaluate(
        `new Promise(done => {
          const { serviceWorker } = navigator
          serviceWorker.addEventListener('controllerchange', () => done(true))
          serviceWorker.register('/passing-${ec}.js', { scope: '/passed-${ec}' })
        })`,
      )
      await tab.evaluate(`void (0, eval)(${JSON.stringify(WAYS(url, 'passed'))})`)
      await inPage(url => {
        new Image().src = `http:${url}passed-image`
        const xhr = new XMLHttpRequest()
        xhr.open('POST', `http:${url}passed-xhr`)
        xhr.send('x')
      }, url)
    },
  },
  {
    axis: 'place',
    title: 'two tabs, which don’t mix',
    cells: { 'first-tab': { lanes: 'both' }, 'second-tab': { lanes: 'both' } },
    async run({ subject, tab, url, ec }) {
      const other = await subject.open()
      await other.goto(`http://shop.test/${ec}`)
      await tab.evaluate(`void navigator.sendBeacon('http:${url}first-tab', 'x')`)
      await other.evaluate(`void navigator.sendBeacon('http:${url}second-tab', 'x')`)
      await other.close()
    },
    also: async (_, entries) => expect(new Set(entries.map(({ place }) => place.tab)).size).toBe(2),
  },
  {
    axis: 'place',
    title: 'a popup in its first moment',
    cells: { popup: { lanes: 'both', site: 'shop.test' } },
    run: ({ tab, url }) =>
      tab.evaluate(`void (window.popup = open('')).fetch('http:${url}popup', { mode: 'no-cors' })`),
    also: ({ tab }) => tab.evaluate('void window.popup.close()'),
  },
  {
    axis: 'place',
    title: 'a route of a single-page site',
    cells: { 'route-before': { lanes: 'both' }, 'route-after': { lanes: 'both' } },
    run: ({ tab, url, ec }) =>
      tab.evaluate(
        `void (navigator.sendBeacon('http:${url}route-before'), history.pushState(null, '', '/${ec}/cart'), navigator.sendBeacon('http:${url}route-after'))`,
      ),
    also: async ({ ec }, entries) =>
      expect(entries.map(({ place }) => place.url)).toEqual([`http://shop.test/${ec}`, `http://shop.test/${ec}/cart`]),
  },
  {
    axis: 'place',
    title: 'a page that is written anew',
    cells: { inside: { lanes: 'both' }, after: { lanes: 'both' } },
    run: ({ inPage, url }) =>
      inPage(url => {
        document.open()
        document.write(`<script>new Image().src='${url}inside'</${'script'}>`)
        document.close()
        fetch(`${url}after`, { mode: 'no-cors' })
      }, url),
  },
  {
    axis: 'place × way',
    title: 'a page that comes back from the back-forward cache',
    cells: threeWays(['leaving', 'restored']),
    async run({ tab, show, until, logged, server, url, ec }) {
      server.serve(`/${ec}-next`, '<!doctype html><link rel="icon" href="data:,">next')
      await show('<body>')
      await tab.evaluate(`void (window.here = true, ${inEval(WAYS(url, 'leaving'))})`)
      await logged(3)
      // Browsers don't keep a page that still asks for something, and it may hear of an end after us.
      await until(
        `performance.getEntriesByType('resource').filter(({ name }) => name.includes('=leaving-')).length === 3`,
      )
      await tab.goto(`http://shop.test/${ec}-next`)
      await tab.evaluate('void history.back()')
      // Loaded anew it would not know that.
      await until('window.here === true')
      await tab.evaluate(`void ${inEval(WAYS(url, 'restored'))}`)
    },
    async also({ subject }, entries) {
      const docs = new Set(entries.map(({ place }) => place.doc))
      expect(docs.size).toBe(1)
      const own = (await subject.pages()).filter(({ place }) => docs.has(place.doc))
      expect(own.map(({ how }) => how)).toEqual(['load', 'restored'])
    },
  },
]

const both = (name: string, want: Cell = {}): Record<string, Cell> => ({
  [`${name}-script`]: { lanes: 'both', transport: 'script', ...want },
  [`${name}-beacon`]: { lanes: 'both', transport: 'beacon', ...want },
})

/** Page side: `sent` scripts and beacons of a moment. */
const SENDER = `const sendMoment = (url, name, sent) => {
  for (let n = 0; n < sent; n++) navigator.sendBeacon(url + name + '-beacon' + (sent > 1 ? ':' + n : ''), 'x')
  for (let n = 0; n < sent; n++) {
    const script = document.createElement('script')
    script.src = url + name + '-script' + (sent > 1 ? ':' + n : '')
    document.head.append(script)
  }
}`

const AWAY = {
  outcome: null,
  lanes: undefined,
} satisfies Cell

/** The panel of a tab says one thing, once: that it must be loaded anew; and nothing more when that is done. */
async function expectOneNotice({ subject, tab, ec }: Stage): Promise<void> {
  const panel = await subject.panel?.(tab)
  if (!panel) throw new Error('this browser shows no panel')
  const said = () => panel.marks('[role="status"]', 'field')
  await panel.waitFor(() => document.querySelector('[data-field="notice"]') !== null)
  expect(await said()).toEqual(['notice'])
  await tab.goto(`http://shop.test/${ec}`)
  await panel.waitFor(() => document.querySelector('[data-field="notice"]') === null)
  expect(await said()).toEqual([])
}

/** How natives that are wrapped look to a page. */
const LOOKS = `JSON.stringify([fetch, XMLHttpRequest.prototype.open, navigator.sendBeacon, Element.prototype.setAttribute].map(native =>
  [native.name, native.length, String(native), Object.getOwnPropertyNames(native)]))`

const APART: Group[] = [
  {
    axis: 'moment × way',
    title: 'the extension is updated while the page is open',
    apart: 'guest',
    cells: {
      ...both('before'),
      ...both('updated', {
        lanes: 'network',
        limit:
          'Chromium puts nothing of the new version into tabs that are open: their requests are seen, not their calls',
        Firefox: { lanes: 'both', limit: '' },
      }),
    },
    async run({ show, tab, subject, logged, url, ec }) {
      await show(`<body><script>${SENDER}; window.web_event = { track: (ec, ea) => ea }</script>`)
      await tab.evaluate(`void sendMoment('http:${url}', 'before', 1)`)
      await logged(2)
      const looks = await tab.evaluate(LOOKS)
      await subject.update?.()
      await tab.evaluate(`void sendMoment('http:${url}', 'updated', 1)`)
      // What the page had goes on as before, the page's own errors among it.
      expect(await tab.evaluate(LOOKS)).toBe(looks)
      const works = `Promise.all([fetch('/${ec}').then(({ status }) => status), fetch('http://[').catch(({ name }) => name), web_event.track('other', 'kept')])`
      expect(await tab.evaluate(works)).toEqual([200, 'TypeError', 'kept'])
    },
    async also(stage) {
      expect(stage.tab.noise?.()).toEqual([])
      await expectOneNotice(stage)
    },
  },
  {
    axis: 'place × way',
    title: 'a tab that was open before the extension',
    apart: 'guest',
    cells: threeWays(['late'], {
      lanes: 'network',
      limit: 'Chromium puts nothing into tabs that are open: their requests are seen, not their calls',
      Firefox: { lanes: 'both', limit: '' },
    }),
    async run({ subject, tab, show, url }) {
      await subject.without?.(() => show('<body>'))
      await tab.evaluate(`void ${inEval(WAYS(url, 'late'))}`)
    },
    async also(stage, entries) {
      const { subject } = stage
      const docs = new Set(entries.map(({ place }) => place.doc))
      const own = (await subject.pages()).filter(({ place }) => docs.has(place.doc))
      expect(own.map(({ late }) => late)).toEqual(subject.name === 'Firefox' ? [true] : [])
      await expectOneNotice(stage)
    },
  },
  {
    axis: 'place × way',
    title: 'a private window: nothing of it stays on the disk',
    apart: 'private',
    cells: threeWays(['private'], { site: 'shop.test' }),
    run: ({ tab, url }) => tab.evaluate(`void ${inEval(WAYS(url, 'private'))}`),
    async also({ subject, url, ec }, entries) {
      expect(entries.map(({ place }) => place.partition)).toEqual(['private', 'private', 'private'])
      const { outside } = subject
      if (!outside) throw new Error('a private window has no outside')
      // What is sent outside is found there: the search would find the rest.
      const tab = await outside.open()
      await tab.goto(`http://shop.test/${ec}`)
      await tab.evaluate(`void ${inEval(WAYS(url.replace(ec, `${ec}-outside`), 'public'))}`)
      const kept = async () => (await outside.events(`${ec}-outside`)).length
      await expect.poll(kept, { timeout: 30_000, interval: 100 }).toBe(3)
      await expect.poll(() => subject.onDisk?.('public-beacon'), { timeout: 30_000 }).toBe(true)
      expect(await subject.onDisk?.('private-beacon')).toBe(false)
      expect(await outside.events(ec)).toEqual([])
      await tab.close()
    },
  },
  {
    axis: 'place × way',
    title: 'a prerendered page',
    apart: 'unwatched',
    not: { Firefox: 'Firefox doesn’t prerender' },
    cells: threeWays(['prerendered', 'shown']),
    async run({ show, logged, server, url, ec }) {
      let seen = () => {}
      const isSeen = new Promise<void>(resolve => {
        seen = resolve
      })
      server.serve(`/${ec}-go`, () => ({ body: '', after: isSeen }))
      server.serve(
        `/${ec}-next`,
        `<!doctype html><link rel="icon" href="data:,"><body><script>
          const send = name => { ${WAYS(url, "' + name + '")} }
          if (document.prerendering) send('prerendered')
          document.addEventListener('prerenderingchange', () => send('shown'))
        </script>`,
      )
      await show(`<script type="speculationrules">{"prerender": [{"source": "list", "urls": ["/${ec}-next"], "eagerness": "immediate"}]}</script>
        <script>fetch('/${ec}-go').then(() => { location.href = '/${ec}-next' })</script>`)
      expect((await logged(3)).map(({ prerender }) => prerender)).toEqual([true, true, true])
      seen()
    },
    async also({ subject }, entries) {
      expect(entries.map(({ prerender, place }) => [prerender, place.frame])).toEqual(entries.map(() => [undefined, 0]))
      const docs = new Set(entries.map(({ place }) => place.doc))
      expect(docs.size).toBe(1)
      const own = (await subject.pages()).filter(({ place }) => docs.has(place.doc))
      // Then it is the tab's own page.
      expect(own.map(({ how, place }) => [how, place.frame === 0])).toEqual([
        ['prerender', false],
        ['shown', true],
      ])
    },
  },
  {
    axis: 'place × way',
    title: 'a prerendered page that is shown before it has loaded, and before anybody had to do with it',
    apart: 'unwatched',
    not: { Firefox: 'Firefox doesn’t prerender' },
    cells: threeWays(['shown-early']),
    async run({ show, logged, server, url, ec }) {
      let begun = () => {}
      const hasBegun = new Promise<void>(resolve => {
        begun = resolve
      })
      let seen = () => {}
      const isSeen = new Promise<void>(resolve => {
        seen = resolve
      })
      server.serve(`/${ec}-go`, () => ({ body: '', after: hasBegun }))
      server.serve(`/${ec}-slow`, () => {
        begun()
        return { body: '', after: isSeen }
      })
      server.serve(
        `/${ec}-next`,
        `<!doctype html><link rel="icon" href="data:,"><body><script>
          const send = name => { ${WAYS(url, "' + name + '")} }
          document.addEventListener('prerenderingchange', () => setTimeout(() => {
            send('shown-early')
            history.pushState(null, '', '/${ec}-route')
          }, 50))
          document.body.append(Object.assign(new Image(), { src: '/${ec}-slow' }))
        </script>`,
      )
      await show(`<script type="speculationrules">{"prerender": [{"source": "list", "urls": ["/${ec}-next"], "eagerness": "immediate"}]}</script>
        <script>fetch('/${ec}-go').then(() => { location.href = '/${ec}-next' })</script>`)
      await logged(3)
      seen()
    },
    async also({ subject, ec }, entries) {
      const docs = new Set(entries.map(({ place }) => place.doc))
      const own = (await subject.pages()).filter(({ place }) => docs.has(place.doc))
      expect(own.map(({ how, place }) => [how, new URL(place.url).pathname])).toEqual([
        ['prerender', `/${ec}-next`],
        ['shown', `/${ec}-next`],
        ['route', `/${ec}-route`],
      ])
      // When it was shown, not when somebody first had to do with it.
      expect((own[1]?.at ?? 0) + 40).toBeLessThan(Math.min(...entries.map(({ at }) => at)))
    },
  },
]

const MOMENT: Group[] = [
  {
    axis: 'moment × way',
    title: 'inline, before anything of the page',
    cells: both('inline'),
    run: ({ show, url }) => show(`<script>${SENDER}; sendMoment('http:${url}', 'inline', 1)</script>`),
  },
  {
    axis: 'moment × way',
    title: 'in the same task as location = …',
    cells: {
      'location-beacon': { ...AWAY, sent: 300, transport: 'beacon' },
      'location-script': {
        ...AWAY,
        sent: 300,
        transport: 'script',
        Firefox: {
          limit: 'Firefox drops scripts that were asked for in the task that navigates, most of them unlisted',
          shows: ({ request, outcome }, arrived) =>
            !arrived && request?.lanes === 'hook' && outcome.state === 'unknown',
        },
      },
    },
    async run({ show, server, url, ec }) {
      server.serve(`/${ec}-next`, 'next')
      await show(
        `<body><script>${SENDER}; sendMoment('http:${url}', 'location', 300); location.href = '/${ec}-next'</script>`,
      )
    },
  },
  {
    axis: 'moment × way',
    title: 'as the page goes away',
    cells: {
      'pagehide-beacon': { ...AWAY, sent: 100 },
      'pagehide-script': { ...AWAY },
      'hidden-beacon': { ...AWAY, sent: 100 },
      'hidden-script': { ...AWAY },
      'unload-beacon': { ...AWAY },
      'unload-script': { ...AWAY },
    },
    async run({ tab, show, server, url, ec }) {
      server.serve(`/${ec}-next`, 'next')
      await show(`<body><script>${SENDER}
        const many = (name, count) => { for (let n = 0; n < count; n++) navigator.sendBeacon('http:${url}' + name + '-beacon:' + n, 'x') }
        const script = name => { const made = document.createElement('script'); made.src = 'http:${url}' + name + '-script'; document.head.append(made) }
        addEventListener('pagehide', () => { many('pagehide', 100); script('pagehide') })
        document.addEventListener('visibilitychange', () => { many('hidden', 100); script('hidden') })
        addEventListener('beforeunload', () => { sendMoment('http:${url}', 'unload', 1) })
      </script>`)
      await tab.goto(`http://shop.test/${ec}-next`)
    },
  },
  {
    axis: 'moment × way',
    title: 'a form is submitted right after',
    cells: { 'submit-beacon': { ...AWAY }, 'submit-script': { ...AWAY } },
    async run({ tab, show, server, url, ec }) {
      server.serve(`/${ec}-posted`, 'posted')
      await show(`<body><form method="post" action="/${ec}-posted"></form><script>${SENDER}</script>`)
      await tab.evaluate(`void (sendMoment('http:${url}', 'submit', 1), document.forms[0].submit())`)
    },
  },
  {
    axis: 'moment × way',
    title: 'right after the worker was stopped',
    cells: { 'stopped-beacon': { sent: 50, lanes: 'both' }, 'stopped-script': { sent: 50, lanes: 'both' } },
    async run({ tab, show, url, subject }) {
      await show(`<body><script>${SENDER}</script>`)
      await subject.stopWorker()
      await tab.evaluate(`void sendMoment('http:${url}', 'stopped', 50)`)
    },
  },
  {
    axis: 'moment × way',
    title: 'while the worker starts again',
    cells: { 'restart-beacon': { sent: 60, outcome: null }, 'restart-script': { sent: 60, outcome: null } },
    async run({ tab, show, url, subject }) {
      await show(`<body>`)
      await subject.stopWorker()
      // One in each frame: the first wakes the worker, the others come while it starts.
      await tab.evaluate(`new Promise(done => {
        let n = 0
        const next = () => {
          navigator.sendBeacon('http:${url}restart-beacon:' + n, 'x')
          const script = document.createElement('script')
          script.src = 'http:${url}restart-script:' + n
          document.head.append(script)
          if (++n < 60) setTimeout(next, 4)
          else done(true)
        }
        next()
      })`)
    },
  },
  {
    axis: 'moment × way',
    title: 'after the worker stopped by itself, being idle',
    apart: 'unwatched',
    ahead: true,
    cells: { ...both('awake'), ...both('idle') },
    async run({ show, subject, server, url, ec }) {
      let stopped = () => {}
      const isStopped = new Promise<void>(resolve => {
        stopped = resolve
      })
      server.serve(`/${ec}-go`, () => ({ body: '', after: isStopped }))
      await show(`<body><script>${SENDER}
        sendMoment('http:${url}', 'awake', 1)
        fetch('/${ec}-go').then(() => sendMoment('http:${url}', 'idle', 1))
      </script>`)
      await server.arrival(arrival => arrival.ec === ec)
      await subject.idle?.()
      stopped()
      await server.arrival(({ ea, ec: category }) => category === ec && ea === 'idle-beacon')
    },
  },
  {
    axis: 'moment',
    title: 'two identical events in one millisecond',
    cells: { same: { sent: 2, lanes: 'both' } },
    run: ({ inPage, url }) =>
      inPage(url => {
        for (let n = 0; n < 2; n++) fetch(`${url}same:${n}`, { mode: 'no-cors' })
      }, url),
  },
]

const NOSNIFF = { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' }
const POLICY =
  "connect-src 'none'; img-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; frame-src 'none'; form-action 'none'"

const stoppedByPolicy = (title: string, name: string, policy: string): Group => ({
  axis: 'outcome',
  title,
  cells: Object.fromEntries(
    ['fetch', 'beacon', 'image', 'script', 'parsed', 'frame', 'form'].map(way => [
      `${name}-${way}`,
      { lanes: 'hook', outcome: { state: 'blocked', by: 'csp' } } as Cell,
    ]),
  ),
  async run({ show, inPage, url }) {
    await show('<body>', { 'Content-Security-Policy': policy })
    await inPage(url => {
      fetch(`${url}fetch`).catch(() => {})
      navigator.sendBeacon(`${url}beacon`, 'x')
      new Image().src = `${url}image`
      const script = document.createElement('script')
      script.src = `${url}script`
      document.head.append(script)
      document.body.insertAdjacentHTML(
        'beforeend',
        `<img src="${url}parsed"><iframe src="${url}frame"></iframe><form method="post" action="${url}form"></form>`,
      )
      try {
        document.forms[0]?.submit()
      } catch {
        // As Firefox does without us too.
      }
    }, `${url}${name}-`)
  },
  async also({ server, ec }) {
    expect(server.received(arrival => arrival.ec === ec)).toEqual([])
  },
})

const OUTCOME: Group[] = [
  {
    axis: 'outcome',
    title: 'what the server says, and what the browser hides',
    cells: {
      '200': { outcome: { state: 'done', status: 200 } },
      '204': { outcome: { state: 'done', status: 204 } },
      redirect: { outcome: { state: 'done', status: 302 } },
      '404': { outcome: { state: 'failed', status: 404 } },
      '503': { outcome: { state: 'failed', status: 503 } },
      cut: {
        outcome: { state: 'failed', status: null, error: 'net::ERR_EMPTY_RESPONSE' },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_ERROR_NET_RESET' } },
      },
      orb: {
        outcome: { state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_ORB' },
        Firefox: { outcome: { state: 'hidden', status: 200, error: 'NS_ERROR_CORRUPTED_CONTENT' } },
      },
      corp: {
        outcome: { state: 'hidden', status: 200, error: 'net::ERR_BLOCKED_BY_RESPONSE' },
        Firefox: { outcome: { state: 'hidden', status: 200, error: 'NS_ERROR_DOM_CORP_FAILED' } },
      },
    },
    async run({ inPage, server, url, ec }) {
      const answers = {
        '204': { status: 204 },
        redirect: { redirect: 'http://shop.test/somewhere' },
        '404': { status: 404 },
        '503': { status: 503 },
        cut: { abort: true },
        orb: { hide: 'orb', headers: NOSNIFF },
        corp: { hide: 'corp' },
      } as const
      for (const [ea, answer] of Object.entries(answers))
        server.answer(arrival => arrival.ec === ec && arrival.ea === ea, answer)
      await inPage(url => {
        for (const name of ['200', '204', 'redirect', '404', '503', 'cut', 'orb', 'corp'])
          document.head.append(Object.assign(document.createElement('script'), { src: url + name }))
      }, url)
    },
  },
  {
    axis: 'outcome',
    title: 'CORS, an end by the page, a host that isn’t there',
    cells: {
      cors: {
        outcome: { state: 'hidden', status: 200 },
        Firefox: {
          outcome: { state: 'done', status: 200 },
          limit: 'Firefox does not tell an extension that it keeps an answer from the page',
        },
      },
      preflight: {
        Chromium: {
          outcome: { state: 'unknown' },
          limit: 'Chromium does not tell an extension how its own preflight ended',
        },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_ERROR_DOM_BAD_URI' } },
      },
      'preflight-beacon': {
        Chromium: {
          outcome: { state: 'unknown' },
          limit: 'Chromium does not tell an extension how its own preflight ended',
        },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_ERROR_DOM_BAD_URI' } },
      },
      aborted: {
        outcome: { state: 'failed', status: null, error: 'net::ERR_ABORTED' },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_BINDING_ABORTED' } },
      },
      dns: {
        outcome: { state: 'failed', status: null, error: 'net::ERR_NAME_NOT_RESOLVED' },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_ERROR_UNKNOWN_HOST' } },
      },
    },
    async run({ tab, inPage, server, url, ec }) {
      server.answer(arrival => arrival.ec === ec && arrival.ea !== 'aborted', { hide: 'cors' })
      server.answer(arrival => arrival.ec === ec && arrival.ea === 'aborted', { after: new Promise(() => {}) })
      await inPage(
        (url, ec) => {
          const headers = { 'Content-Type': 'application/json' }
          const refused = [fetch(`${url}cors`), fetch(`${url}preflight`, { method: 'POST', headers, body: '{}' })].map(
            answer =>
              answer.then(
                () => false,
                () => true,
              ),
          )
          navigator.sendBeacon(`${url}preflight-beacon`, new Blob(['{}'], { type: 'application/json' }))
          const controller = new AbortController()
          fetch(`${url}aborted`, { signal: controller.signal, mode: 'no-cors' }).catch(() => {})
          Object.assign(window, { controller, refused: Promise.all(refused) })
          fetch(`//nowhere.invalid/event?portal_id=1&prop_id=2&uid=7&ec=${ec}&ea=dns`, { mode: 'no-cors' }).catch(
            () => {},
          )
        },
        url,
        ec,
      )
      expect(await tab.evaluate('refused')).toEqual([true, true])
      await server.arrival(({ ea, ec: category }) => category === ec && ea === 'aborted')
      await inPage(() => (Reflect.get(window, 'controller') as AbortController).abort())
    },
  },
  stoppedByPolicy('the page’s own policy: nothing leaves, everything is known', 'csp', POLICY),
  // Each of them tells of the same request.
  stoppedByPolicy(
    'two policies of a page',
    'csp2',
    `${POLICY}, default-src 'self' 'unsafe-inline' 'unsafe-eval'; form-action 'none'`,
  ),
  {
    axis: 'outcome',
    title: 'queued, and the SDK’s script never came',
    cells: {
      'queued-late': { outcome: { state: 'queued' } },
      'queued-blocked': { outcome: { state: 'queued' } },
    },
    async run({ show, server, ec }) {
      const stub = `window.web_event = function () { web_event.queue.push(arguments) }; web_event.queue = []; web_event.track = web_event`
      server.answer(({ what }) => what === 'script', { abort: true })
      await show(`<body><script>${stub}
        document.head.append(Object.assign(document.createElement('script'), { src: '//st-a.cdp.asia/insight.js' }))
        web_event.track('${ec}', 'queued-blocked', {}); web_event('${ec}', 'queued-late', {})</script>`)
    },
  },
]

const STOPPED: Group[] = [
  {
    axis: 'outcome',
    title: 'queued until the SDK’s script came, late',
    cells: { 'queued-then-sent': { lanes: 'both', transport: 'script' } },
    async run({ show, tab, subject, server, ec }) {
      let come = () => {}
      const late = new Promise<void>(resolve => {
        come = resolve
      })
      const stop = server.answer(({ what }) => what === 'script', { after: late })
      await show(`<body><script>
        window._portalId = 561; window._propId = 565
        window.web_event = function () { web_event.queue.push(arguments) }; web_event.queue = []; web_event.track = web_event
        </script>`)
      // Asked for by the page itself, the script would hold up its loading.
      await tab.evaluate(`void (document.head.append(Object.assign(document.createElement('script'), { src: '//st-a.cdp.asia/insight.js' })),
        web_event.track('${ec}', 'queued-then-sent', {}))`)
      const states = async () => (await subject.events(ec)).map(({ outcome }) => outcome.state)
      await expect.poll(states, { timeout: 30_000, interval: 100 }).toEqual(['queued'])
      come()
      await server.arrival(arrival => arrival.ec === ec)
      stop()
    },
    also: async (_, [entry]) => expect(entry?.call).toMatchObject({ queued: true, by: 'page' }),
  },
  {
    axis: 'outcome',
    title: 'without a network',
    apart: 'guest',
    cells: {
      ...threeWays(['offline'], {
        outcome: { state: 'failed', status: null, error: 'net::ERR_INTERNET_DISCONNECTED' },
        Firefox: { outcome: { state: 'failed', status: null, error: 'NS_ERROR_OFFLINE' } },
      }),
    },
    async run({ subject, tab, url, logged }) {
      const back = await subject.offline?.(tab)
      await tab.evaluate(`void ${inEval(WAYS(url, 'offline'))}`)
      await logged(3)
      await back?.()
    },
  },
  {
    axis: 'outcome',
    title: 'an ad blocker, or what leads scripts elsewhere: nothing leaves',
    apart: 'guest',
    cells: {
      ...Object.fromEntries(
        (['script', 'fetch', 'beacon', 'iframe'] as const).map(way => [
          `ad-${way}`,
          {
            transport: way,
            lanes: way === 'iframe' ? 'network' : 'both',
            outcome: { state: 'blocked', by: 'client', error: 'net::ERR_BLOCKED_BY_CLIENT' },
            Firefox: { outcome: { state: 'blocked', by: 'client', error: 'NS_ERROR_ABORT' } },
          } satisfies Cell,
        ]),
      ),
      'led-script': {
        transport: 'script',
        lanes: 'both',
        outcome: { state: 'blocked', by: 'client', error: 'another extension leads it to data:text/javascript,' },
      },
    },
    run: ({ tab, url }) =>
      tab.evaluate(`void (${inEval(WAYS(url, 'ad'))},
        document.head.append(Object.assign(document.createElement('script'), { src: 'http:${url}led-script' })),
        document.body.insertAdjacentHTML('beforeend', '<iframe src="http:${url}ad-iframe"></iframe>'))`),
    async also({ server, ec }) {
      expect(server.received(arrival => arrival.ec === ec)).toEqual([])
    },
  },
]

const HOSTS: Group[] = [
  {
    axis: 'host',
    title: 'regions, the sandbox, a host of the site’s own, look-alikes',
    cells: {
      region: {},
      sandbox: {},
      'own-host-text': { site: 'shop.test' },
      'own-host-blob': { site: 'shop.test' },
      'own-host-query': { site: 'shop.test' },
    },
    async run({ inPage, server, url, ec }) {
      await inPage(
        (url, ec) => {
          new Image().src = `${url.replace('a.cdp.asia', 'ap2-a.cdp.asia')}region`
          new Image().src = `${url.replace('a.cdp.asia', 'sandbox-a.cdp.asia')}sandbox`
          const body = (ea: string) => JSON.stringify({ portal_id: 1, prop_id: 2, ec, ea, uid: '7' })
          navigator.sendBeacon('/event', body('own-host-text'))
          navigator.sendBeacon('/event', new Blob([body('own-host-blob')]))
          fetch(`${url.replace('//a.cdp.asia', '/t')}own-host-query`)
          // Of other vendors: never.
          fetch('/event?a=88271&v=5.16.1')
          fetch(`/event?ec=${ec}-other&ea=look-alike`, { method: 'POST', body: '{"id":1}' })
        },
        url,
        ec,
      )
      await server.arrival(({ ec: category, ea }) => category === ec && ea === 'own-host-query')
    },
    async also({ subject, ec }) {
      for (const category of ['', `${ec}-other`]) expect(await subject.events(category)).toEqual([])
    },
  },
]

/** Measured on two cores, with the extension and without: 250 a second when nothing else runs, 30 when much does. */
const FEWER = {
  sent: 1_000,
  limit: 'Firefox itself, without any extension too, sends some 100 a second: a burst of 2,000 there',
} satisfies Want

/** At the end: browsers go on with it for a while. */
const BURST: Group[] = [
  {
    axis: 'burst × way',
    title: 'a burst of 10,000',
    cells: {
      // What the browser has no resources for, its network never lists.
      'burst-script': { sent: 5_000, transport: 'script', outcome: null, Firefox: FEWER },
      'burst-beacon': { sent: 5_000, transport: 'beacon', lanes: 'both', outcome: null, Firefox: FEWER },
    },
    async run({ subject, server, tab, show, url, ec }) {
      await show(`<body><script>${SENDER}</script>`)
      const isFirefox = subject.name === 'Firefox'
      const sent = isFirefox ? FEWER.sent : 5_000
      // It sends them all, in its own time; reading the log meanwhile would only take that away. The scripts come last, and each tells its end.
      await tab.evaluate(`new Promise(done => {
        let open = ${sent}
        const over = () => --open || done(true)
        for (const end of ['load', 'error']) document.addEventListener(end, over, true)
        sendMoment('http:${url}', 'burst', ${sent})
      })`)
      const arrived = () => server.received(arrival => arrival.ec === ec).length
      if (isFirefox) await expect.poll(arrived, { timeout: 100_000, interval: 500 }).toBe(2 * sent)
    },
  },
]

export const GROUPS: readonly Group[] = [
  ...TRANSPORTS,
  ...BODY,
  ...PLACE,
  ...APART,
  ...MOMENT,
  ...OUTCOME,
  ...STOPPED,
  ...HOSTS,
  ...BURST,
]
