/** `npm run -s audit`: runs `audit.ts`, which says what it takes. */
import { spawnSync } from 'node:child_process'
import { AUDIT_FLAGS, bundle } from './bundle.mjs'

const { status } = spawnSync(process.execPath, [...AUDIT_FLAGS, bundle('scripts/audit.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
