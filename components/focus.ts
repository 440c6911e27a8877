/** Gives the focus to an element if what had it has gone by the next frame: else it would be nowhere, and the keys too. */
export function keepFocus(selector: string): void {
  requestAnimationFrame(() => {
    if (document.activeElement === document.body) document.querySelector<HTMLElement>(selector)?.focus()
  })
}
