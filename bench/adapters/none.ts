/** No extension: what the page costs by itself. */
import type { Adapter } from '../adapter'
import { trackedUrl } from '../tracked'

const none: Adapter = {
  name: 'none',
  request: name => ({ url: trackedUrl(name), body: '' }),
  open: async () => null,
}
export default none
