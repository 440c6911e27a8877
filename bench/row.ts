/** In the panel: when a row with this name is there and about to be painted, on the clock that all pages of this machine share. */
export function rowShown(name: string): Promise<number> {
  return new Promise(resolve => {
    const look = () => {
      if (![...document.querySelectorAll('[data-event]')].some(row => row.textContent?.includes(name))) return
      observer.disconnect()
      requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))
    }
    const observer = new MutationObserver(look)
    observer.observe(document, { subtree: true, childList: true, characterData: true })
  })
}
