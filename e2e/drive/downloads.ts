/** What pages of Chromium save, read when it is whole: a file's name is on the disk before its text is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from './cdp'

export interface Saved {
  name: string
  text: string
}

export class Downloads {
  readonly #folder = mkdtempSync(join(tmpdir(), 'identity-lens-downloads-'))
  readonly #browser: Session

  /** @param browser the session of the whole browser */
  constructor(browser: Session) {
    this.#browser = browser
  }

  async begin(): Promise<void> {
    const behavior = 'allowAndName'
    await this.#browser.send('Browser.setDownloadBehavior', {
      behavior,
      downloadPath: this.#folder,
      eventsEnabled: true,
    })
  }

  /** The file that comes of doing something. @throws when it is broken off */
  async of(act: () => Promise<unknown>): Promise<Saved> {
    const names = new Map<string, string>()
    const stop: (() => void)[] = []
    const saved = new Promise<Saved>((resolve, reject) => {
      const begun = (params: unknown) => {
        const { guid, suggestedFilename } = params as { guid: string; suggestedFilename: string }
        names.set(guid, suggestedFilename)
      }
      const goesOn = (params: unknown) => {
        const { guid, state } = params as { guid: string; state: 'inProgress' | 'completed' | 'canceled' }
        const name = names.get(guid)
        if (name === undefined || state === 'inProgress') return
        if (state === 'completed') resolve({ name, text: readFileSync(join(this.#folder, guid), 'utf8') })
        else reject(new Error(`${name} was broken off`))
      }
      stop.push(
        this.#browser.on('Browser.downloadWillBegin', begun),
        this.#browser.on('Browser.downloadProgress', goesOn),
      )
    })
    try {
      const [file] = await Promise.all([saved, act()])
      return file
    } finally {
      for (const each of stop) each()
    }
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
