import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { compare, extended, tilePath } from './history'
import type { Head } from './verify'

const node = (a: Uint8Array, b: Uint8Array) => { const x = new Uint8Array(65); x[0] = 1; x.set(a, 1); x.set(b, 33); return sha256(x) }
const base64 = (b: Uint8Array) => btoa(String.fromCharCode(...b))

/** RFC 6962 section 2.1. */
function rootOf(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return node(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

const leaf = (i: number, of = 0) => sha256(Uint8Array.from([0, of, i & 255, i >> 8]))
const head = (leaves: Uint8Array[]): Head => ({ size: leaves.length, root: leaves.length ? base64(rootOf(leaves)) : '', note: '' })

/** Tiles of a tree, as C2SP tlog-tiles has them: complete subtrees only. */
function tilesOf(leaves: Uint8Array[]) {
  return async (path: string): Promise<Uint8Array> => {
    const m = /^\/tile\/(\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path)
    if (!m) throw new Error(path)
    const step = 256 ** Number(m[1]), index = Number(m[2].replace(/[x/]/g, '')), width = Number(m[3] ?? 256), out: number[] = []
    for (let i = index * 256; i < index * 256 + width; i++) {
      if ((i + 1) * step > leaves.length) throw new Error('not there: ' + path)
      out.push(...rootOf(leaves.slice(i * step, (i + 1) * step)))
    }
    return Uint8Array.from(out)
  }
}

test('the path of a tile', () => {
  expect(tilePath(0, 0, 256)).toBe('/tile/0/000')
  expect(tilePath(0, 1, 300)).toBe('/tile/0/001.p/44')
  expect(tilePath(1, 0, 70_000)).toBe('/tile/1/000')
  expect(tilePath(0, 1_234_067, 1e9)).toBe('/tile/0/x001/x234/067')
})

test('a tree that only grew is told from one that did not, at every size', async () => {
  const all = Array.from({ length: 21 }, (_, i) => leaf(i))
  for (let m = 0; m <= all.length; m++) {
    for (let n = Math.max(m, 1); n <= all.length; n++) {
      const tiles = tilesOf(all.slice(0, n)), other = [...all.slice(0, n)]
      expect(await extended(head(all.slice(0, m)), head(all.slice(0, n)), tiles)).toBe(true)
      if (!m) continue
      other[m - 1] = leaf(m - 1, 1)
      expect(await extended(head(all.slice(0, m)), head(other), tilesOf(other))).toBe(false)
      expect(await extended(head(all.slice(0, m)), head(other), tiles)).toBe(false)
    }
  }
})

test('over tiles of more than one row', async () => {
  const all = Array.from({ length: 1100 }, (_, i) => leaf(i)), tiles = tilesOf(all), other = [...all]
  other[3] = leaf(3, 1)
  for (const m of [1, 255, 257, 512, 1024, 1099, 1100]) {
    expect(await extended(head(all.slice(0, m)), head(all), tiles)).toBe(true)
    if (m > 3) expect(await extended(head(other.slice(0, m)), head(all), tiles)).toBe(false)
  }
})

test('what is kept, and what is said of it', async () => {
  const all = Array.from({ length: 20 }, (_, i) => leaf(i)), tiles = tilesOf(all), now = async () => { throw new Error('no') }, v = { name: 'x', id: new Uint8Array(4), key: new Uint8Array(32) }
  expect(await compare(null, head(all), v, tiles, now)).toMatchObject({ growth: 'grown', keep: { size: 20 } })
  expect(await compare(head(all.slice(0, 9)), head(all), v, tiles, now)).toMatchObject({ growth: 'grown', keep: { size: 20 } })
  expect(await compare(head([leaf(99), ...all.slice(1, 9)]), head(all), v, tiles, now)).toEqual({ growth: 'forked', keep: null })
  expect(await compare(head(all), head([leaf(99), ...all.slice(1)]), v, tiles, now)).toEqual({ growth: 'forked', keep: null })
  expect(await compare(head(all.slice(0, 9)), head(all), v, now, now)).toEqual({ growth: 'silent', keep: null })
  expect(await compare(head(all), head(all.slice(0, 9)), v, tiles, now)).toEqual({ growth: 'shrunk', keep: null })
  expect(await compare(head(all), head(all.slice(0, 9)), v, tiles, async () => 'x\n12\nAAAA\n\n— x AAAA\n')).toEqual({ growth: 'shrunk', keep: null })
})
