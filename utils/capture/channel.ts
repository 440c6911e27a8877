/**
 * The secret channel between the hook (page's world) and the relay (isolated world) of one document.
 *
 * The hook makes an `EventTarget` that the page can never reach and hands it over, once, as the `relatedTarget` of an event
 * that the relay catches on window before anybody else; from then on everything goes through it, synchronously, so that nothing
 * is lost when the page navigates in the same task. Either side may come first. A window of the same origin that reached into
 * this one before it navigated can hear the handshake: what comes through is therefore a claim, never a fact.
 */
import { bare, getter, uncurry } from './natives'

const BOOT = 'identity-lens-boot'
const HELLO = 'identity-lens-hello'

/** A record; the page's answer to a command; a URL, of which the hook wants to know at once what it is to the SDK. */
export type Up = 'record' | 'reply' | 'url'

/**
 * The hook's end.
 * @param page the page's global object
 * @param opened called once, as soon as a relay listens; without one the hook does nothing at all to the page
 * @param received what the relay sends
 */
export function openInPage(
  page: EventTarget & Pick<typeof globalThis, 'CustomEvent' | 'MouseEvent'>,
  opened: (send: (text: string, type?: Up) => void) => void,
  received: (text: string) => void,
): void {
  const listen = uncurry(EventTarget.prototype.addEventListener)
  const unlisten = uncurry(EventTarget.prototype.removeEventListener)
  const dispatch = uncurry(EventTarget.prototype.dispatchEvent)
  const detailOf = getter<string>(CustomEvent.prototype, 'detail')
  const { CustomEvent: Text, MouseEvent: Boot } = page
  const secret = new EventTarget()
  let open = false

  listen(secret, 'down', event => {
    const text = detailOf(event)
    if (text !== 'ok') return received(text)
    if (open) return
    open = true
    opened((detail, type = 'record') => dispatch(secret, new Text(type, bare({ detail }))))
  })
  const boot = () => dispatch(page, new Boot(BOOT, bare({ relatedTarget: secret })))
  boot()
  if (open) return
  const hello = () => {
    unlisten(page, HELLO, hello)
    boot()
  }
  listen(page, HELLO, hello)
}

/**
 * The relay's end; gives the way down. Nothing is sent while no hook has come.
 * @param received what the hook sends
 */
export function openInRelay(window: EventTarget, received: (text: string, type: Up) => void): (text: string) => void {
  let secret: EventTarget | null = null
  const send = (detail: string) => {
    secret?.dispatchEvent(new CustomEvent('down', { detail }))
  }
  const boot = (event: Event) => {
    const { relatedTarget } = event as MouseEvent
    if (!relatedTarget) return
    event.stopImmediatePropagation()
    window.removeEventListener(BOOT, boot, { capture: true })
    secret = relatedTarget
    for (const type of ['record', 'reply', 'url'] as const)
      secret.addEventListener(type, event => {
        try {
          received((event as CustomEvent<string>).detail, type)
        } catch {
          // A fault of ours is no business of the page's console.
        }
      })
    send('ok')
  }
  window.addEventListener(BOOT, boot, { capture: true })
  window.dispatchEvent(new Event(HELLO))
  return send
}
