import { readFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import Ajv2020 from 'ajv/dist/2020'
import { describe, expect, test } from 'vitest'
import { story } from '../../components/fixtures/story'
import { writeLogFile } from './fixtures/write'
import { readAnyLog } from './open'
import { body, facts, logEntry, logFile, outcome, payload, place } from './shape'

const SCHEMA = '../../docs/log-format.schema.json'

/** The published schema, as the shapes that the reader checks against give it. */
const written = (): string => {
  const schema = toJsonSchema(logFile, {
    target: 'draft-2020-12',
    definitions: { entry: logEntry, payload, place, outcome, facts, body },
    // Any JSON: what JSON.parse gave needs no check.
    overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? {} : undefined),
    // Numbers are finite in JSON by themselves.
    overrideAction: ({ valibotAction, jsonSchema }) => (valibotAction.type === 'finite' ? jsonSchema : undefined),
  })
  const about = {
    title: 'A log of Identity Lens',
    description: 'See docs/log-format.md. Readers ignore what they do not know.',
  }
  return `${JSON.stringify({ ...schema, ...about }, null, 2)}\n`
}

describe('the schema that others read by', () => {
  test('is what the reader checks against', async () => {
    await expect(written()).toMatchFileSnapshot(SCHEMA)
  })

  test('takes what is written, and the reader and it say the same of what is broken', () => {
    const ajv = new Ajv2020({ allErrors: false })
    const fits = ajv.compile(JSON.parse(readFileSync(new URL(SCHEMA, import.meta.url), 'utf8')) as object)
    const { entries, payloads } = story()
    const file = JSON.parse(writeLogFile(entries, ({ payload: [ref] }) => payloads[ref?.[1] ?? -1] ?? null)) as {
      version: number
      entries: { at: unknown; kind: string; place: { url: unknown }; outcome?: unknown }[]
    }
    expect(fits(file), JSON.stringify(fits.errors)).toBe(true)
    expect(file.entries.length).toBeGreaterThan(300)

    const breaks: ((each: (typeof file.entries)[number]) => void)[] = [
      each => {
        each.at = 'yesterday'
      },
      each => {
        each.kind = 'rumour'
      },
      each => {
        each.place.url = null
      },
      each => {
        each.outcome = { state: 'done', status: 200 }
      },
    ]
    for (const break_ of breaks) {
      const broken = structuredClone(file)
      const victim = broken.entries.find(each => each.kind === 'event')
      if (victim) break_(victim)
      expect(fits(broken)).toBe(false)
      const read = readAnyLog(JSON.stringify(broken), { siteOf: () => '' })
      expect(read.ok && read.rejected).toHaveLength(1)
    }
    expect(fits({ ...file, version: 2 })).toBe(false)
  })
})
