import { defineUnlistedScript } from 'wxt/utils/define-unlisted-script'
import { installHook } from '../utils/capture/hook'

/** The hook of a document; wxt.config.ts lists it in the manifest, for the page's own world. */
export default defineUnlistedScript({
  // WXT would leave a global in the page.
  globalName: false,
  main: installHook,
})
