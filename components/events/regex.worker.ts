/** The thread in which regular expressions run: the panel ends it when one takes too long. */
import { type RegexAnswer, type RegexAsk, regexHits } from './regex-hits'

const thread = self as unknown as {
  onmessage: (event: MessageEvent<RegexAsk>) => void
  postMessage: (answer: RegexAnswer | 'ready') => void
}
thread.onmessage = ({ data }) => thread.postMessage(regexHits(data))
thread.postMessage('ready')
