// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as GraphQL over SSE uses them. EventSource cannot POST nor
// send headers, and personal values and tokens travel in these alone.

export interface Message { event: string, data: string }

/** Reads messages out of a stream of text, wherever it is cut into chunks. */
export class Messages {
  private rest = ''

  /** The messages that a chunk completes. Comments are none. */
  push(chunk: string): Message[] {
    const out: Message[] = [], blocks = (this.rest + chunk).replace(/\r\n/g, '\n').split('\n\n')
    this.rest = blocks.pop()!
    for (const block of blocks) {
      let event = 'message'
      const data: string[] = []
      for (const line of block.split('\n')) {
        const at = line.indexOf(':'), field = at < 0 ? line : line.slice(0, at), value = at < 0 ? '' : line.slice(at + 1).replace(/^ /, '')
        if (field === 'event') event = value
        if (field === 'data') data.push(value)
      }
      if (data.length) out.push({ event, data: data.join('\n') })
    }
    return out
  }
}
