/** Bodies that the hook hands over unread. Runs in the relay's world, where the page changed nothing. */
import type { Later } from './channel'
import { FAILED, TEXT_CAP, type ToldBody } from './record'

/** A form's texts up to the cap. A file stands there as `[file]`: it is not read, however small. */
function copyOf(form: FormData): { copy: FormData; letters: number; whole: boolean } {
  const copy = new FormData()
  let left = TEXT_CAP
  let letters = 0
  let whole = true
  // No iterator: in Firefox the form is another world's.
  form.forEach((value, name) => {
    const text = typeof value === 'string' ? value : '[file]'
    whole &&= text === value
    letters += name.length + (typeof value === 'string' ? value.length : value.size)
    if (left > 0) copy.append(name.slice(0, left), text.slice(0, left))
    left -= name.length + text.length
  })
  return { copy, letters, whole: whole && left > 0 }
}

/** The body in a form as it is now, whatever becomes of it later: the page's own form, or a `blob` that stands alone in one. */
export async function readForm(form: FormData, type: Later): Promise<ToldBody> {
  try {
    if (type === 'blob') {
      const blob = form.get('') as Blob
      const { size } = blob
      if (size <= TEXT_CAP) return [await blob.text()]
      // A letter that the cap cuts in two is left away.
      return [(await blob.slice(0, TEXT_CAP).text()).replace(/\ufffd$/, ''), size]
    }
    const { copy, letters, whole } = copyOf(form)
    const text = await new Response(copy).text()
    return whole && text.length <= TEXT_CAP ? [text] : [text.slice(0, TEXT_CAP), whole ? -text.length : -letters]
  } catch {
    return [FAILED]
  }
}
