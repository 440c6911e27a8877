/** Identity Lens: what its log holds, and what its panel in the real DevTools shows. */
import { readNames } from '../../e2e/drive/log'
import type { Adapter } from '../adapter'
import { readerOf } from '../reader'
import { rowShown } from '../row'
import { CATEGORY, trackedUrl } from '../tracked'

const ours: Adapter = {
  name: 'Identity Lens',
  request: name => ({ url: trackedUrl(name), body: '' }),
  async open(chromium, page) {
    const panel = await chromium.openPanel(page)
    await panel.show('events')
    const reader = await readerOf(chromium)
    return {
      names: async () => (await readNames(reader, CATEGORY)).map(([ea]) => ea),
      shown: name => panel.evaluate(rowShown, name),
      close: async () => {
        await reader.close()
      },
    }
  },
}
export default ours
