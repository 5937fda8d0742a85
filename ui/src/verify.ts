// What is checked in the browser about one entry: that it is in the tree (RFC 6962 section 2.1.1), that the tree's head is signed
// by the key that the reader pinned (C2SP signed-note and tlog-checkpoint, Ed25519), that each open value is one that the leaf was
// made with (RFC 9901), and that what the page shows is what leaf and values say. WebCrypto is absent on plain HTTP, so @noble is used.
import { hashes, verify as ed25519 } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Entry, Proof } from './pages/event'
import { misdrawn } from './told'

hashes.sha512 = sha512

export type { Proof }

/** What the page shows of the entry. */
export type Shown = Entry

/** verified: all holds. unverified: what could be checked holds, and no key is pinned. sealed: it is in the tree, and what it says is not for you to see. */
export type State = 'verified' | 'unverified' | 'failed' | 'sealed'

/** The first step that does not hold is why it failed. */
export type Step = 'answer' | 'leaf' | 'path' | 'values' | 'shown' | 'key' | 'origin' | 'head' | 'signature' | 'grown'

/** where: the JSON pointer of the field that the page does not show as the entry says it. closed: how many sealed values of the entry are not open here. */
export interface Verdict { state: State, holds: Step[], fails?: Step, where?: string, closed?: number, root?: string }

/** A head of a log. */
export interface Head { size: number, root: string, note: string }

const utf8 = new TextEncoder(), text = new TextDecoder()

export function base64(s: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
}

function encode(b: Uint8Array): string { return btoa(String.fromCharCode(...b)) }

export function join(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((p) => Array.from(p)))
}

export const equal = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((x, i) => x === b[i])

/** The root that a leaf's hash and a path lead to, null where the path is not one of this leaf in a tree of this size (RFC 9162 section 2.1.3.2). */
export function rootOf(index: number, size: number, leaf: Uint8Array, path: Uint8Array[]): Uint8Array | null {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return null
  let fn = BigInt(index), sn = BigInt(size - 1), r = leaf
  for (const p of path) {
    if (sn === 0n || p.length !== 32) return null
    if (fn & 1n || fn === sn) {
      r = sha256(join([1], p, r))
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n }
    } else r = sha256(join([1], r, p))
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n ? r : null
}

export interface Verifier { name: string, id: Uint8Array, key: Uint8Array }

/** Reads a verifier key, NAME+ID+KEY (C2SP signed-note), null where it is none for Ed25519. */
export function verifier(s: string): Verifier | null {
  const m = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(s.trim())
  if (!m) return null
  try {
    const data = base64(m[3]), id = sha256(join(utf8.encode(m[1] + '\n'), data)).slice(0, 4)
    const hex = Array.from(id, (b) => b.toString(16).padStart(2, '0')).join('')
    if (data.length !== 33 || data[0] !== 1 || hex !== m[2]) return null
    return { name: m[1], id, key: data.slice(1) }
  } catch { return null }
}

/** A signature line of a note: whose name stands there, and the base64 beside it. */
function lines(note: string): [string, string][] {
  return note.slice(note.lastIndexOf('\n\n') + 2).split('\n').flatMap((l) => { const m = /^— (\S+) (\S+)$/.exec(l); return m ? [[m[1], m[2]] as [string, string]] : [] })
}

/** Names beside the log's own under a note: witnesses, say. Nothing of theirs is checked. */
export function others(note: string): string[] { return [...new Set(lines(note).map(([name]) => name).filter((name) => name !== note.split('\n', 1)[0]))] }

/** What does not hold of a note that should be the head of the key's log, of this size and root, signed by the key; null: all holds. */
export function unsigned(note: string, v: Verifier, size: number, root: string): 'origin' | 'head' | 'signature' | null {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) return 'head'
  const body = note.slice(0, end + 1), said = body.split('\n')
  if (said[0] !== v.name) return 'origin'
  if (said[1] !== String(size) || said[2] !== root) return 'head'
  return lines(note).some(([name, signature]) => {
    if (name !== v.name) return false
    try {
      const b = base64(signature)
      return b.length === 68 && equal(b.slice(0, 4), v.id) && ed25519(b.slice(4), utf8.encode(body), v.key)
    } catch { return false }
  }) ? null : 'signature'
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>
  return Object.keys(x).length === Object.keys(y).length && Object.keys(x).every((k) => k in y && same(x[k], y[k]))
}

/** Puts a value at a JSON pointer, making what is on its way. */
function put(into: any, pointer: string, value: unknown) {
  const names = pointer.split('/').slice(1).map((n) => n.replaceAll('~1', '/').replaceAll('~0', '~')), last = names.pop()!
  for (const n of names) {
    if (n === '__proto__') throw new Error('no field')
    into = into[n] ??= {}
  }
  if (last === '__proto__') throw new Error('no field')
  into[last] = value
}

/** The event as leaf and open values say it. */
export function rebuild(leaf: Record<string, unknown>, values: [string, string, unknown][]): Record<string, any> {
  const event = structuredClone(leaf)
  for (const own of ['_sd', 'sealed', 'sealer', 'source', 'v', 'entry']) delete event[own]
  for (const [, pointer, value] of values) put(event, pointer, value)
  return event
}

export function check(shown: Shown, proof: Proof, key: string): Verdict {
  const holds: Step[] = []
  let closed: number | undefined
  const failed = (fails: Step, where?: string): Verdict => ({ state: 'failed', holds, fails, where })
  try {
    const hash = base64(proof.leafHash)
    if (proof.index !== shown.index || proof.leafHash !== shown.leafHash || hash.length !== 32) return failed('answer')
    holds.push('answer')
    let leaf: Record<string, any> | null = null
    if (proof.leaf !== null) {
      const bytes = base64(proof.leaf)
      if (!equal(sha256(join([0], bytes)), hash)) return failed('leaf')
      leaf = JSON.parse(text.decode(bytes))
      holds.push('leaf')
    }
    const root = rootOf(proof.index, proof.checkpoint.size, hash, proof.path.map(base64))
    if (!root || encode(root) !== proof.checkpoint.root) return failed('path')
    holds.push('path')
    if (leaf) {
      const made: string[] = leaf._sd ?? [], sealed: string[] = leaf.sealed ?? []
      const values: [string, string, unknown][] = [], open = new Set<string>()
      for (const d of proof.disclosures) {
        const digest = encode(sha256(utf8.encode(d))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
        const value: [string, string, unknown] = JSON.parse(text.decode(base64(d)))
        if (!made.includes(digest) || !sealed.includes(value[1]) || open.has(value[1])) return failed('values')
        open.add(value[1])
        values.push(value)
      }
      if (made.length !== sealed.length) return failed('values')
      closed = sealed.length - open.size
      holds.push('values')
      const said = JSON.parse(shown.json), event = rebuild(leaf, values)
      if (!leaf.admit) delete said.admit // of a sealed batch: the log's word, which stands in the entry before the batch
      if (!same(event, said)) return failed('shown', '/json')
      const where = misdrawn(shown, leaf, event, open)
      if (where) return failed('shown', where)
      holds.push('shown')
    }
    if (!key) return { state: leaf ? 'unverified' : 'sealed', holds, closed, root: encode(root) }
    const v = verifier(key)
    if (!v) return failed('key')
    holds.push('key')
    const wrong = unsigned(proof.checkpoint.note, v, proof.checkpoint.size, encode(root))
    for (const step of ['origin', 'head', 'signature'] as const) {
      if (wrong === step) return failed(step)
      holds.push(step)
    }
    return { state: leaf ? 'verified' : 'sealed', holds, closed, root: encode(root) }
  } catch { return failed('answer') }
}
