import { sha256 } from '@noble/hashes/sha2.js'
import { isPseudonym } from './address'

/** What somebody pasted where a picture's SHA-256 is asked for. other: a digest of another kind, by its name. */
export type Pasted = { sha256: string } | { pseudonym: string } | { other: 'MD5' | 'SHA-1' | 'SHA-384' | 'SHA-512' | 'perceptual' } | null

const lengths: Record<number, 'MD5' | 'SHA-1' | 'SHA-384' | 'SHA-512' | 'perceptual'> = { 16: 'perceptual', 32: 'MD5', 40: 'SHA-1', 96: 'SHA-384', 128: 'SHA-512' }

const hexOf = (b: Uint8Array) => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')

/**
 * Reads a SHA-256 as programs write it: in hexadecimal digits, large or small, in groups or not, with the name of the hash before it or the file's
 * behind it (sha256sum, certutil, shasum --tag), or in base64 (SRI, RFC 9530). 22 letters are a pseudonym of this record.
 */
export function pasted(text: string): Pasted {
  const t = text.trim().replace(/^["'`]+|["'`]+$/g, '').trim()
  if (isPseudonym(t)) return { pseudonym: t }
  const tagged = /^sha-?256\s*\(.*\)\s*=\s*([0-9a-f]{64})$/i.exec(t), listed = /^\\?([0-9a-f]{64})\s+\*?\S/i.exec(t)
  if (tagged || listed && /[^0-9a-f\s:-]/i.test(t.slice(64))) return { sha256: (tagged ?? listed)![1].toLowerCase() }
  const bare = t.replace(/^(?:sha-?256|sha2-256)\s*[:=-]\s*/i, '').replace(/^:|:$/g, '')
  const hex = bare.replace(/^0x/i, '').replace(/[\s:-]/g, '').toLowerCase()
  if (/^[0-9a-f]+$/.test(hex)) {
    if (hex.length === 64) return { sha256: hex }
    if (lengths[hex.length]) return { other: lengths[hex.length] }
  }
  const b64 = bare.replace(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/')
  if (/^[A-Za-z0-9+/]{43}=?$/.test(b64)) {
    try { return { sha256: hexOf(Uint8Array.from(atob(b64.padEnd(44, '=')), (c) => c.charCodeAt(0))) } } catch { return null }
  }
  const named = /^(md5|sha-?1|sha-?384|sha-?512)\b/i.exec(t)
  if (named) return { other: (named[1].toUpperCase().replace(/^SHA-?/, 'SHA-')) as 'MD5' }
  return null
}

const marks: [string, number, string][] = [
  ['ffd8ff', 0, 'JPEG'], ['89504e470d0a1a0a', 0, 'PNG'], ['474946383761', 0, 'GIF'], ['474946383961', 0, 'GIF'], ['49492a00', 0, 'TIFF'], ['4d4d002a', 0, 'TIFF'], ['424d', 0, 'BMP'],
  ['57454250', 8, 'WebP'], ['0000000c6a5020200d0a870a', 0, 'JPEG 2000'], ['ff4fff51', 0, 'JPEG 2000'], ['ffa0', 0, 'WSQ'], ['0000000c4a584c20', 0, 'JPEG XL'], ['ff0a', 0, 'JPEG XL'],
  ['6674797061766966', 4, 'AVIF'], ['6674797068656963', 4, 'HEIC'], ['6674797068656978', 4, 'HEIC'], ['667479706d696631', 4, 'HEIF'], ['46414300', 0, 'ISO 19794-5'],
]

/** The format of a picture by its first bytes, '' where they are of none that is known. */
export function format(first: Uint8Array): string {
  const hex = hexOf(first.slice(0, 16))
  return marks.find(([mark, at]) => hex.startsWith(mark, at * 2))?.[2] ?? ''
}

/** A file as it was hashed here. */
export interface Hashed { name: string, size: number, format: string, sha256: string }

/** Hashes a file piece by piece, so that its size is no limit. Throws where it cannot be read (a folder, say). */
export async function hashFile(file: File, part?: (share: number) => void): Promise<Hashed> {
  const hash = sha256.create(), reader = file.stream().getReader()
  let size = 0, first: Uint8Array | null = null
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    first ??= value.slice(0, 16)
    hash.update(value)
    size += value.length
    part?.(file.size ? size / file.size : 1)
  }
  return { name: file.name, size, format: first ? format(first) : '', sha256: hexOf(hash.digest()) }
}
