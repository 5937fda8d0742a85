import { readdirSync, readFileSync } from 'node:fs'
import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { curl, declared, filled, operations, pretty } from './operation'

const dir = '../schema/', schema = buildSchema(readdirSync(dir).filter((f) => f.endsWith('.graphql')).map((f) => readFileSync(dir + f, 'utf8')).join('\n'))

test('the usual way of writing, comments and all', () => {
  expect(pretty('query  A { a(x:1){b c} # of it\n d }')).toBe('query A {\n  a(x: 1) {\n    b\n    c\n  }\n  # of it\n  d\n}\n')
  expect(pretty('# first\nquery A{a}\n# last')).toBe('# first\nquery A {\n  a\n}\n# last\n')
  expect(pretty('{a{b}}')).toBe('{\n  a {\n    b\n  }\n}\n')
  expect(pretty('query { # why\n a }')).toBeNull() // the comment would lose its place
  expect(pretty('{ a')).toBeNull()
})

test('variables that must be given are filled in, and those that are there stay', () => {
  const [o] = operations('query R($from: Origin!, $to: ID!, $way: Direction!, $n: Int = 7, $by: DateTime, $asOf: AsOf!) { __typename }')
  expect(declared(o).map((d) => [d.name, d.type, d.required])).toEqual([['from', 'Origin!', true], ['to', 'ID!', true], ['way', 'Direction!', true], ['n', 'Int', false], ['by', 'DateTime', false], ['asOf', 'AsOf!', true]])
  expect(filled(o, schema, { to: 'inpol' })).toEqual({ to: 'inpol', from: {}, way: 'DOWN', n: 7, asOf: {} })
})

test('as a command, without the token', () => {
  const text = curl('http://localhost/graphql', { Authorization: 'Bearer secret', 'Lichtspur-Purpose': "x;it's" }, { query: '{ a }' }, false)
  expect(text).not.toContain('secret')
  expect(text).toContain('-H "Authorization: Bearer $TOKEN"')
  expect(text).toContain(`'Lichtspur-Purpose: x;it'\\''s'`)
  expect(text).toContain(`--data-binary '{"query":"{ a }"}'`)
})
