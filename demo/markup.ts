/** HTML with every value escaped, unless it is markup itself. */
export class Markup {
  constructor(readonly text: string) {}
}

const escape = (value: string): string => value.replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`)

type Part = Markup | Part[] | string | number | null | undefined | false

const write = (part: Part): string => {
  if (part instanceof Markup) return part.text
  if (Array.isArray(part)) return part.map(write).join('')
  return part === null || part === undefined || part === false ? '' : escape(String(part))
}

/** Lists are joined; null, undefined and false write nothing. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(strings.reduce((text, next, at) => text + write(parts[at - 1]) + next))

/** A value as a JavaScript literal that is safe inside a `<script>` element. */
export const literal = (value: unknown): Markup => new Markup(JSON.stringify(value).replace(/</g, '\\u003c'))
