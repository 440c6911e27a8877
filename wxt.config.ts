import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import preact from '@preact/preset-vite'
import { minify } from 'terser'
import type { Plugin, Rolldown } from 'vite'
import { defineConfig } from 'wxt'
import { WORDS } from './components/words.en'
import { WORDS_VI } from './components/words.vi'

/**
 * The worker gets webextension-polyfill, since it answers messages with promises, which not every Chromium takes natively.
 * Pages only ask; both browsers do that with promises by themselves, and a panel opens 3.4 kB gzip lighter.
 */
const polyfillForWorker = (): Plugin => {
  let pages = false
  return {
    name: 'polyfill-for-worker',
    enforce: 'pre',
    configResolved: ({ build }) => {
      pages = JSON.stringify(build.rollupOptions.input ?? '').includes('.html')
    },
    resolveId(source, importer) {
      if (source === 'wxt/browser' && !pages) return this.resolve('@wxt-dev/webextension-polyfill/browser', importer)
    },
  }
}

/**
 * WXT's wrapper around what runs in pages logs faults of a development build; a built one carries it for nothing, on every page. So it does
 * the function that only says what a script is.
 */
const bareScripts = (): Plugin => {
  const wrapper = '\0virtual:wxt-unlisted-script-entrypoint?'
  const define = '\0define-unlisted-script'
  return {
    name: 'bare-scripts',
    apply: 'build',
    enforce: 'pre',
    resolveId: id => (id === 'wxt/utils/define-unlisted-script' ? define : null),
    load: id =>
      id.startsWith(wrapper)
        ? `import script from ${JSON.stringify(id.slice(wrapper.length))}\nexport default script.main()`
        : id === define
          ? 'export const defineUnlistedScript = script => script'
          : null,
    // What every page loads: Terser makes it a little smaller still. No function is moved to where it is called: it would be made anew each time.
    generateBundle: {
      order: 'post',
      handler: async (_, bundle) => {
        for (const chunk of Object.values(bundle))
          if (chunk.type === 'chunk' && ['hook.js', 'relay.js'].includes(chunk.fileName))
            chunk.code =
              (await minify(chunk.code, { compress: { reduce_funcs: false }, format: FORMAT })).code ?? chunk.code
      },
    },
  }
}

/** In brackets, the function around it all is compiled at once, not looked through before: the engine takes it that it is called. */
const FORMAT = { ascii_only: true, wrap_iife: true }

/** The icons stand in every page (`components/icons.tsx` says why): out of sight, and used by their names. */
const drawings = (): Plugin => {
  const svg = readFileSync(new URL('components/icons.svg', import.meta.url), 'utf8').replace(/<!--.*?-->\s*/s, '')
  return {
    name: 'drawings',
    transformIndexHtml: html => html.replace('<body>', `<body>${svg.replace('<svg', '<svg style="display:none"')}`),
  }
}

/**
 * What a panel asks for as it opens. Events is what it opens with when that isn't Identity: its code is on its way before somebody knows. A
 * script with nothing in it, WXT's place for what modules bring, isn't asked for.
 */
const asked = (): Plugin => ({
  name: 'asked',
  transformIndexHtml: {
    order: 'post',
    handler: (html, { path, bundle = {} }) => {
      const chunks = Object.values(bundle).filter(file => file.type === 'chunk')
      const empty = chunks.filter(({ code }) => code.trim() === '').map(({ fileName }) => fileName)
      const bare = empty.reduce(
        (text, file) => text.replace(new RegExp(`\\s*<(script|link)[^>]*"/${file}"[^>]*>(</script>)?`), ''),
        html,
      )
      const events = chunks.find(({ fileName }) => fileName.startsWith('chunks/events-'))
      if (!path.endsWith('/panel/index.html') || !events) return bare
      const links = [events.fileName, ...events.imports]
        .filter(file => !bare.includes(file))
        .map(file => `<link rel="modulepreload" crossorigin href="/${file}">`)
      return bare.replace('</head>', `  ${links.join('\n    ')}\n  </head>`)
    },
  },
})

const EVERYWHERE = {
  matches: ['<all_urls>'],
  run_at: 'document_start',
  all_frames: true,
  match_about_blank: true,
  match_origin_as_fallback: true,
} as const

/** What a module needs at once, itself with it: all that its static imports lead to. */
function needed(root: string, info: (id: string) => { importedIds: readonly string[] } | null): Set<string> {
  const found = new Set([root])
  for (const id of found) for (const next of info(id)?.importedIds ?? []) found.add(next)
  return found
}

/**
 * Each file costs a page some milliseconds to ask for, also from the disk: so a panel opens with one, which is its entry too, and has one
 * for Events and one for later.
 */
const files = (): Rolldown.OutputOptions['codeSplitting'] => {
  const entry = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const group = (name: string, priority: number, of: string) => {
    let all: Set<string> | null = null
    return {
      priority,
      name: (id: string, context: Rolldown.ChunkingContext) => {
        all ??= needed(entry(of), each => context.getModuleInfo(each))
        return all.has(id) ? name : null
      },
    }
  }
  return {
    groups: [
      group('first', 3, 'entrypoints/panel/main.tsx'),
      group('events', 2, 'components/events/view.tsx'),
      group('later', 1, 'components/later.ts'),
    ],
  }
}

export default defineConfig({
  // Every name is imported where it is used; a reader never has to guess where it comes from.
  imports: false,
  vite: () => ({
    plugins: [polyfillForWorker(), bareScripts(), drawings(), asked(), preact()],
    // Every browser that this runs in has it.
    build: { modulePreload: { polyfill: false } },
  }),
  hooks: {
    'vite:build:extendConfig': (entrypoints, { build = {} }) => {
      const output = build.rollupOptions?.output
      if (output && !Array.isArray(output) && entrypoints.some(({ name }) => name === 'panel'))
        output.codeSplitting = files()
    },
    // What the panel says is no code: a file of its own, one for each language.
    'build:publicAssets': (_, files) => {
      files.push({ relativeDest: 'words.en.json', contents: JSON.stringify(WORDS) })
      files.push({ relativeDest: 'words.vi.json', contents: JSON.stringify(WORDS_VI) })
    },
  },
  manifest: ({ browser }) => ({
    name: 'Identity Lens',
    // Listed here and not as WXT content scripts: WXT's wrapper for those posts messages to the page, and brings the polyfill.
    content_scripts: [
      // In this order: in Chromium the hook would wait for ever for a relay that came after it.
      { js: ['relay.js'], ...EVERYWHERE },
      { js: ['hook.js'], world: 'MAIN', ...EVERYWHERE },
    ],
    // Each permission, and what it is for. The Settings view says the same to the user.
    permissions: [
      'webRequest', // what really left, and how it ended
      'cookies', // the SDK's own cookies: the UID before the first event, a reset as it happens
      'scripting', // what the page has set for the SDK, and what that keeps in localStorage, which a fresh visitor clears
      'storage', // settings; the browser session's id; private windows in Firefox
      // WXT adds `sidePanel` for Chrome, for the panel beside the page.
      // Not `tabs`: with the right to all sites the address of a tab is there without it.
    ],
    // The SDK runs on any site, and its requests are seen only with the right to both ends.
    host_permissions: ['<all_urls>'],
    // What opens under it is entrypoints/popup, which WXT names here; the worker says the rest.
    action: { default_title: 'Identity Lens' },
    ...(browser === 'firefox'
      ? {
          // Private windows share the one background; what they log stays in memory (storage.session).
          incognito: 'spanning',
          browser_specific_settings: {
            gecko: {
              id: 'identity-lens@identity-lens.dev',
              // MAIN-world content scripts came with 128.
              strict_min_version: '128.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : {
          // A worker and a database of its own per incognito profile, gone with it.
          incognito: 'split',
          minimum_chrome_version: '120',
        }),
  }),
})
