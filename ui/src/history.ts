// What an outsider keeps of a log from visit to visit: the last head that was verified. A later head must be of a tree that only grew from that one
// (RFC 6962 section 2.1.2); a server that took entries away, or shows different logs to different people, cannot make such a tree. Hashes come
// from the log's tiles (C2SP tlog-tiles). They need no trust: both roots are computed from the same of them.
import { sha256 } from '@noble/hashes/sha2.js'
import { base64, equal, join, unsigned, type Head, type Verifier } from './verify'

/** A tile's bytes. */
export type Tiles = (path: string) => Promise<Uint8Array>

/** shrunk: fewer entries than were seen. forked: other entries than were seen. silent: the server gives no hashes to check with. */
export type Growth = 'grown' | 'shrunk' | 'forked' | 'silent'

/** Complete subtrees that make up the leaves from lo to hi, from left to right. */
export function subtrees(lo: number, hi: number): { level: number, index: number }[] {
  const out = []
  while (lo < hi) {
    let level = 0
    while (lo % 2 ** (level + 1) === 0 && lo + 2 ** (level + 1) <= hi) level++
    out.push({ level, index: lo / 2 ** level })
    lo += 2 ** level
  }
  return out
}

/** The path of a tile of the tree of this size. */
export function tilePath(level: number, index: number, size: number): string {
  const width = Math.min(256, Math.floor(size / 256 ** level) - index * 256), digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)!
  return `/tile/${level}/${groups.map((g, i) => i < groups.length - 1 ? 'x' + g : g).join('/')}${width < 256 ? '.p/' + width : ''}`
}

const node = (a: Uint8Array, b: Uint8Array) => sha256(join([1], a, b))

/** The hash of a complete subtree. */
async function hashOf({ level, index }: { level: number, index: number }, size: number, tiles: Tiles): Promise<Uint8Array> {
  const row = Math.floor(level / 8), count = 2 ** (level % 8), first = index * count, at = first % 256 * 32
  const tile = await tiles(tilePath(row, Math.floor(first / 256), size))
  if (tile.length < at + count * 32) throw new Error('the tile is too short')
  let hashes = Array.from({ length: count }, (_, i) => tile.slice(at + i * 32, at + i * 32 + 32))
  while (hashes.length > 1) hashes = hashes.flatMap((h, i) => i % 2 ? [] : [node(h, hashes[i + 1])])
  return hashes[0]
}

/** Whether the tree of later began with that of earlier. Throws where the tiles do not come. */
export async function extended(earlier: Head, later: Head, tiles: Tiles): Promise<boolean> {
  if (earlier.size === later.size) return earlier.root === later.root
  const parts = [...subtrees(0, earlier.size), ...subtrees(earlier.size, later.size)]
  const hashes = await Promise.all(parts.map((p) => hashOf(p, later.size, tiles)))
  const stack: { level: number, index: number, hash: Uint8Array }[] = []
  const root = () => stack.map((s) => s.hash).reduceRight((right, left) => node(left, right))
  let held = earlier.size === 0
  for (const [i, part] of parts.entries()) {
    stack.push({ ...part, hash: hashes[i] })
    for (let b = stack.at(-1)!, a = stack.at(-2); a && a.level === b.level && a.index % 2 === 0; b = stack.at(-1)!, a = stack.at(-2)) {
      stack.splice(-2, 2, { level: a.level + 1, index: a.index / 2, hash: node(a.hash, b.hash) })
    }
    if ((part.index + 1) * 2 ** part.level === earlier.size) held = equal(root(), base64(earlier.root))
  }
  return held && equal(root(), base64(later.root))
}

/** How a head whose signature holds stands to the one that was kept, and which of them to keep. now asks for the newest head. */
export async function compare(kept: Head | null, head: Head, v: Verifier, tiles: Tiles, now: () => Promise<string>): Promise<{ growth: Growth, keep: Head | null }> {
  if (!kept) return { growth: 'grown', keep: head }
  try {
    if (head.size >= kept.size) return await extended(kept, head, tiles) ? { growth: 'grown', keep: head } : { growth: 'forked', keep: null }
    // An answer that was on its way when another came holds for an earlier head. So the newest head decides.
    const note = await now(), [, size, root] = note.split('\n'), newest = { size: Number(size), root, note }
    if (!Number.isSafeInteger(newest.size) || unsigned(note, v, newest.size, root) || newest.size < kept.size) return { growth: 'shrunk', keep: null }
    return await extended(kept, newest, tiles) && await extended(head, newest, tiles) ? { growth: 'grown', keep: newest } : { growth: 'forked', keep: null }
  } catch { return { growth: head.size < kept.size ? 'shrunk' : 'silent', keep: null } }
}

/** Asks this server for a tile. */
export const served: Tiles = async (path) => {
  const res = await fetch(path)
  if (!res.ok) throw new Error('HTTP ' + res.status)
  return new Uint8Array(await res.arrayBuffer())
}

export const newestServed = async (): Promise<string> => {
  const res = await fetch('/checkpoint', { cache: 'no-store' })
  if (!res.ok) throw new Error('HTTP ' + res.status)
  return res.text()
}

