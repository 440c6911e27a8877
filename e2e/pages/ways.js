/**
 * What every page here does besides its mischief: one event by each way out of a page, and a call of the SDK. `act()` writes what the
 * page itself saw of it into `#report`, so that it can be compared with the same page in a browser without the extension.
 * The mischief comes after this script: what is needed for the report is taken before.
 */
{
  const { Promise: NativePromise, setTimeout: later } = window
  const ec = new URL(location.href).searchParams.get('ec')
  /** The category of this page's events. */
  window.category = ec
  const report = document.createElement('pre')
  report.id = 'report'
  const text = Object.getOwnPropertyDescriptor(Node.prototype, 'textContent').set
  const mark = Element.prototype.setAttribute
  const { apply } = Reflect
  const { log } = console
  let lines = ''

  window.address = ea => `http://a.cdp.asia/event?portal_id=561&prop_id=565&uid=786&ec=${ec}&ea=${ea}`

  /** Adds a line to the report. */
  window.say = (what, value) => {
    lines += `${what}: ${value}\n`
  }
  /** The result of a function, or what it threw, as text. */
  window.attempt = run => {
    try {
      return `${run()}`
    } catch (error) {
      return `threw ${error}`
    }
  }
  /** What happened, by callback. */
  const happened = subscribe => new NativePromise(subscribe)

  window.addEventListener('error', event => window.say('error', event.message))
  window.addEventListener('unhandledrejection', event => window.say('unhandled', event.reason))

  /** Counts the calls of a function that stands in for another; only while `act` runs. */
  let acting = false
  const counts = {}
  window.count = name => {
    if (acting) counts[name] = (counts[name] || 0) + 1
  }
  /** Puts a function in place of a method, which counts and goes on to the original. */
  window.spy = (holder, key) => {
    const original = holder[key]
    holder[key] = function () {
      window.count(typeof key === 'symbol' ? 'symbol' : key)
      return apply(original, this, arguments)
    }
  }

  /** The page's own SDK: sends what is tracked by a script element, as the real one does. */
  window.sdk = {
    propId: '565',
    track(_, action) {
      const script = document.createElement('script')
      script.src = window.address(action)
      document.head.insertBefore(script, document.head.firstChild)
      return `tracked ${action}`
    },
  }

  /** `round`: part of the events' names. */
  window.round = async (round = '') => {
    const at = name => window.address(name + round)
    const { say } = window
    const answer = await fetch(at('fetch'))
    say('fetch', [answer.ok, answer.status, answer.constructor === Response])
    const posted = await fetch(new Request(at('request'), { method: 'POST', body: '{"a":"áo"}' }))
    say('request', posted.status)
    say('rejected', await fetch(`http://[bad/${round}`).then(String, error => [error.name, error.message]))
    const xhr = new XMLHttpRequest()
    let states = ''
    let last = ''
    xhr.onreadystatechange = function () {
      const state = this === xhr ? `${this.readyState}` : 'x'
      // A busy Firefox now and then tells one state twice, with us and without.
      if (state !== last) states += state
      last = state
    }
    say('open', xhr.open('POST', at('xhr')))
    await happened(done => {
      xhr.onloadend = done
      say('send', xhr.send('{"a":1}'))
    })
    say('xhr', [states, xhr.status, xhr.responseText.length])
    say('beacon', navigator.sendBeacon(at('beacon'), new Blob(['{"a":"áo"}'])))
    const image = new Image()
    say(
      'image',
      await happened(done => {
        image.onload = image.onerror = event => done(event.type)
        image.src = at('image')
      }),
    )
    const script = document.createElement('script')
    script.setAttribute('src', at('script'))
    say(
      'script',
      await happened(done => {
        script.onload = script.onerror = event => done(event.type)
        document.head.appendChild(script)
      }),
    )
    if (window.web_event) say('call', window.web_event.track(category, `called${round}`, { dims: { a: 1 } }))
  }

  /** @param work what to do; the usual round if it is left away */
  window.act = async (work = window.round) => {
    acting = true
    try {
      await work()
    } catch (error) {
      window.say('act', error)
    }
    // What is rejected or thrown late still belongs to the report.
    await happened(done => later(done, 50))
    acting = false
    for (const name in counts) if (typeof counts[name] === 'number') window.say(`calls of ${name}`, counts[name])
    apply(text, report, [lines])
    apply(mark, report, ['data-done', ''])
    document.body.append(report)
    if (location.hash === '#log') log(lines)
  }
}
