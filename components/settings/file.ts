/** The settings as a file: to bring them to another browser, or to a colleague. */
import { type Problem, parseSettings, type Settings } from '../../utils/settings'
import { whyOf } from '../../utils/why'
import { t } from '../text'

const FORMAT = 'identity-lens-settings'

/** Everything but the names that were given to CIDs: those never leave this machine. */
export function writeSettings({ people: _, ...settings }: Settings): string {
  return `${JSON.stringify({ format: FORMAT, version: 1, settings }, null, 2)}\n`
}

/**
 * Settings from a file, and each value in it that had to fall back; a sentence alone when it is no such file. The names
 * of CIDs stay as they are.
 */
export function readSettingsFile(
  text: string,
  { people }: Pick<Settings, 'people'>,
): { settings: Settings; problems: Problem[] } | string {
  let file: { format?: unknown; version?: unknown; settings?: unknown } | null
  try {
    file = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    return whyOf(error)
  }
  if (file?.format !== FORMAT) return t('settings.file.other')
  if (file.version !== 1) return t('settings.file.newer', { version: String(file.version) })
  const { settings, problems } = parseSettings(file.settings)
  return { settings: { ...settings, people }, problems }
}
