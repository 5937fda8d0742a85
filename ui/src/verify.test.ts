import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
import { rootOf, verifier } from './verify'

const node = (a: Uint8Array, b: Uint8Array) => sha256(Uint8Array.from([1, ...a, ...b]))

/** RFC 6962 section 2.1: the root of these leaves, and the path of one. */
function tree(leaves: Uint8Array[], index: number): { root: Uint8Array, path: Uint8Array[] } {
  if (leaves.length === 1) return { root: leaves[0], path: [] }
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  const left = tree(leaves.slice(0, k), Math.min(index, k - 1)), right = tree(leaves.slice(k), Math.max(index - k, 0))
  return { root: node(left.root, right.root), path: index < k ? [...left.path, right.root] : [...right.path, left.root] }
}

test('a path leads to the root for its own leaf, index and size alone', () => {
  for (let size = 1; size <= 33; size++) {
    const leaves = Array.from({ length: size }, (_, i) => sha256(Uint8Array.from([0, i])))
    for (let i = 0; i < size; i++) {
      const { root, path } = tree(leaves, i)
      expect(rootOf(i, size, leaves[i], path)).toEqual(root)
      expect(rootOf(i, size, sha256(leaves[i]), path)).not.toEqual(root)
      expect(rootOf(i, size, leaves[i], [...path, root])).toBeNull()
      if (path.length) expect(rootOf(i, size, leaves[i], path.slice(1))).not.toEqual(root)
      if (size > 1) expect(rootOf((i + 1) % size, size, leaves[i], path)).not.toEqual(root)
    }
  }
  expect(rootOf(3, 3, new Uint8Array(32), [])).toBeNull()
})

test('a verifier key is one whose id is that of its name and key', () => {
  const key = 'localhost/lichtspur/demonstration+71e70070+AclDrx7LxYPxxmHn0pra2MneZYH6uSld7u7GiHG+la/P'
  expect(verifier(key + '\n')?.name).toBe('localhost/lichtspur/demonstration')
  for (const wrong of ['', 'x', key.replace('71e70070', '71e70071'), key.replace('localhost', 'localhosz'), key.replace('AclD', 'BclD')]) expect(verifier(wrong)).toBeNull()
})
