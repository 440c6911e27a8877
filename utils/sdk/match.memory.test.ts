/**
 * A URL that is none of the SDK's makes no garbage. Counted, not timed: a Node of its own asks millions of times and says how often it
 * had to collect what was made meanwhile. One object of 16 bytes each time would fill its young generation (1 MB here) again and again.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// A busy machine may take long over millions of questions.
vi.setConfig({ testTimeout: 120_000 })

const TIMES = 2_000_000

/** Collections while an expression of `url` was evaluated `TIMES` times. */
function collections(expression: string): number {
  const program = `
    import { mayConcern } from ${JSON.stringify(fileURLToPath(new URL('./match.ts', import.meta.url)))}
    const urls = [
      'https://www.shop.example/gio-hang?id=77&ref=events', '/assets/app.js?v=5', '', '//cdn.example/evening.png#event-1',
      'data:image/png;base64,' + 'A'.repeat(5000), 'https://m.metrics.example/collect?e=event&x=' + 'x'.repeat(900),
    ]
    let found = 0
    const kept = []
    const ask = times => {
      for (let i = 0; i < times; i++) {
        const url = urls[i % 6]
        if (${expression}) found++
      }
    }
    // Until it is compiled: that, too, takes memory.
    ask(200000)
    console.log('begin')
    ask(${TIMES})
    console.log('end', found)`
  const said = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--trace-gc', '--max-semi-space-size=1', '--input-type=module', '-e', program],
    { encoding: 'utf8' },
  )
  const [, within = ''] = said.split('begin')
  return within.split('\n').filter(line => /Scavenge|Mark-Compact/.test(line)).length
}

test('nothing is made of it', () => {
  // One may come of what was made before.
  expect(collections('mayConcern(url)')).toBeLessThanOrEqual(1)
})

test('the instrument works: one small object each time is seen', () => {
  expect(collections('mayConcern(url) || !(kept[i % 1000] = [url])')).toBeGreaterThan(10)
})
