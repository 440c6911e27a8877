/** The thread in which logs are read and written: files may be large, and the panel must answer meanwhile. */
import type { Answer, Ask } from './thread'
import { Work } from './work'

const thread = self as unknown as {
  onmessage: (event: MessageEvent<Ask>) => void
  postMessage: (answer: Answer) => void
}
const work = new Work(answer => thread.postMessage(answer))
thread.onmessage = ({ data }) => void work.take(data)
