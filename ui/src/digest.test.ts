import { expect, test } from 'vitest'
import { format, hashFile, pasted } from './digest'

const hex = '014e9a9aca20c22bdbcbaadcaf0b2e27562ce0d4a46eb846002f80190ee3c962', b64 = 'AU6amsogwivby6rcrwsuJ1Ys4NSkbrhGAC+AGQ7jyWI='

test('a SHA-256 is read as programs write it', () => {
  for (const t of [
    hex, hex.toUpperCase(), `  ${hex}\n`, 'sha256:' + hex, 'SHA256:' + hex.toUpperCase(), 'SHA-256: ' + hex, 'sha256=' + hex, '"' + hex + '"', '0x' + hex,
    hex.match(/../g)!.join(' '), hex.match(/../g)!.join(':'), hex.match(/.{8}/g)!.join('-'), hex.slice(0, 30) + '\n' + hex.slice(30),
    hex + '  face.jpg', hex + ' *face of somebody.png', `SHA256 (face.jpg) = ${hex}`,
    b64, b64.slice(0, -1), b64.replace('+', '-'), 'sha256-' + b64, 'sha-256=:' + b64 + ':',
  ]) expect(pasted(t), t).toEqual({ sha256: hex })
})

test('what is something else is told by name', () => {
  expect(pasted('NzgtquvAdhu1RocMGq0Ckw')).toEqual({ pseudonym: 'NzgtquvAdhu1RocMGq0Ckw' })
  expect(pasted('d41d8cd98f00b204e9800998ecf8427e')).toEqual({ other: 'MD5' })
  expect(pasted('da39a3ee5e6b4b0d3255bfef95601890afd80709')).toEqual({ other: 'SHA-1' })
  expect(pasted(hex + hex)).toEqual({ other: 'SHA-512' })
  expect(pasted('ff00ff00ff00ff00')).toEqual({ other: 'perceptual' })
  expect(pasted('sha512-AAAA')).toEqual({ other: 'SHA-512' })
  for (const t of ['', 'x', hex.slice(1), hex + '0', 'g' + hex.slice(1)]) expect(pasted(t), t).toBeNull()
})

test('a file is hashed, whatever it is', async () => {
  expect(await hashFile(new File([], 'empty'))).toEqual({ name: 'empty', size: 0, format: '', sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' })
  expect(await hashFile(new File(['abc'], 'a.txt'))).toMatchObject({ size: 3, format: '', sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' })
  expect(format(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]))).toBe('JPEG')
  expect(format(Uint8Array.from([0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50]))).toBe('WebP')
})
