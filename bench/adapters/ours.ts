/** Identity Lens: what its log holds, and what its panel in the real DevTools shows. */
import { readNames } from '../../e2e/drive/log'
import type { Adapter } from '../adapter'
import { CATEGORY, trackedUrl } from '../tracked'

const ours: Adapter = {
  name: 'Identity Lens',
  request: name => ({ url: trackedUrl(name), body: '' }),
  async open(chromium, page) {
    const panel = await chromium.openPanel(page)
    await panel.show('events')
    const reader = await chromium.context.newPage()
    await reader.goto(`chrome-extension://${chromium.extensionId}/manifest.json`)
    return {
      names: async () => (await readNames(reader, CATEGORY)).map(([ea]) => ea),
      shown: name =>
        panel.evaluate(
          wanted =>
            new Promise<number>(resolve => {
              const look = () => {
                const found = [...document.querySelectorAll('[data-event]')].some(row =>
                  row.textContent?.includes(wanted),
                )
                if (!found) return
                observer.disconnect()
                // The frame that holds it is on its way when the next one begins.
                requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now()))
              }
              const observer = new MutationObserver(look)
              observer.observe(document, { subtree: true, childList: true, characterData: true })
              look()
            }),
          name,
        ),
      close: async () => {
        await reader.close()
      },
    }
  },
}
export default ours
