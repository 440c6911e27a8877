import preact from '@preact/preset-vite'
import { defineConfig } from 'wxt'

export default defineConfig({
  // Every name is imported where it is used; a reader never has to guess where it comes from.
  imports: false,
  modules: ['@wxt-dev/webextension-polyfill'],
  vite: () => ({ plugins: [preact()] }),
  manifest: { name: 'Identity Lens' },
})
