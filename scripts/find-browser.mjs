/**
 * Finds the browsers that the demo and the end-to-end tests drive. No dependencies: the bootstrap runs it before
 * anything is installed.
 *
 *     node scripts/find-browser.mjs [chromium|firefox]
 */
import { accessSync, constants, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, sep } from 'node:path'
import { argv, env, platform } from 'node:process'
import { fileURLToPath } from 'node:url'

/**
 * Where each browser usually is: names on PATH, then places by platform, best first. `%X%` stands for an environment variable, `~` for
 * the home folder, one `*` in a segment for the newest folder that fits (browser caches hold one folder per version).
 * Branded Chrome is not among them on purpose: since version 137 it ignores `--load-extension`.
 */
const BROWSERS = {
  chromium: {
    variable: 'CHROME_PATH',
    names: ['chromium', 'chromium-browser', 'chrome-for-testing', 'microsoft-edge', 'microsoft-edge-stable'],
    places: {
      linux: [
        '/snap/bin/chromium',
        '/opt/microsoft/msedge/msedge',
        '~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome',
        '~/.cache/puppeteer/chrome/linux-*/chrome-linux64/chrome',
      ],
      darwin: [
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
        '~/Applications/Chromium.app/Contents/MacOS/Chromium',
        '/Applications/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        '~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium',
        '~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        '~/.cache/puppeteer/chrome/mac*/chrome-mac*/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing',
        '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      ],
      win32: [
        '%LOCALAPPDATA%/Chromium/Application/chrome.exe',
        '%LOCALAPPDATA%/ms-playwright/chromium-*/chrome-win*/chrome.exe',
        '~/.cache/puppeteer/chrome/win64-*/chrome-win64/chrome.exe',
        '%ProgramFiles(x86)%/Microsoft/Edge/Application/msedge.exe',
        '%ProgramFiles%/Microsoft/Edge/Application/msedge.exe',
      ],
    },
    advice:
      'Install Chromium, Chrome for Testing or Edge, or set CHROME_PATH to one of them; branded Google Chrome will not do, because it ignores --load-extension.',
  },
  firefox: {
    variable: 'FIREFOX_PATH',
    names: ['firefox-esr', 'firefox', 'firefox-developer-edition', 'firefox-nightly'],
    places: {
      linux: ['/snap/bin/firefox', '/opt/firefox/firefox'],
      darwin: [
        '/Applications/Firefox.app/Contents/MacOS/firefox',
        '~/Applications/Firefox.app/Contents/MacOS/firefox',
        '/Applications/Firefox Developer Edition.app/Contents/MacOS/firefox',
        '/Applications/Firefox Nightly.app/Contents/MacOS/firefox',
      ],
      win32: [
        '%ProgramFiles%/Mozilla Firefox/firefox.exe',
        '%ProgramFiles(x86)%/Mozilla Firefox/firefox.exe',
        '%ProgramFiles%/Firefox Developer Edition/firefox.exe',
      ],
    },
    advice: 'Install Firefox or Firefox ESR, or set FIREFOX_PATH to it.',
  },
}

const runnable = path => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/** Fills in `~` and `%X%`, then follows `*` into the newest folder that fits; empty when a variable is not set. */
const expand = place => {
  const missing = [...place.matchAll(/%([^%]+)%/g)].some(([, name]) => !env[name])
  if (missing) return []
  const filled = place.replace(/^~/, env.HOME ?? homedir()).replace(/%([^%]+)%/g, (_, name) => env[name])
  let found = ['']
  for (const [n, segment] of filled.split(/[\\/]/).entries()) {
    found = found.flatMap(folder => {
      const here = n === 0 ? segment + sep : join(folder, segment)
      if (!segment.includes('*')) return [here]
      const [start = '', end = ''] = segment.split('*')
      try {
        return readdirSync(folder)
          .filter(name => name.startsWith(start) && name.endsWith(end))
          .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
          .map(name => join(folder, name))
      } catch {
        return []
      }
    })
  }
  return found
}

/**
 * The path of a browser's program, or null and one sentence that says what to do about it. A path in CHROME_PATH or
 * FIREFOX_PATH is taken as it is; when nothing runnable lies there, nothing else is looked for.
 * @param {string} name `chromium` or `firefox`
 * @returns {{path: string, advice: null} | {path: null, advice: string}}
 */
export function findBrowser(name) {
  const browser = BROWSERS[name]
  if (!browser) return { path: null, advice: `No browser is called ${name} here: say chromium or firefox.` }
  const asked = env[browser.variable]
  if (asked) {
    if (runnable(asked)) return { path: asked, advice: null }
    return { path: null, advice: `${browser.variable} is ${asked}, but no program is there. ${browser.advice}` }
  }
  const endings = platform === 'win32' ? ['.exe'] : ['']
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map(folder => name => endings.map(ending => join(folder, name + ending)))
  const candidates = [
    ...browser.names.flatMap(program => onPath.flatMap(inFolder => inFolder(program))),
    ...(browser.places[platform] ?? []).flatMap(expand),
  ]
  const path = candidates.find(runnable)
  return path ? { path, advice: null } : { path: null, advice: browser.advice }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const { path, advice } = findBrowser(argv[2] ?? 'chromium')
  if (path) console.log(path)
  else {
    console.error(advice)
    process.exitCode = 1
  }
}
