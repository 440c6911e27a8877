import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { lookAtPage } from '../utils/capture/on-page'

/** Run in the page's own world when the panel asks; what it gives back is the script's value. */
export default defineUnlistedScript({
  // WXT would leave a global in the page.
  globalName: false,
  main: () => lookAtPage(),
})
