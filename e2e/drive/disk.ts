/** What lies on the disk. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Do any files below hold the text, in one byte per letter or in two? */
export function holds(folder: string, text: string): boolean {
  const forms = [Buffer.from(text, 'latin1'), Buffer.from(text, 'utf16le')]
  return readdirSync(folder, { recursive: true, withFileTypes: true }).some(entry => {
    if (!entry.isFile()) return false
    try {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      return forms.some(form => bytes.includes(form))
    } catch {
      // Gone meanwhile.
      return false
    }
  })
}
