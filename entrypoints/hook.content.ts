import { defineContentScript } from 'wxt/utils/define-content-script'
import { installHook } from '../utils/capture/hook'

export default defineContentScript({
  matches: ['<all_urls>'],
  world: 'MAIN',
  runAt: 'document_start',
  allFrames: true,
  matchAboutBlank: true,
  matchOriginAsFallback: true,
  // WXT would leave a global in the page.
  globalName: false,
  main: installHook,
})
