/** The hook's end of the channel (channel.ts). Runs inside the page: captured natives only. */
import { BOOT, type Up } from './channel'
import { bare, getter, listen, uncurry } from './natives'

/**
 * Offers the channel to the relay, now or when it calls.
 * @param page the page's global object
 * @param opened called once, as soon as a relay listens, with what it says first; without one the hook does nothing at all to the page
 * @param received what the relay sends
 */
export function openInPage(
  page: EventTarget & Pick<typeof globalThis, 'CustomEvent' | 'FocusEvent'>,
  opened: (send: (what: string | FormDataEvent, type?: Up) => void, greeting: string) => void,
  received: (text: string) => void,
): void {
  const dispatch = uncurry(EventTarget.prototype.dispatchEvent)
  const detailOf = getter<string>(CustomEvent.prototype, 'detail')
  const Text = page.CustomEvent
  // Of all events that carry an object the one with the least to make.
  const Boot = page.FocusEvent
  const secret = new EventTarget()
  let open = false

  listen(secret, 'down', event => {
    const text = detailOf(event)
    if (open) return received(text)
    open = true
    opened(
      (what, type = 'record') =>
        dispatch(secret, typeof what === 'string' ? new Text(type, bare({ detail: what })) : what),
      text,
    )
  })
  const boot = () => dispatch(page, new Boot(BOOT, bare({ relatedTarget: secret })))
  boot()
  if (!open) listen(page, BOOT, boot, bare({ once: true }))
}
