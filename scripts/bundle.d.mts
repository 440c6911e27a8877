/** Our TypeScript as one file of plain JavaScript; gives its path. `entry`: path of a module, from the project's root. */
export function bundle(entry: string): string
/** Node's flags for an audit. */
export const AUDIT_FLAGS: readonly string[]
