/**
 * The icons. They are pictures and no code: drawn in icons.svg, each a symbol there, which the build writes into each page: a drawing in
 * a file of its own is fetched and read anew again and again while rows come and go, a third of all that scrolling costs. A shape tells the states apart, never the
 * colour alone.
 */

export type IconName =
  | 'identified'
  | 'anonymous'
  | 'error'
  | 'warning'
  | 'info'
  | 'ok'
  | 'wait'
  | 'blocked'
  | 'ask'
  | 'clock'
  | 'copy'
  | 'record'
  | 'clear'
  | 'import'
  | 'export'
  | 'gear'
  | 'open'
  | 'closed'
  | 'page'
  | 'login'
  | 'logout'
  | 'idcard'
  | 'remove'
  | 'signup'
  | 'known'
  | 'pause'
  | 'unlink'
  | 'worker'
  | 'twice'
  | 'plus'
  | 'minus'
  | 'equal'
  | 'over'
  | 'conflict'
  | 'merge'
  | 'check'
  | 'x'
  | 'search'
  | 'call'
  | 'request'

/** For a `<use>`. */
export const drawing = (name: IconName): string => `#i-${name}`

/** Decoration: what it says is said in words beside it or by the `label` of the control that holds it. */
export const Icon = ({ name, small, label }: { name: IconName; small?: boolean; label?: string }) => (
  <svg
    class={`i i-${name}${small ? ' s' : ''}`}
    role={label ? 'img' : undefined}
    aria-label={label}
    aria-hidden={!label}
  >
    <use href={drawing(name)} />
  </svg>
)
