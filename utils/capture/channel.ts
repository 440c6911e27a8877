/**
 * The secret channel between the hook (page's world) and the relay (isolated world) of one document.
 *
 * The hook makes an `EventTarget` that the page can never reach and hands it over, once, as the `relatedTarget` of an event
 * that the relay catches on window before anybody else; from then on everything goes through it, synchronously, so that nothing
 * is lost when the page navigates in the same task. Either side may come first: a hook that does waits to be called. A window of
 * the same origin that reached into this one before it navigated can hear the handshake: what comes through is therefore a
 * claim, never a fact.
 *
 * Here is what both ends need, and the relay's; the hook's is in channel-page.ts, with the page's natives, which a relay would only carry.
 */

/** Of the event that brings it; without it: a relay is here, and would have it. */
export const BOOT = 'identity-lens-boot'

/** A body that the relay is to read: a form, or a `Blob` in one. It belongs to the request whose id was said last. */
export type Later = 'blob' | 'form'
/** Records; the page's answer to a command; a URL, of which the hook wants to know at once what it is to the SDK; the id of a request. */
export type Up = 'record' | 'reply' | 'url' | 'id'

const UP: readonly (Up | Later)[] = ['record', 'reply', 'url', 'id', 'blob', 'form']

/** Calls a hook that came before its relay. */
export const callHook = (window: EventTarget): boolean => window.dispatchEvent(new Event(BOOT))

/**
 * The relay's end; gives the way down. Nothing is sent while no hook has come; one that has come already is to be called.
 * @param greeting what the hook is told first
 * @param received what the hook sends
 * @param met told when the hook came, ms on the document's own clock
 */
export function openInRelay(
  window: EventTarget,
  greeting: string,
  received: (text: string, type: Up) => void,
  given: (form: FormData, type: Later) => void,
  met: (at: number) => void,
): (text: string) => void {
  let secret: EventTarget | null = null
  const send = (detail: string) => {
    secret?.dispatchEvent(new CustomEvent('down', { detail }))
  }
  const boot = (event: Event) => {
    const { relatedTarget, timeStamp } = event as FocusEvent
    if (!relatedTarget) return
    event.stopImmediatePropagation()
    met(timeStamp)
    window.removeEventListener(BOOT, boot, { capture: true })
    secret = relatedTarget
    // One for all of them: each function that listens costs the page its own wrapper.
    const heard = (event: Event) => {
      const type = event.type as Up | Later
      try {
        if (type === 'blob' || type === 'form') given((event as FormDataEvent).formData, type)
        else received((event as CustomEvent<string>).detail, type)
      } catch {
        // A fault of ours is no business of the page's console.
      }
    }
    for (const type of UP) secret.addEventListener(type, heard)
    send(greeting)
  }
  window.addEventListener(BOOT, boot, { capture: true })
  return send
}
