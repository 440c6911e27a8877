/** What runs inside the extension for the bench, as one script. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { Session } from '../e2e/drive/cdp'

let bundled: Promise<string> | null = null

const bundle = async (): Promise<string> => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('inside/fill.ts', import.meta.url)), formats: ['iife'], name: 'inside' },
    },
  })
  const [output] = [built].flat()
  if (!output || !('output' in output)) throw new Error('nothing was built')
  return output.output[0].code
}

interface Evaluating {
  evaluate<T>(expression: string): Promise<T>
}

/** Calls one of `inside/fill.ts`'s functions where this evaluates. */
export async function inside<T>(
  where: Evaluating | Session,
  name: 'fill' | 'record' | 'rest' | 'plain',
  ...args: (string | number)[]
): Promise<T> {
  bundled ??= bundle()
  return where.evaluate<T>(`(globalThis.bench ? Promise.resolve() : Promise.resolve((() => { ${await bundled} })())).then(() =>
    bench.${name}(...${JSON.stringify(args)}))`)
}
