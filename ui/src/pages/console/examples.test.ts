import { readdirSync, readFileSync } from 'node:fs'
import { buildSchema, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import { examples } from './examples'

const dir = '../schema/', schema = buildSchema(readdirSync(dir).filter((f) => f.endsWith('.graphql')).map((f) => readFileSync(dir + f, 'utf8')).join('\n'))

test.each(examples.map((e) => [e.name, e] as const))('%s is a question that the schema knows', (_, e) => {
  const document = parse(e.query)
  expect(validate(schema, document).map((f) => f.message)).toEqual([])
  const [operation] = document.definitions
  expect(operation.kind === 'OperationDefinition' && operation.variableDefinitions!.map((v) => v.variable.name.value)).toEqual(Object.keys(e.variables ?? {}))
})
