// What is checked in the browser about a source's own signature over an entry: that the envelope is the one that the entry names (DSSE),
// that its statement (in-toto) is this source's and has a root that the entry's leaf leads to (RFC 6962 section 2.1.1), that the key is
// the one that the entry names (RFC 5280 SubjectPublicKeyInfo), and that the key signed (ECDSA, Ed25519 or RSA).
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Entry, SourceProof } from './pages/event'
import { base64, equal, join, rootOf } from './verify'

/** The first step that does not hold is why it failed. */
export type SourceStep = 'envelope' | 'statement' | 'covers' | 'key' | 'signature'

/** unchecked: what could be checked holds, and the signature is not checked here. why: the key is certified by another, or of a kind that is not known here. */
export interface SourceVerdict { state: 'verified' | 'failed' | 'unchecked', holds: SourceStep[], fails?: SourceStep, why?: 'certificate' | 'algorithm' }

export type Signed = Pick<Entry, 'leafHash' | 'source' | 'signature'>

const predicates = ['batch', 'leaf'].map((p) => `https://github.com/lichtspur/lichtspur/${p}/v1`), inToto = 'application/vnd.in-toto+json'
const utf8 = new TextEncoder(), text = new TextDecoder()
const hex = (b: Uint8Array) => Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('')
const named = (b: Uint8Array) => 'sha256:' + hex(sha256(b))

/** What a DSSE signature is made over: the pre-authentication encoding of type and payload. */
export function preAuth(type: string, payload: Uint8Array): Uint8Array {
  const t = utf8.encode(type)
  return join(utf8.encode(`DSSEv1 ${t.length} `), t, utf8.encode(` ${payload.length} `), payload)
}

/** One element of DER (X.690): where its contents begin and where it ends. */
function element(der: Uint8Array, at: number): { tag: number, begin: number, end: number } {
  let length = der[at + 1], begin = at + 2
  if (length & 0x80) {
    const n = length & 0x7f
    length = 0
    for (let i = 0; i < n; i++) length = length * 256 + der[begin + i]
    begin += n
  }
  if (!(begin + length <= der.length)) throw new Error('DER is cut off')
  return { tag: der[at], begin, end: begin + length }
}

/** The SubjectPublicKeyInfo in a PEM block of a public key, or of a certificate (RFC 5280 section 4.1). */
export function publicKey(pem: string): Uint8Array {
  const m = /^-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/.exec(pem)
  if (!m) throw new Error('no public key and no certificate')
  const der = base64(m[2].replace(/\s/g, ''))
  if (m[1] === 'PUBLIC KEY') return der
  let at = element(der, element(der, 0).begin).begin // certificate, tbsCertificate
  if (element(der, at).tag === 0xa0) at = element(der, at).end // version
  for (let i = 0; i < 5; i++) at = element(der, at).end // serialNumber, signature, issuer, validity, subject
  return der.slice(at, element(der, at).end)
}

type Verify = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) => boolean
const ecdsa = (curve: typeof p256): Verify => (s, m, k) => curve.verify(s, m, k, { format: 'der', lowS: false })
/** How a SubjectPublicKeyInfo begins, and what verifies with the key that is the rest of it (RFC 5480, RFC 8410). */
const algorithms: [string, number, Verify][] = [
  ['3059301306072a8648ce3d020106082a8648ce3d030107034200', 65, ecdsa(p256)],
  ['3076301006072a8648ce3d020106052b81040022036200', 97, ecdsa(p384)],
  ['30819b301006072a8648ce3d020106052b8104002303818600', 133, ecdsa(p521)],
  ['302a300506032b6570032100', 32, (s, m, k) => ed25519.verify(s, m, k, { zip215: false })],
]

const integer = (b: Uint8Array) => BigInt('0x' + (hex(b) || '0'))

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let out = 1n
  for (let b = base % modulus, e = exponent; e; e >>= 1n, b = b * b % modulus) if (e & 1n) out = out * b % modulus
  return out
}

/** The AlgorithmIdentifier of rsaEncryption (RFC 8017 appendix C) and the DigestInfo of SHA-256 before the digest (section 9.2). */
const rsaEncryption = '300d06092a864886f70d0101010500', digestInfo = '3031300d060960864801650304020105000420'

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2). What a signature must open to is made and compared whole: nothing that came is taken apart. key: RSAPublicKey. */
function rsa(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  const n = element(key, element(key, 0).begin), e = element(key, n.end)
  const modulus = integer(key.slice(n.begin, n.end)), exponent = integer(key.slice(e.begin, e.end)), s = integer(signature), bits = modulus.toString(2).length, size = Math.ceil(bits / 8)
  if (bits < 2048 || bits > 4096 || exponent < 3n || exponent >= 1n << 31n) return false // as the log takes them
  if (signature.length !== size || s >= modulus) return false
  const tail = '00' + digestInfo + hex(sha256(message))
  return power(s, exponent, modulus) === BigInt('0x0001' + tail.padStart(size * 2 - 4, 'f'))
}

/** The RSAPublicKey in a SubjectPublicKeyInfo, null where it is of another kind of key. */
function rsaKey(spki: Uint8Array): Uint8Array | null {
  const { begin } = element(spki, 0), { end } = element(spki, begin)
  if (hex(spki.slice(begin, end)) !== rsaEncryption) return null
  const bits = element(spki, end)
  return bits.tag === 3 && spki[bits.begin] === 0 ? spki.slice(bits.begin + 1, bits.end) : null
}

function verifying(spki: Uint8Array): ((signature: Uint8Array, message: Uint8Array) => boolean) | null {
  for (const [prefix, length, verify] of algorithms) {
    const n = prefix.length / 2
    if (spki.length === n + length && hex(spki.slice(0, n)) === prefix) return (s, m) => { try { return verify(s, m, spki.slice(n)) } catch { return false } }
  }
  const key = rsaKey(spki)
  return key && ((s, m) => { try { return rsa(s, m, key) } catch { return false } })
}

export function checkSource(shown: Signed, proof: SourceProof): SourceVerdict {
  const holds: SourceStep[] = []
  let next: SourceStep = 'envelope'
  const failed = (): SourceVerdict => ({ state: 'failed', holds, fails: next })
  const held = (then: SourceStep) => { holds.push(next); next = then }
  try {
    const said = shown.signature, envelope = JSON.parse(proof.envelope), payload = base64(envelope.payload)
    if (envelope.payloadType !== inToto || named(payload) !== said.statement) return failed()
    held('statement')
    const statement = JSON.parse(text.decode(payload)), batch = statement.predicate, root = base64(batch.root)
    if (!predicates.includes(statement.predicateType) || batch.source !== shown.source || batch.source !== said.source || batch.sequence !== said.sequence || batch.count !== proof.count) return failed()
    held('covers')
    const found = rootOf(proof.index, proof.count, base64(shown.leafHash), proof.path.map(base64))
    if (!found || !equal(found, root)) return failed()
    held('key')
    if (!proof.key) return { state: 'unchecked', holds, why: 'certificate' }
    const spki = publicKey(proof.key.pem)
    if (named(spki) !== said.key || proof.key.source !== said.source) return failed()
    const verify = verifying(spki)
    held('signature')
    if (!verify) return { state: 'unchecked', holds, why: 'algorithm' }
    const message = preAuth(envelope.payloadType, payload)
    if (!envelope.signatures.some((s: { keyid?: string, sig: string }) => (!s.keyid || s.keyid === said.key) && verify(base64(s.sig), message))) return failed()
    return { state: 'verified', holds: [...holds, 'signature'] }
  } catch { return failed() }
}
