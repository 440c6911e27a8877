/**
 * The icons, drawn on a 16 × 16 grid, as one sprite that stands once in the document; an icon is a `<use>` of it, so that a row of
 * the list costs two nodes. A shape tells the states apart, never the colour alone.
 */

const disc = (r: number, x = 8, y = 8) => `M${x} ${+(y - r).toFixed(1)}a${r} ${r} 0 1 0 .01 0z`

/** Parts of each icon: `class:path`, or a path alone. f filled, k knocked out (background colour), kf both, d dashed, b bold. */
const SHAPES = {
  identified: [`f:${disc(6.8)}`, `kf:${disc(2.2, 8, 6)}`, 'kf:M4 12q.8-3.2 4-3.2t4 3.2a6 6 0 0 1-8 0z'],
  anonymous: [`d:${disc(6.5)}`, 'M6.2 6.4a1.8 1.8 0 1 1 2.7 1.6q-.9.5-.9 1.4', 'b:M8 11.4v.1'],
  error: ['f:M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3L1.5 10.7V5.3z', 'k:M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8'],
  warning: ['f:M8 1.4q.6 0 .9.5l6 11.2q.4.9-.6.9H1.7q-1 0-.6-.9l6-11.2q.3-.5.9-.5z', 'k:M8 6v3.6M8 11.8v.1'],
  info: [disc(6.3), 'b:M8 7.4v3.6M8 4.9v.1'],
  ok: [`f:${disc(6.8)}`, 'k:M4.8 8.3l2.2 2.2 4.1-4.8'],
  wait: [`d:${disc(6.3)}`],
  blocked: [disc(6.3), 'b:M4.8 8h6.4'],
  ask: ['M8 1.5L14.5 8 8 14.5 1.5 8z', 'M6.5 6.5a1.6 1.6 0 1 1 2.3 1.4q-.8.4-.8 1.2M8 11.1v.1'],
  clock: [disc(6.3), 'M8 4.4V8l2.6 1.6'],
  copy: ['M5.5 6.5a1 1 0 0 1 1-1h5a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-5a1 1 0 0 1-1-1z', 'M3.5 10.5V3.6a1 1 0 0 1 1-1h5.9'],
  record: [disc(6.3), `f:${disc(3.6)}`],
  clear: [disc(6), 'M3.8 12.2l8.4-8.4'],
  gear: [disc(2.2), 'M8 1.8v1.9M8 12.3v1.9M1.8 8h1.9M12.3 8h1.9M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4'],
  open: ['f:M2.4 5h11.2L8 12z'],
  closed: ['f:M5 2.4v11.2L12 8z'],
  page: ['M4 2.5h5.5l3 3v8H4zM9.5 2.5v3h3'],
  login: ['M2.5 8h7M6.9 5.3L9.6 8l-2.7 2.7', 'M9 3h4.2v10H9'],
  logout: ['M6.5 8h7M10.9 5.3L13.6 8l-2.7 2.7', 'M7 3H2.8v10H7'],
  idcard: [
    'M3 3.5h10a1.2 1.2 0 0 1 1.2 1.2v6.6A1.2 1.2 0 0 1 13 12.5H3a1.2 1.2 0 0 1-1.2-1.2V4.7A1.2 1.2 0 0 1 3 3.5z',
    disc(1.3, 5.6, 7),
    'M3.7 10.6q.4-1.5 1.9-1.5t1.9 1.5M9.7 6.9h2.6M9.7 9.4h2.6',
  ],
  remove: [disc(2.4, 6.5, 5.2), 'M2 13q.8-4 4.5-4 1.4 0 2.4.6M10 12h4.5'],
  signup: [disc(2.4, 6.5, 5.2), 'M2 13q.8-4 4.5-4 1.4 0 2.4.6M10 12h4.5M12.250 9.750v4.5'],
  known: [disc(2.4, 6.5, 5.2), 'M2 13q.8-4 4.5-4 1.4 0 2.4.6M9.8 12.2l1.7 1.6 3-3.4'],
  pause: ['b:M5.5 3.5v9M10.5 3.5v9'],
  unlink: ['M6.7 4.9L8.1 3.5a2.8 2.8 0 0 1 4 4l-1.4 1.4M9.3 11.1l-1.4 1.4a2.8 2.8 0 0 1-4-4l1.4-1.4M3 3l10 10'],
  worker: [
    'M4 5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1z',
    'M6.5 1.8V4M9.5 1.8V4M6.5 12v2.2M9.5 12v2.2M1.8 6.5H4M1.8 9.5H4M12 6.5h2.2M12 9.5h2.2',
  ],
  twice: [disc(4, 6), disc(4, 10.2)],
  plus: ['b:M8 3.5v9M3.5 8h9'],
  minus: ['b:M3.5 8h9'],
  equal: ['M3.5 6h9M3.5 10h9'],
  over: ['M12.7 6.2A5 5 0 1 0 13 9M13.2 2.8v3.6H9.6'],
  conflict: ['M1.5 8h4.7M4 5.5L6.5 8 4 10.5M14.5 8H9.8M12 5.5L9.5 8l2.5 2.5M8 3v10'],
  merge: ['M2.5 3.5c4 0 3 4.5 7 4.5h4M2.5 12.5c4 0 3-4.5 7-4.5M11 5.5L13.5 8 11 10.5'],
  check: ['M3 8.5l3.4 3.4L13 4.5'],
  x: ['M4 4l8 8M12 4l-8 8'],
  search: [disc(4.3, 7, 7), 'M10.3 10.3l3.4 3.4'],
  call: ['f:M4 5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1z'],
  request: [`f:${disc(4.2)}`],
} satisfies Record<string, string[]>

export type IconName = keyof typeof SHAPES

/** Once per document, before anything that uses it. */
export const Sprite = () => (
  <svg width="0" height="0" style={{ position: 'absolute' }} aria-hidden="true">
    {Object.entries(SHAPES).map(([name, parts]) => (
      <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
        {parts.map(part => {
          const [kind, path] = part.includes(':') ? part.split(':') : ['', part]
          return <path key={part} class={kind} d={path} />
        })}
      </symbol>
    ))}
  </svg>
)

/** Decoration: what it says is said in words beside it or by the `label` of the control that holds it. */
export const Icon = ({ name, small, label }: { name: IconName; small?: boolean; label?: string }) => (
  <svg
    class={`i i-${name}${small ? ' s' : ''}`}
    role={label ? 'img' : undefined}
    aria-label={label}
    aria-hidden={!label}
  >
    <use href={`#i-${name}`} />
  </svg>
)
