/** A file goes from the page where it was picked to the tab that shows it: by a channel between pages of the extension, and by no disk. */

const channelOf = (log: string): BroadcastChannel => new BroadcastChannel(`identity-lens log ${log}`)

/** Gives the file to whoever asks, for as long as this page is there: a tab that is loaded anew asks again. */
export function offer(file: File): string {
  const log = crypto.randomUUID()
  const channel = channelOf(log)
  channel.onmessage = ({ data }) => {
    if (data === 'ask') channel.postMessage(file)
  }
  return log
}

/** Asks for it. Nobody answers when the page that had it is gone. */
export function askFor(log: string, take: (file: File) => void): void {
  const channel = channelOf(log)
  channel.onmessage = ({ data }) => {
    if (!(data instanceof File)) return
    channel.close()
    take(data)
  }
  channel.postMessage('ask')
}
