/** The panel as a tester has it: reads fields, clicks, types, waits for what is shown. Works on the real DevTools panel and on the same page as a tab. */
import { writeFileSync } from 'node:fs'

/** What a driver must be able to do with the page that shows the panel. */
export interface Surface {
  /** The value of an expression in the page, promises awaited. */
  evaluate<T>(expression: string): Promise<T>
  /** A real click at a point of the page. */
  click(x: number, y: number, button: 'left' | 'right'): Promise<void>
  /** The mouse comes to a point of the page. */
  hover(x: number, y: number): Promise<void>
  /** Text as from the keyboard, into what has focus. */
  type(text: string): Promise<void>
  /** A key by its DOM name, with the names of held modifiers. */
  press(key: string, modifiers: readonly string[]): Promise<void>
  theme(theme: 'light' | 'dark'): Promise<void>
  /** As for a user who asked the system for less motion. */
  reduceMotion(): Promise<void>
  /** Gives the page this size, px. */
  resize(width: number, height: number): Promise<void>
  /** A PNG of the whole DevTools window, or of the tab. */
  screenshot(): Promise<Uint8Array>
}

/** Two frames, the first to lay out what was just asked for and the second to paint it; then the end of every transition. */
export const PAINTED = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)))
  .then(() => true)`

/** What can go into a page with a function. */
type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain }

/**
 * A function and its arguments as one expression. tsx marks inner functions with a helper `__name`, which the page doesn't have.
 */
export const expression = (fn: (...args: never[]) => unknown, args: readonly Plain[]): string =>
  `(() => { const __name = f => f; return (${fn})(...${JSON.stringify(args)}) })()`

/**
 * Like `expression`, but asks again at every change of the document, and now and then for what changes without one (focus, a value), until the
 * function gives something; then that, else null. Not every frame: to make frames is most of what a browser without a GPU does.
 */
export const untilTrue = (fn: (...args: never[]) => unknown, args: readonly Plain[], ms: number): string =>
  `new Promise((resolve, reject) => {
    const look = () => {
      try {
        const value = ${expression(fn, args)}
        if (value) end(resolve, value)
      } catch (error) {
        end(reject, error)
      }
    }
    const observer = new MutationObserver(look)
    const timer = setTimeout(() => end(resolve, null), ${ms})
    const turns = setInterval(() => look(), 50)
    const end = (settle, value) => {
      observer.disconnect()
      clearInterval(turns)
      clearTimeout(timer)
      settle(value)
    }
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
    look()
  })`

const PATIENCE_MS = 30_000

export class Panel {
  readonly #surface: Surface

  constructor(surface: Surface) {
    this.#surface = surface
  }

  /** Runs a function inside the panel's page. */
  evaluate<T, A extends Plain[]>(fn: (...args: A) => T, ...args: A): Promise<Awaited<T>> {
    return this.#surface.evaluate<Awaited<T>>(expression(fn, args))
  }

  /** Runs a script inside the panel's page. */
  async inject(script: string): Promise<void> {
    await this.#surface.evaluate(`${script}\n;true`)
  }

  /** Waits until the function, run inside the panel's page, gives something; rejects with what the panel shows instead. */
  async waitFor<T, A extends Plain[]>(fn: (...args: A) => T, ...args: A): Promise<NonNullable<T>> {
    const value = await this.#surface.evaluate<T | null>(untilTrue(fn, args, PATIENCE_MS))
    if (value) return value
    const shown = await this.evaluate(() => document.body.innerText)
    throw new Error(
      `not so within ${PATIENCE_MS} ms: ${fn} with ${JSON.stringify(args)}\n— the panel shows —\n${shown}`,
    )
  }

  /** The text of `[data-field=…]`, trimmed; null while the panel has no such field. */
  field(name: string): Promise<string | null> {
    return this.evaluate(
      wanted => document.querySelector(`[data-field="${wanted}"]`)?.textContent?.trim() ?? null,
      name,
    )
  }

  /** Waits until a field's text is this one, or fits the expression; gives the text. */
  async waitForField(name: string, fits: string | RegExp): Promise<string> {
    const [source, flags] = typeof fits === 'string' ? [null, ''] : [fits.source, fits.flags]
    const [text] = await this.waitFor(
      (wanted, exact, pattern, patternFlags) => {
        const shown = document.querySelector(`[data-field="${wanted}"]`)?.textContent?.trim()
        if (shown === undefined) return null
        const fitting = pattern === null ? shown === exact : new RegExp(pattern, patternFlags).test(shown)
        // In an array, since an empty text may be what was waited for.
        return fitting ? [shown] : null
      },
      name,
      typeof fits === 'string' ? fits : '',
      source,
      flags,
    )
    return text as string
  }

  /** Goes to one of the panel's views. */
  async show(view: 'identity' | 'events' | 'merge' | 'check' | 'actions' | 'diagnostics' | 'settings'): Promise<void> {
    // What has no room in the tab bar stands in a menu.
    const tucked = (await this.count(`.over[data-tab="${view}"]`)) > 0
    if (tucked) await this.click('[data-action="more-views"]')
    await this.click(`[data-${tucked ? 'view' : 'tab'}="${view}"]`)
    // Its code may be still on its way.
    await this.waitFor(
      wanted =>
        document.querySelector(`[data-tab="${wanted}"][aria-selected="true"]`) !== null &&
        document.querySelector('.pane[aria-busy="true"]') === null,
      view,
    )
  }

  /** What each element that fits a selector has in a `data-…` attribute, in the order of the page. */
  marks(selector: string, name: string): Promise<string[]> {
    return this.evaluate(
      (wanted, key) => [...document.querySelectorAll<HTMLElement>(wanted)].map(({ dataset }) => dataset[key] ?? ''),
      selector,
      name,
    )
  }

  /** How many elements fit a selector. */
  count(selector: string): Promise<number> {
    return this.evaluate(wanted => document.querySelectorAll(wanted).length, selector)
  }

  /** Clicks the middle of the first element that fits, once it is there, enabled and not covered. */
  async click(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector)
    await this.#surface.click(x, y, 'left')
  }

  /** The same with the button that opens menus; gives where the pointer is. */
  async rightClick(selector: string): Promise<{ x: number; y: number }> {
    const at = await this.#middleOf(selector)
    await this.#surface.click(at.x, at.y, 'right')
    return at
  }

  /** Moves the mouse onto the middle of the first element that fits. */
  async hover(selector: string): Promise<void> {
    const { x, y } = await this.#middleOf(selector)
    await this.#surface.hover(x, y)
  }

  #middleOf(selector: string): Promise<{ x: number; y: number }> {
    return this.waitFor(wanted => {
      const element = document.querySelector(wanted)
      if (!element || element.matches(':disabled, [aria-disabled="true"]')) return null
      element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      const { x, y, width, height } = element.getBoundingClientRect()
      const [left, top] = [x + width / 2, y + height / 2]
      const hit = document.elementFromPoint(left, top)
      return hit && (element.contains(hit) || hit.contains(element)) ? { x: left, y: top } : null
    }, selector)
  }

  /** Replaces what an input holds by typing; picks the option of a select by its value. */
  async fill(selector: string, text: string): Promise<void> {
    const select = await this.waitFor(
      (wanted, value) => {
        const element = document.querySelector<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(wanted)
        if (!element || element.disabled) return null
        element.scrollIntoView({ block: 'nearest' })
        element.focus()
        if (!(element instanceof HTMLSelectElement)) {
          element.select()
          return 'typed'
        }
        element.value = value
        element.dispatchEvent(new Event('input', { bubbles: true }))
        element.dispatchEvent(new Event('change', { bubbles: true }))
        return 'chosen'
      },
      selector,
      text,
    )
    if (select === 'chosen') return
    if (text === '') await this.press('Delete')
    else await this.#surface.type(text)
  }

  /** A key, with modifiers in front: `Enter`, `Control+f`, `Shift+F3`. */
  async press(combination: string): Promise<void> {
    const names = combination.split('+')
    await this.#surface.press(names.pop() ?? '', names)
  }

  /**
   * DevTools' own theme; for the panel as a tab, the browser's colour scheme. Resolves when the panel, which must be in front, is drawn in
   * it: DevTools tell the page's media query at once, and the extension, which has the last word, by a message of its own.
   */
  async theme(theme: 'light' | 'dark'): Promise<void> {
    await this.#surface.theme(theme)
    await this.waitFor(
      wanted =>
        matchMedia(`(prefers-color-scheme: ${wanted})`).matches &&
        (document.documentElement.dataset.theme ?? wanted) === wanted,
      theme,
    )
    await this.#drawn()
  }

  /** The page is told that its user wants less motion; resolves when it is. */
  async reduceMotion(): Promise<void> {
    await this.#surface.reduceMotion()
    await this.waitFor(() => matchMedia('(prefers-reduced-motion: reduce)').matches)
  }

  /** Changes settings, as another page of the extension would; the panel has them a moment later. */
  set(change: { [setting: string]: Plain }): Promise<void> {
    return this.evaluate(async change => {
      type Storage = {
        storage: { local: { get(key: string): Promise<{ settings?: object }>; set(what: object): Promise<void> } }
      }
      const { local } = (globalThis as unknown as { chrome: Storage }).chrome.storage
      const { settings } = await local.get('settings')
      await local.set({ settings: { ...settings, ...change } })
    }, change)
  }

  /** Chooses the language, as Settings do. Resolves when the panel, which must be in front, is laid out in it. */
  async speak(language: 'en' | 'vi'): Promise<void> {
    await this.set({ language })
    await this.waitFor(wanted => document.documentElement.lang === wanted, language)
    await this.#drawn()
  }

  /** Makes the panel, which must be in front, as wide as said, px; the height is DevTools’ in all. Resolves when it is laid out so. */
  async resize(width: number, height: number): Promise<void> {
    await this.#surface.resize(width, height)
    await this.waitFor(wanted => innerWidth === wanted, width)
    await this.#drawn()
  }

  /**
   * The panel has taken in a new size, theme or language: its tab bar learns of widths from a ResizeObserver, after the first layout, and
   * moves its tabs then. A page in the background gets no frames and would never be drawn.
   */
  async #drawn(): Promise<void> {
    await this.#surface.evaluate(PAINTED)
  }

  /** A PNG of the whole DevTools window, or of the tab. */
  async screenshot(file: string): Promise<void> {
    writeFileSync(file, await this.#surface.screenshot())
  }

  /** Everything that the panel shows, as text. */
  text(): Promise<string> {
    return this.evaluate(() => document.body.innerText)
  }
}
