import { describe, expect, test } from 'vitest'
import { callHook, openInRelay, type Up } from './channel'
import { openInPage } from './channel-page'

/** As the browser has it; Node has no FocusEvent. */
class FocusEvent extends Event {
  readonly relatedTarget: EventTarget | null
  constructor(type: string, init: { relatedTarget: EventTarget | null }) {
    super(type)
    this.relatedTarget = init.relatedTarget
  }
}

const newPage = () =>
  Object.assign(new EventTarget(), { CustomEvent, FocusEvent }) as unknown as Parameters<typeof openInPage>[0]

function hook(page: ReturnType<typeof newPage>) {
  const end = { opened: 0, greeting: '', heard: [] as string[], send: (_: string, __?: Up) => {} }
  openInPage(
    page,
    (send, greeting) => {
      end.opened++
      end.greeting = greeting
      end.send = send
    },
    text => {
      end.heard.push(text)
      if (text === 'say something') end.send('something', 'reply')
    },
  )
  return end
}

function relay(page: EventTarget) {
  const heard: [string, string][] = []
  const met: number[] = []
  const send = openInRelay(
    page,
    'good morning',
    (text, type) => heard.push([type, text]),
    (form, type) => heard.push([type, [...form.keys()].join()]),
    at => met.push(at),
  )
  callHook(page)
  return { heard, send, met }
}

describe('the two ends find each other', () => {
  test.each(['hook first', 'relay first'])('%s', order => {
    const page = newPage()
    const first = order === 'hook first'
    const early = first ? hook(page) : null
    const below = relay(page)
    const above = early ?? hook(page)
    expect([above.opened, above.greeting]).toEqual([1, 'good morning'])
    // When it was, by the document's own clock.
    expect(below.met).toEqual([expect.any(Number)])
    expect(below.met[0]).toBeLessThanOrEqual(performance.now())

    above.send('{"k":"sdk"}')
    above.send('//a/event', 'url')
    expect(below.heard).toEqual([
      ['record', '{"k":"sdk"}'],
      ['url', '//a/event'],
    ])
  })

  test('an answer comes before the question returns', () => {
    const page = newPage()
    const below = relay(page)
    const above = hook(page)
    below.send('say something')
    expect(below.heard).toEqual([['reply', 'something']])
    expect(above.heard).toEqual(['say something'])
  })

  test('a second hook in the same page stays out', () => {
    const page = newPage()
    const below = relay(page)
    const first = hook(page)
    const second = hook(page)
    expect([first.opened, second.opened]).toEqual([1, 0])
    first.send('a')
    expect(below.heard).toHaveLength(1)
  })

  test('without a relay nothing happens', () => {
    expect(hook(newPage()).opened).toBe(0)
  })
})

describe('the page', () => {
  test('hears neither the handshake nor a record', () => {
    const page = newPage()
    const below = relay(page)
    const heard: string[] = []
    const listen = (type: string) => page.addEventListener(type, () => heard.push(type), true)
    for (const type of ['identity-lens-boot', 'record', 'down']) listen(type)
    const above = hook(page)
    above.send('secret')
    below.send('secret')
    expect(heard).toEqual([])
  })

  test('can forge no record and no command once the ends have met', () => {
    const page = newPage()
    const below = relay(page)
    const above = hook(page)
    const fake = new EventTarget()
    page.dispatchEvent(new FocusEvent('identity-lens-boot', { relatedTarget: fake }))
    page.dispatchEvent(new Event('identity-lens-boot'))
    for (const target of [page, fake])
      for (const type of ['record', 'reply', 'url', 'id', 'blob', 'form', 'down'])
        target.dispatchEvent(new CustomEvent(type, { detail: '{"run":{}}' }))
    expect(below.heard).toEqual([])
    expect(above.heard).toEqual([])
    expect(above.opened).toBe(1)
  })

  test('floods in vain: of thirty thousand forged events and commands not one is taken, by neither end', () => {
    const page = newPage()
    const below = relay(page)
    const above = hook(page)
    const fakes = [new EventTarget(), new EventTarget()]
    for (let i = 0; i < 3_000; i++) {
      for (const fake of fakes) page.dispatchEvent(new FocusEvent('identity-lens-boot', { relatedTarget: fake }))
      page.dispatchEvent(new Event('identity-lens-boot'))
      for (const target of [page, ...fakes])
        for (const type of ['record', 'reply', 'url', 'id', 'blob', 'form', 'down'])
          target.dispatchEvent(new CustomEvent(type, { detail: `{"k":"call","id":${i}}` }))
    }
    expect([below.heard.length, above.heard.length, above.opened]).toEqual([0, 0, 1])
    // And the ends still have each other.
    above.send('{"k":"sdk"}')
    below.send('say something')
    expect(below.heard).toEqual([
      ['record', '{"k":"sdk"}'],
      ['reply', 'something'],
    ])
  })

  test('is not told of a fault of ours', () => {
    const page = newPage()
    const fault = () => {
      throw new Error('ours')
    }
    openInRelay(page, 'good morning', fault, fault, () => {})
    const above = hook(page)
    expect(() => above.send('x')).not.toThrow()
  })
})
