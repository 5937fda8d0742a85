import { expect, test } from 'vitest'
import { Messages } from './stream'

const text = ':\n\nevent: next\ndata: {"a":1}\n\n:\n\nevent: next\ndata: {"a":\ndata: 2}\n\nevent: complete\ndata: \n\n'
const want = [{ event: 'next', data: '{"a":1}' }, { event: 'next', data: '{"a":\n2}' }, { event: 'complete', data: '' }]

test('messages are the same wherever the stream is cut', () => {
  for (let size = 1; size <= text.length; size++) {
    const m = new Messages(), got = []
    for (let at = 0; at < text.length; at += size) got.push(...m.push(text.slice(at, at + size)))
    expect(got).toEqual(want)
  }
})

test('what is cut off within a message is none', () => {
  expect(new Messages().push('event: next\ndata: {"a":1}\n')).toEqual([])
})
