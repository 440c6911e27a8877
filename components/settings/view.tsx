/** Settings: what is recorded and kept, what is stored, and what each permission is for. */
import { useEffect, useState } from 'preact/hooks'
import { DEFAULTS, LANGUAGES, type Language, LIMITS, TIMES } from '../../utils/settings'
import { saveFile } from '../check/run'
import { pick } from '../check/side'
import { deleteEverything, replaceSettings } from '../deeds'
import { Muted } from '../identity/issues'
import { siteOf } from '../page'
import { Ask, Choice, Tick } from '../parts'
import { ShortcutList } from '../shortcuts'
import { ask, saveSettings, usePanel } from '../store'
import { type PlainKey, t } from '../text'
import { readSettingsFile, writeSettings } from './file'
import { parseHosts } from './hosts'
import { problemText } from './problems'

function Hosts({ hosts }: { hosts: readonly string[] }) {
  const [text, setText] = useState(hosts.join('\n'))
  const { valid, faults } = parseHosts(text)
  return (
    <>
      <textarea
        class="in m"
        name="hosts"
        aria-label={t('settings.hosts')}
        aria-invalid={faults.length > 0}
        spellcheck={false}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
        onChange={() => faults.length === 0 && saveSettings({ hosts: valid })}
      />
      {faults.map(({ line, why }) => (
        <p key={line} class="bad-in" role="alert" data-field="host-fault">
          {t(`settings.hosts.fault.${why}`, { line })}
        </p>
      ))}
    </>
  )
}

function Limit({
  name,
  label,
  value,
  limits: [least, most],
  onChange,
}: {
  name: string
  label: string
  value: number
  limits: readonly [least: number, most: number]
  onChange: (value: number) => void
}) {
  const [text, setText] = useState(String(value))
  useEffect(() => setText(String(value)), [value])
  const wrong = !/^\d+$/.test(text) || Number(text) < least || Number(text) > most
  return (
    <span>
      <input
        class="in"
        type="number"
        name={name}
        min={least}
        max={most}
        aria-label={label}
        aria-invalid={wrong}
        value={text}
        onInput={event => setText(event.currentTarget.value)}
        onChange={() => !wrong && onChange(Number(text))}
      />{' '}
      {label}
      {wrong && (
        <span class="bad-in" role="alert">
          {' '}
          {t('settings.limit.fault', { least, most })}
        </span>
      )}
    </span>
  )
}

/** Each language by its own name, for whoever can't read the one that is spoken. */
const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', vi: 'Tiếng Việt' }

const PERMISSIONS: readonly [name: string, why: PlainKey][] = [
  ['webRequest', 'permission.webRequest'],
  ['cookies', 'permission.cookies'],
  ['scripting', 'permission.scripting'],
  ['sidePanel', 'permission.sidePanel'],
  ['storage', 'permission.storage'],
  ['<all_urls>', 'permission.hosts'],
]

export function SettingsView() {
  const { settings, problems, hello, asking } = usePanel(state => state)
  const site = usePanel(siteOf)
  const { pausedSites, retention, mutes } = settings
  const paused = pausedSites.includes(site)
  const [said, setSaid] = useState<{ bad: boolean; text: string } | null>(null)
  const take = async (file: File) => {
    const { name } = file
    const read = readSettingsFile(await file.text(), settings)
    if (typeof read === 'string') return setSaid({ bad: true, text: t('check.file.fault', { name, why: read }) })
    await replaceSettings(read.settings, read.problems)
    setSaid({ bad: false, text: t('settings.file.taken', { name, n: read.problems.length }) })
  }
  return (
    <>
      <div class="bar tall">
        <h2>{t('settings')}</h2>
      </div>
      <div class="scroll" tabIndex={-1}>
        <div class="set">
          {problems.map(problem => (
            <p key={problem.setting} class="bad-in" role="status">
              {problemText(problem)}
            </p>
          ))}
          <section class="ask" aria-label={t('settings.recording')}>
            <h3>{t('settings.recording')}</h3>
            <div class="line">
              <Tick checked={settings.recording} onChange={recording => saveSettings({ recording })}>
                {t('settings.record')}
              </Tick>
            </div>
            <span />
            <Tick
              checked={paused}
              onChange={pause =>
                saveSettings({
                  pausedSites: pause ? [...pausedSites, site] : pausedSites.filter(each => each !== site),
                })
              }
            >
              {site ? t('settings.pause', { site }) : t('settings.pause.none')}
            </Tick>
            {pausedSites.filter(each => each !== site).length > 0 && (
              <>
                <span class="t2">{t('settings.paused')}</span>
                <span>
                  {pausedSites
                    .filter(each => each !== site)
                    .map(each => (
                      <button
                        key={each}
                        type="button"
                        class="btn fl"
                        title={t('settings.resume', { site: each })}
                        onClick={() => saveSettings({ pausedSites: pausedSites.filter(other => other !== each) })}
                      >
                        {each} ×
                      </button>
                    ))}
                </span>
              </>
            )}
            <span class="t2">{t('settings.hosts')}</span>
            <div>
              <Hosts key={settings.hosts.join()} hosts={settings.hosts} />
              <p class="t2">{t('settings.hosts.about')}</p>
            </div>
            <span class="t2">{t('settings.masking')}</span>
            <Tick checked={settings.masking} onChange={masking => saveSettings({ masking })}>
              {t('settings.masking.about')}
            </Tick>
            <span class="t2">{t('settings.retention')}</span>
            <div>
              <Limit
                key="events"
                name="retention-events"
                label={t('settings.events')}
                value={retention.events}
                limits={LIMITS.events}
                onChange={events => saveSettings({ retention: { ...retention, events } })}
              />
              {', '}
              <Limit
                key="days"
                name="retention-days"
                label={t('settings.days')}
                value={retention.days}
                limits={LIMITS.days}
                onChange={days => saveSettings({ retention: { ...retention, days } })}
              />
              <p class="t2">
                {t('settings.retention.about', { events: DEFAULTS.retention.events, days: DEFAULTS.retention.days })}
              </p>
            </div>
          </section>
          {mutes.length > 0 && (
            <section class="ask" aria-label={t('settings.mutes')}>
              <h3>{t('settings.mutes')}</h3>
              {mutes.map(mute => [
                <span key={`${mute.site} ${mute.rule}`}>
                  {mute.site} <code>{mute.rule}</code>
                </span>,
                <Muted key={`${mute.site} ${mute.rule} note`} {...mute} />,
              ])}
            </section>
          )}
          <section class="ask" aria-label={t('settings.look')}>
            <h3>{t('settings.look')}</h3>
            <span />
            <span class="t2">{t('settings.language')}</span>
            <span>
              <Choice
                name="language"
                label={t('settings.language')}
                value={settings.language}
                options={[
                  ['auto', t('language.auto')],
                  ...LANGUAGES.map(each => [each, LANGUAGE_NAMES[each]] as const),
                ]}
                onChange={language => saveSettings({ language })}
              />
            </span>
            <span class="t2">{t('settings.theme')}</span>
            <span>
              <Choice
                name="theme"
                label={t('settings.theme')}
                value={settings.theme}
                options={[
                  ['auto', t('theme.auto')],
                  ['light', t('theme.light')],
                  ['dark', t('theme.dark')],
                ]}
                onChange={theme => saveSettings({ theme })}
              />
            </span>
            <span class="t2">{t('settings.time')}</span>
            <span>
              <Choice
                name="time"
                label={t('settings.time')}
                value={settings.time}
                options={TIMES.map(each => [each, t(`time.${each}`)] as const)}
                onChange={time => saveSettings({ time })}
              />
            </span>
          </section>
          <section class="ask" aria-label={t('shortcuts')}>
            <h3>{t('shortcuts')}</h3>
            <Tick checked={settings.singleKeys} onChange={singleKeys => saveSettings({ singleKeys })}>
              {t('settings.single-keys')}
            </Tick>
            <span />
            <ShortcutList />
          </section>
          <section class="ask" aria-label={t('settings.file')}>
            <h3>{t('settings.file')}</h3>
            <div class="line">
              {pick(t('settings.import'), 'import-settings', '.json,application/json', take)}
              <button
                type="button"
                class="btn"
                data-action="export-settings"
                onClick={() => saveFile('identity-lens-settings.json', 'application/json', writeSettings(settings))}
              >
                {t('settings.export')}
              </button>
              {asking === 'reset-settings' ? (
                <Ask
                  kind="reset-settings"
                  question={t('settings.reset.ask')}
                  yes={t('settings.reset.yes')}
                  onYes={() => replaceSettings(DEFAULTS)}
                />
              ) : (
                <button
                  type="button"
                  class="btn dng"
                  data-action="reset-settings"
                  onClick={() => ask('reset-settings')}
                >
                  {t('settings.reset')}
                </button>
              )}
            </div>
            <span />
            <div>
              {said && (
                <p class={said.bad ? 'bad-in' : 't2'} role="status" data-field="settings-file">
                  {said.text}
                </p>
              )}
              <p class="t2">{t('settings.file.about')}</p>
            </div>
          </section>
          <section class="ask" aria-label={t('settings.stored')}>
            <h3>{t('settings.stored')}</h3>
            <div>
              <p>{t('settings.stored.what')}</p>
              <p>
                <b>{t('nothing-leaves')}.</b> {t('settings.stored.where')}
              </p>
              <p class="t2">{t(`settings.store.${hello?.store ?? 'dexie'}`)}</p>
            </div>
            <span />
            <div>
              {asking === 'delete' ? (
                <Ask
                  kind="delete"
                  question={t('settings.delete.ask')}
                  yes={t('settings.delete.yes')}
                  onYes={deleteEverything}
                />
              ) : (
                <button type="button" class="btn dng" data-action="delete-everything" onClick={() => ask('delete')}>
                  {t('settings.delete')}
                </button>
              )}
            </div>
          </section>
          <section class="ask" aria-label={t('settings.permissions')}>
            <h3>{t('settings.permissions')}</h3>
            <span class="t2">{t('settings.permissions.about')}</span>
            {PERMISSIONS.map(([name, why]) => [
              <span key={name} class="m">
                {name}
              </span>,
              <span key={why}>{t(why)}</span>,
            ])}
          </section>
        </div>
      </div>
    </>
  )
}
