import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawing } from './icons'

const svg = readFileSync(join(__dirname, 'icons.svg'), 'utf8')

test('every icon that can be named is drawn, and none besides', () => {
  const names = [...readFileSync(join(__dirname, 'icons.tsx'), 'utf8').matchAll(/^ {2}\| '(\w+)'$/gm)].map(
    ([, name]) => name,
  )
  const drawn = [...svg.matchAll(/<symbol id="i-(\w+)"/g)].map(([, id]) => id)
  expect(names.length).toBeGreaterThan(30)
  expect([...drawn].sort()).toEqual([...names].sort())
})

test('a drawing brings no colour of its own', () => {
  expect(svg).not.toMatch(/#[\da-f]{3,8}\b|rgb/i)
})

test('it stands in the page that uses it: from another file each use is fetched again', () => {
  expect(svg).toContain(`id="${drawing('ok').slice(1)}"`)
  expect(drawing('ok')).toMatch(/^#/)
})
