import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findBrowser } from './find-browser.mjs'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'find-browser-'))
  vi.stubEnv('HOME', home)
  vi.stubEnv('PATH', join(home, 'bin'))
  vi.stubEnv('CHROME_PATH', '')
  vi.stubEnv('FIREFOX_PATH', '')
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true, force: true })
})

const install = (path: string, mode = 0o755): string => {
  const program = join(home, path)
  mkdirSync(dirname(program), { recursive: true })
  writeFileSync(program, '')
  chmodSync(program, mode)
  return program
}

describe('findBrowser', () => {
  test.runIf(process.platform === 'linux')('takes Chromium on PATH before a browser cache', () => {
    install('.cache/ms-playwright/chromium-1200/chrome-linux64/chrome')
    const program = install('bin/chromium')
    expect(findBrowser('chromium')).toEqual({ path: program, advice: null })
  })

  test.runIf(process.platform === 'linux')('takes the newest of several in a browser cache, by number', () => {
    install('.cache/ms-playwright/chromium-999/chrome-linux/chrome')
    const program = install('.cache/ms-playwright/chromium-1200/chrome-linux64/chrome')
    expect(findBrowser('chromium').path).toBe(program)
  })

  test('takes what CHROME_PATH names and looks nowhere else', () => {
    install('bin/chromium')
    const program = install('mine')
    vi.stubEnv('CHROME_PATH', program)
    expect(findBrowser('chromium').path).toBe(program)
    vi.stubEnv('CHROME_PATH', join(home, 'absent'))
    expect(findBrowser('chromium').path).toBeNull()
    expect(findBrowser('chromium').advice).toContain(`CHROME_PATH is ${join(home, 'absent')}`)
  })

  test.runIf(process.platform === 'linux')('passes over a file that cannot be run, and branded Chrome', () => {
    install('bin/chromium', 0o644)
    install('bin/google-chrome')
    // Snap and /opt are real places of this machine: the test says nothing when one of them has a browser.
    const { path, advice } = findBrowser('chromium')
    if (path === null) expect(advice).toContain('ignores --load-extension')
    else expect(path.startsWith(home)).toBe(false)
  })

  test('says what can be asked for', () => {
    expect(findBrowser('opera')).toEqual({ path: null, advice: expect.stringContaining('opera') })
  })
})
